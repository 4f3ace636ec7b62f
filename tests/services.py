"""Real databases and queues for tests; a pytest plugin, so that every test can ask for them.

To run a whole module's tests on SQLite and on PostgreSQL:

    pytestmark = pytest.mark.usefixtures("each_database")

or, in one test, `make_app(DATABASE_URL=database)`. Each test gets an empty
database, with the migrations done, to itself. Where PostgreSQL or Redis is
absent the test is skipped with the reason; under CI=true it fails.
"""

import os
import shutil
import time
import uuid
from contextlib import contextmanager
from threading import Event

import psycopg
import pytest
import redis
from flask_migrate import upgrade
from huey.storage import MemoryStorage, RedisStorage
from sqlalchemy import make_url

from portal import create_app, join_migrations
from portal.config import load_config
from portal.extensions import db, huey

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
REDIS_DATABASES = range(1, 16)
OURS, TAKEN = "portal tests: may be emptied", "portal tests: in use"
EMPTY_ALL = """DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica; -- no trigger, no foreign key
    SET LOCAL synchronous_commit = off;
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP; -- TRUNCATE makes all files anew
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S';
END $$"""
END_THE_OTHERS = (  # a process that a test killed may not have been missed yet
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
LONGEST_TEST = 900  # seconds after which a test that was killed gives its Redis database back


def absent(reason):
    """Skip the test, or fail it where everything must be there."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)


def until(condition, timeout=10.0, interval=0.02):
    """Wait until `condition()` is true and return its value; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain for {condition}")
        Event().wait(interval)
    return value


def connect(url):
    """A plain connection to PostgreSQL at SQLAlchemy's kind of address."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(dsn, autocommit=True, connect_timeout=5)


@contextmanager
def new_database(server, template="template1"):
    """The address of a database with nothing in it, or a copy of another; it is gone afterwards."""
    name = f"portal_test_{uuid.uuid4().hex}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres():
    """The server, as a connection that may make databases."""
    url = make_url(POSTGRES)
    try:
        server = connect(url.set(database=url.database or "postgres"))
    except psycopg.OperationalError as error:
        absent(f"PostgreSQL does not answer at TEST_POSTGRES_URL ({POSTGRES}): {error}")
    with server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres, tmp_path_factory):
    """A database as the migrations make it, for one test after the other. It waits for no disk."""
    with new_database(postgres) as url:
        postgres.execute(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit TO off")
        env = {
            "DEVELOPMENT": "1",
            "SECRET_KEY": "a secret for tests that is long enough",
            "VAR_DIR": str(tmp_path_factory.mktemp("migrated_postgres")),
            "QUEUE_URL": "memory://",
            "DATABASE_URL": url,
        }
        app = create_app(load_config(env))
        join_migrations(app)
        with app.app_context():
            upgrade()
            db.engine.dispose()
        yield url


@pytest.fixture
def postgres_url(migrated_postgres):
    """The address of a migrated database that is empty, and nobody else's for this test."""
    with connect(migrated_postgres) as connection:
        connection.execute(END_THE_OTHERS)
        connection.execute(EMPTY_ALL)
    return migrated_postgres


@pytest.fixture
def own_postgres_url(postgres, postgres_url):
    """The address of a migrated database that is empty, and is dropped after the test."""
    with new_database(postgres, make_url(postgres_url).database) as url:
        yield url


@pytest.fixture
def blank_postgres_url(postgres):
    """The address of a database with nothing in it."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path, migrated_file):
    """The address of an empty, migrated file of the test's own."""
    shutil.copy(migrated_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(scope="session")
def sqlite_file(memory):
    """The place of a file that the tests of this process have one after the other."""
    (memory / "sqlite").mkdir()
    return memory / "sqlite" / "test.db"


@pytest.fixture
def reused_sqlite_url(sqlite_file, migrated_file):
    """The address of an empty, migrated file, always the same, so that an app can be shared."""
    for old in sqlite_file.parent.iterdir():
        old.unlink()
    shutil.copy(migrated_file, sqlite_file)
    return f"sqlite:///{sqlite_file}"


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.services)]


@pytest.fixture(params=BOTH)
def database(request):
    """The address of an empty database: the test runs once on SQLite, once on PostgreSQL."""
    urls = {"sqlite": "reused_sqlite_url", "postgres": "postgres_url"}
    return request.getfixturevalue(urls[request.param])


@pytest.fixture
def each_database(env, database):
    """Makes the test's app use `database`."""
    env["DATABASE_URL"] = database


@pytest.fixture
def redis_url(socket_enabled):
    """The address of a Redis database of the test's own; only empty ones are ever taken."""
    for number in REDIS_DATABASES:
        url = f"{REDIS.rstrip('/')}/{number}"
        client = redis.Redis.from_url(url)
        try:
            if client.set(TAKEN, os.getpid(), nx=True, ex=LONGEST_TEST):
                if client.exists(OURS) or client.dbsize() == 1:
                    break
                client.delete(TAKEN)
        except redis.ConnectionError as error:
            absent(f"Redis does not answer at TEST_REDIS_URL ({REDIS}): {error}")
        client.close()
    else:
        absent(f"Redis at TEST_REDIS_URL ({REDIS}) has no database that is empty and free.")
    client.set(OURS, 1)
    for key in set(client.scan_iter()) - {OURS.encode(), TAKEN.encode()}:
        client.delete(key)
    yield url
    client.flushdb()
    client.close()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=[pytest.mark.services]),
        pytest.param("redis", marks=[pytest.mark.services]),
    ]
)
def queue_url(request, tmp_path):
    """The address of an empty queue, in each storage that there is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'queue.db'}"
    else:
        name = "redis_url" if request.param == "redis" else "blank_postgres_url"
        yield request.getfixturevalue(name)
    close_queue()


def close_queue():
    """Close what the queue's storage holds open in this thread, and go back to one in memory."""
    huey.storage.close()
    if isinstance(huey.storage, RedisStorage):
        huey.storage.pool.disconnect()
    huey.storage = MemoryStorage("portal")
