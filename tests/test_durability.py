"""What is committed survives a power cut, and what only reads cannot write."""

import fcntl
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from portal.delivery import enqueue
from portal.delivery.models import Outgoing
from portal.extensions import LOCK_TIMEOUT, csrf, db
from tests.at_once import at_once
from tests.delivery import mail
from tests.delivery.processes import running
from tests.services import until

READ = ["GET", "HEAD", "OPTIONS"]


@pytest.mark.usefixtures("only_sqlite")
def test_every_connection_to_sqlite_is_set_up_to_survive_a_power_cut(app):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: the commit is on the disk when we say so
        "foreign_keys": 1,
        "busy_timeout": LOCK_TIMEOUT * 1000,
    }
    with db.engine.connect() as one, db.engine.connect() as other:
        one.commit()
        for connection in (one, other):
            ask = connection.connection.driver_connection.execute
            assert {name: ask(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted


@pytest.mark.usefixtures("only_sqlite")
def test_threads_that_write_at_once_wait_for_each_other_and_are_never_told_to_come_again(make_app):
    app = make_app(OF="this test")
    with app.app_context():

        @event.listens_for(db.engine, "begin", insert=True)
        def be_impatient(connection):
            connection.exec_driver_sql("PRAGMA busy_timeout=0")

        def write():
            for _ in range(20):
                enqueue(mail())
            db.session.commit()

        assert at_once(app, *[write] * 24) == [None] * 24


def somebody_is_imported():
    number = db.session.scalar(select(func.count()).where(Outgoing.name == "upsert"))
    db.session.commit()
    return number


@pytest.mark.usefixtures("only_sqlite")
def test_another_process_that_wants_to_write_gets_its_turn_between_two_of_an_import(
    app, env, tmp_path
):
    file = tmp_path / "people.csv"
    file.write_text("email\n" + "".join(f"p{number}@example.org\n" for number in range(300)))
    enqueue(mail("first"))
    command = ("flask", "newsletter", "import", str(file), "--wording", "I agree")
    with running(*command, env=env) as importing:
        until(somebody_is_at_the_door)
        db.session.commit()
        until(somebody_is_imported)
        enqueue(mail("second"))
        db.session.commit()
        assert importing.wait(60) == 0
    names = db.session.scalars(select(Outgoing.name).order_by(Outgoing.id)).all()

    assert names.count("upsert") == 300
    assert 1 < names.index("confirm_signup", 1) < 301


def somebody_is_at_the_door():
    with Path(f"{db.engine.url.database}-door").open() as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.services
def test_postgresql_is_left_to_wait_for_the_disk(make_app, postgres_url):
    """It does so by itself. Only the tests' own database is told not to, and not by the portal."""
    told_by = "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"
    with make_app(DATABASE_URL=postgres_url).app_context():
        assert db.session.scalar(text(told_by)) == "database"
        db.session.commit()


@pytest.fixture
def writer(each_database, make_app):
    """The portal with a page that writes, whatever the method."""
    app = make_app(OF="this test")

    @app.route("/write", methods=[*READ, "POST"])
    @csrf.exempt
    def write():
        enqueue(mail())
        db.session.commit()
        return "written"

    with app.app_context():
        yield app


def written():
    found = db.session.scalars(select(Outgoing.id)).all()
    db.session.commit()
    return len(found)


@pytest.mark.parametrize("method", READ)
def test_request_that_only_reads_cannot_write(writer, method):
    writer.testing = True
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        writer.test_client().open("/write", method=method)

    assert written() == 0


def test_connection_that_only_read_can_write_the_next_time(writer):
    client = writer.test_client()
    before = client.get("/newsletter/").status_code, client.get("/write").status_code
    after = client.post("/write").status_code, client.post("/write").status_code

    assert (before, after) == ((200, 500), (200, 200))
    assert written() == 2


def test_page_can_be_read_while_somebody_writes(writer):
    enqueue(mail())
    answer = writer.test_client().get("/newsletter/")
    db.session.rollback()

    assert answer.status_code == 200
