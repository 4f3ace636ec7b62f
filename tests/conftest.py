"""What every test can ask for. Fixtures of one part are in that part's own conftest."""

import json
import os
import shutil
from contextvars import Context
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
import time_machine
from flask.testing import FlaskClient
from flask_migrate import upgrade
from huey.signals import SIGNAL_ERROR
from jinja2 import BytecodeCache
from sqlalchemy import event

from portal import create_app, join_migrations
from portal.config import load_config
from portal.delivery import claims, events, tasks
from portal.extensions import db, huey
from tests.stored import drop_files
from tests.visit import Visit

pytest_plugins = ["tests.services", "tests.deep"]
SECRET = "a secret for tests that is long enough"
NOON = datetime(2030, 3, 26, 12, tzinfo=UTC)  # a Tuesday, before the clocks change
MEMORY = Path("/dev/shm")
ROOM = 2**29  # bytes; a container has 2**26 unless it is told otherwise


@pytest.fixture(scope="session")
def memory(tmp_path_factory):
    """A folder in memory where there is room for one, since every commit waits for the disk."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        with TemporaryDirectory(prefix="portal-tests-", dir=MEMORY) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("memory")


@pytest.fixture(scope="session")
def var(memory):
    """The folder that every app of this process keeps its things in, one test after the other."""
    return memory / "var"


@pytest.fixture
def usual_database(request):
    """The setting for the database of a test that says nothing of one: SQLite's own file."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return {}
    return {"DATABASE_URL": request.getfixturevalue("postgres_url")}


@pytest.fixture
def env(request, var, usual_database):
    """The environment of a portal on a laptop, with the test's own changes as its parameter."""
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir()
    return usual_env(var) | usual_database | getattr(request, "param", {})


def usual_env(var):
    """What nearly every test runs with."""
    return {
        "DEVELOPMENT": "1",
        "SECRET_KEY": SECRET,
        "VAR_DIR": str(var),
        "QUEUE_URL": "memory://",
        "SITE_URL": "http://portal.test",
        "FORM_MIN_SECONDS": "0",
        "RATELIMIT_ENABLED": "0",
        "DISK_RESERVE_MB": "0",  # the disk of whoever runs the tests may be nearly full
    }


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """An empty database as the migrations make it, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(load_config(usual_env(folder)))
    join_migrations(app)
    with app.app_context():
        upgrade()
    close(app)
    return folder / "portal.db"


@pytest.fixture
def make_app(env, var, migrated_file):
    """Makes an app from the test's environment and the given changes to it.

    With a change, though it be to no setting, the app is the test's own. So it is where the
    environment says of what is no app's alone: the limiter and the queue.
    """
    made = []

    def make(**changes):
        settings = env | changes
        database = Path(settings["VAR_DIR"]) / "portal.db"
        if "DATABASE_URL" not in settings and not database.exists():
            database.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(migrated_file, database)
        usual = usual_env(var)
        is_usual = all(env[name] == usual[name] for name in ("QUEUE_URL", "RATELIMIT_ENABLED"))
        is_shared = is_usual and not made and changes.keys() <= {"DATABASE_URL"}
        app = shared_app(settings) if is_shared else new_app(settings)
        made.append(app)
        return app

    yield make
    for app in made:
        close(app)


def new_app(settings):
    """An app of the test's own."""
    app = create_app(load_config(settings))
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = Compiled()
    return app


def shared_app(settings):
    """The app that all tests with these settings have in turn, as it was when it was made.

    To make one takes longer than most tests, and it has to learn every
    statement anew.
    """
    key = tuple(sorted(settings.items()))
    if key not in APPS:
        app = new_app(settings)
        APPS[key] = app, dict(app.config), dict(app.extensions)
    app, config, extensions = APPS[key]
    for now, before in ((app.config, config), (app.extensions, extensions)):
        now.clear()
        now.update(before)
    app.extensions["providers"].callers.clear()
    huey.init_app(app)
    return app


APPS = {}


class Compiled(BytecodeCache):
    """Templates compiled once for all apps of a run, not once for each test."""

    codes: ClassVar[dict] = {}

    def load_bytecode(self, bucket):
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self.codes[bucket.key, bucket.checksum] = bucket.code


class Client(FlaskClient):
    """A client whose requests see nothing of the test's own app context.

    In production it asks by the site's own name, as it has to; on a laptop by "localhost".
    """

    def open(self, *args, **options):
        config = self.application.config
        is_path = not args or isinstance(args[0], str)
        if is_path and not config["DEVELOPMENT"]:
            options.setdefault("base_url", config["SITE_URL"])
        return Context().run(super().open, *args, **options)


def close(app):
    """Close what the app holds open."""
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(make_app):
    """The portal with an empty database, inside its context."""
    app = make_app()
    with app.app_context():
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(params=["no-js", "htmx"])
def visit(app, request):
    """A visitor, once without JavaScript and once with htmx. Every page they see is linted."""
    return Visit(app, htmx=request.param == "htmx")


@pytest.fixture
def visit_plain(app):
    """A visitor without JavaScript, for what htmx has no part in."""
    return Visit(app, htmx=False)


@pytest.fixture
def clock():
    """Time stands still at NOON; `clock.shift(timedelta)` moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def work(app):
    """Does what the worker would do now: every row, event and task that has come due."""
    errors = []

    @huey.signal(SIGNAL_ERROR)
    def note(signal, task, error=None):
        errors.append(error)

    def run():
        db.session.commit()  # a test that looked into the database holds SQLite's lock
        for task in huey.read_schedule():
            huey.enqueue(task)
        task = None
        while deliver_next(app) or act_next(app) or (task := huey.dequeue()):
            if task:
                huey.execute(task)
        drop_files(app)
        assert errors == []

    yield run
    huey.disconnect_signal(note)


def deliver_next(app, **which):
    """Do what a worker does with the next row of the outbox; returns its number, or None."""
    with app.app_context():
        job = claims.take(**which)
        if job:
            tasks.deliver(*job)
            db.session.commit()
        return job and job[0].id


def act_next(app):
    """Do what a worker does with the next event; returns whether there was one."""
    with app.app_context():
        return events.act()


@pytest.fixture
def mailbox(app, work):
    """What the local provider has after the worker has run: a list of mails, oldest first."""

    folder = Path(app.config["VAR_DIR"]) / "mailbox"

    def read():
        work()
        files = sorted(folder.glob("*.eml"), key=os.path.getmtime)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    return read


@pytest.fixture
def contacts(app, work):
    """The contacts that the local provider has after the worker has run."""

    def read():
        work()
        file = Path(app.config["VAR_DIR"]) / "contacts.json"
        return json.loads(file.read_text()) if file.exists() else {}

    return read


@pytest.fixture
def statements(app):
    """Notes each statement that goes to the database."""
    said = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)
