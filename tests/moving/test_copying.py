"""`flask database copy` brings every row to PostgreSQL, proves it, or copies nothing."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.delivery import enqueue, heartbeat
from portal.extensions import Base, db
from portal.inbox import search
from portal.moving import copying
from portal.stories.models import Story
from tests.delivery import mail
from tests.inbox import a_conversation
from tests.newsletter import tables
from tests.services import connect
from tests.test_migrations import fill

pytestmark = pytest.mark.services
ONCE_USED = "UPDATE sqlite_sequence SET seq = 900 WHERE name = 'message'"
# What stands guard over the rows of PostgreSQL, and makes them quick to find.
GUARDS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT tgname || tgrelid, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"""


@pytest.fixture
def source(make_app, sqlite_url):
    """The portal on SQLite."""
    app = make_app(DATABASE_URL=sqlite_url)
    with app.app_context():
        yield app


def fill_and_stop():
    """A row in every table; the worker was stopped long ago."""
    fill()
    db.session.execute(text("UPDATE heartbeat SET seen_at = '2020-01-01 00:00:00.000000'"))
    db.session.commit()


def copy(app, url):
    result = app.test_cli_runner().invoke(args=["database", "copy", url])
    return result.exit_code, result.output


def guards(url):
    """All of them. PostgreSQL writes what it casts in another way each time it is told."""
    with connect(url) as server:
        found = server.execute(GUARDS).fetchall()
    return {
        (name, re.sub(r"::(text|character varying)(\[\])?|[()]", "", what)) for name, what in found
    }


def in_utc(value):
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def objects():
    """Every row as the models see it, by table."""
    db.session.expunge_all()
    found = {
        mapper.local_table.name: sorted(
            repr([in_utc(getattr(one, key)) for key in sorted(mapper.column_attrs.keys())])
            for one in db.session.scalars(select(mapper))
        )
        for mapper in Base.registry.mappers
    }
    db.session.rollback()  # SQLite's lock
    return found


def test_every_row_of_every_table_is_there_and_all_goes_on_from_there(
    source, make_app, postgres_url
):
    fill_and_stop()
    talk = a_conversation(subject="Swimming at noon").id
    last = enqueue(mail())
    db.session.execute(text(ONCE_USED))
    db.session.commit()
    before, seen, guarded = tables(), objects(), guards(postgres_url)
    assert [name for name, rows in before.items() if not rows] == []
    code, said = copy(source, postgres_url)

    assert (code, tables()) == (0, before), said
    assert f"{sum(map(len, before.values()))} rows in {len(before)} tables" in said
    assert guards(postgres_url) == guarded
    with make_app(DATABASE_URL=postgres_url).app_context():
        assert objects() == seen
        assert search.find("swimming").ids == [talk]
        assert enqueue(mail()) == last + 1
        with pytest.raises(DBAPIError, match="never deleted"):
            db.session.execute(text("DELETE FROM outgoing"))
        db.session.rollback()
        assert a_conversation(subject="Dancing at noon").messages[0].id == 901
        assert len(search.find("noon").ids) == 2
        db.session.rollback()


def nothing_to_do(_url):
    """The present database is empty, and so is the new one."""


def has_rows(url):
    with connect(url) as server:
        server.execute("INSERT INTO erasure (digest, at) VALUES ('0', now())")


def is_older(url):
    with connect(url) as server:
        server.execute("UPDATE alembic_version SET version_num = '0001'")


def source_is_older(_url):
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    db.session.commit()


def worker_lives(_url):
    heartbeat.beat("one")


def has_what_postgres_takes_not(_url):
    db.session.add(Story(key="a", telling="write", state="draft", title="a\x00b"))
    db.session.commit()


REFUSED = {
    "rows": (has_rows, "is not empty: there are rows in erasure"),
    "older": (is_older, "The new database has not the tables of this code"),
    "source": (source_is_older, "The present database has not the tables of this code"),
    "worker": (worker_lives, "A worker is at work"),
    "letters": (has_what_postgres_takes_not, "Nothing was copied"),
}


@pytest.mark.parametrize(("done", "words"), REFUSED.values(), ids=REFUSED)
def test_what_must_not_be_copied_is_refused_and_the_new_database_is_as_it_was(
    source, postgres_url, done, words
):
    fill_and_stop()
    done(postgres_url)
    before, guarded = tables(), guards(postgres_url)
    code, said = copy(source, postgres_url)
    with connect(postgres_url) as server:
        (number,) = server.execute("SELECT count(*) FROM outgoing").fetchone()
        server.execute(f"UPDATE alembic_version SET version_num = '{copying.schema.wanted()}'")

    assert (code, number) == (1, 0)
    assert words in said
    assert (tables(), guards(postgres_url)) == (before, guarded)


@pytest.mark.parametrize("fault", ["lost", "changed"])
def test_a_row_that_is_lost_or_changed_on_the_way_is_found(
    source, postgres_url, monkeypatch, fault
):
    """Both have as many rows, or as many words: only a look at each row tells."""
    fill_and_stop()
    right = copying._writer

    def wrong(there, table):
        write = right(there, table)
        if table.name != "outgoing":
            return write
        at = list(copying._columns(table)).index("address")
        change = (
            (lambda row: row) if fault == "lost" else (lambda row: [*row[:at], "x", *row[at + 1 :]])
        )
        return lambda rows: write([change(row) for row in rows[fault == "lost" :]])

    monkeypatch.setattr(copying, "_writer", wrong)
    code, said = copy(source, postgres_url)

    assert code == 1
    assert "the rows of outgoing are not the same there" in said
    with connect(postgres_url) as server:
        assert server.execute("SELECT count(*) FROM subscriber").fetchone() == (0,)


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///x.db", "postgresql://"])
def test_another_kind_of_database_is_none_to_copy_to(source, url):
    code, said = copy(source, url)

    assert code in {1, 2}
    assert "PostgreSQL" in said or "postgresql+psycopg://" in said


def test_from_postgres_nothing_is_copied(make_app, postgres_url, blank_postgres_url):
    code, said = copy(make_app(DATABASE_URL=postgres_url), blank_postgres_url)

    assert code == 1
    assert "from SQLite to PostgreSQL" in said
