"""`flask demo load N`: made-up conversations, to try the inbox with many of them.

They are written past the services, in one transaction and in large batches:
nobody is mailed or alerted because of them.
"""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click
from sqlalchemy import delete, func, select
from sqlalchemy.pool import PoolProxiedConnection

from portal.bulk import unwatched
from portal.demo.conversations import COLUMNS, Maker, Rows
from portal.demo.words import words
from portal.extensions import db, now
from portal.inbox.desk.models import Draft, Presence
from portal.inbox.models import Change, Conversation, Message, Sending, Tag
from portal.inbox.search.filling import fill
from portal.team.models import Member, Role
from portal.words import local

BATCH = 5000


def load(number: int, seed: int = 1) -> None:
    """Add so many conversations, all or none, and let the database count what it has."""
    maker = Maker(seed, _members(), local(now()))
    first = (db.session.scalar(select(func.max(Conversation.id))) or 0) + 1
    db.session.commit()
    raw = db.engine.raw_connection()
    store = _Sqlite(raw) if db.engine.dialect.name == "sqlite" else _Postgres(raw)
    try:
        store.begin()
        with store.unwatched():
            with click.progressbar(length=number, label="Making conversations") as bar:
                for done in range(0, number, BATCH):
                    many = min(BATCH, number - done)
                    store.write(maker.make(first + done, many, number, done))
                    bar.update(many)
            click.echo("Making the indexes")
        click.echo("Making the search index")
        store.index(first)
        raw.commit()
        store.tidy()
    finally:
        raw.close()


def _members() -> list[int]:
    """The ids of those who answer."""
    ids = sorted(colleague(name).id for name in words.TEAM)
    db.session.commit()
    return ids


def colleague(name: str) -> Member:
    """A member who is made up, and nobody can sign in as; in the caller's transaction."""
    email = f"{name.partition(' ')[0].lower()}@demo.example"
    known = db.session.scalar(select(Member).where(Member.email_key == email))
    if known:
        return known
    member = Member(
        email=email, email_key=email, name=name, role=Role.EDITOR, fs_uniquifier=uuid.uuid4().hex
    )
    db.session.add(member)
    db.session.flush()
    return member


def remove(ids: Sequence[int]) -> None:
    """Delete conversations that were erased and never real, in the caller's transaction.

    One that somebody merged another into stays, empty.
    """
    kept = select(Conversation.merged_into_id).where(Conversation.merged_into_id.in_(ids))
    gone = set(ids) - set(db.session.scalars(kept))
    for part in (Presence, Sending, Change, Draft, Tag, Message):
        db.session.execute(delete(part).where(part.conversation_id.in_(gone)))
    db.session.execute(delete(Conversation).where(Conversation.id.in_(gone)))


class _Sqlite:
    """Rows written to SQLite. Indexes and triggers are away meanwhile."""

    def __init__(self, raw: PoolProxiedConnection) -> None:
        self.cursor: Any = raw.cursor()

    def begin(self) -> None:
        """Start the one transaction. New pages need no journal but WAL would write them twice."""
        self.cursor.execute("PRAGMA query_only = 0")
        self.cursor.execute("PRAGMA cache_size = -400000")
        with suppress(sqlite3.OperationalError):  # somebody else is there: it only takes longer
            self.cursor.execute("PRAGMA journal_mode = DELETE")
        self.cursor.execute("BEGIN IMMEDIATE")

    def tidy(self) -> None:
        """Leave the file as it is otherwise."""
        self.cursor.execute("PRAGMA journal_mode = WAL")
        self.cursor.execute("PRAGMA cache_size = -2000")

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Take away what is made anew in the end."""
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql > ''"
        away = [
            (f"DROP {kind} {name}", sql)
            for kind, name, table, sql in self.cursor.execute(query).fetchall()
            if kind in {"index", "trigger"} and table in COLUMNS
        ]
        for drop, _ in away:
            self.cursor.execute(drop)
        yield
        for _, make in away:
            self.cursor.execute(make)
        self.cursor.execute("PRAGMA analysis_limit = 1000")
        self.cursor.execute("ANALYZE")

    def write(self, rows: Rows) -> None:
        """Add rows to each table."""
        for table, columns in COLUMNS.items():
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
            self.cursor.executemany(insert, rows[table])

    def index(self, first: int) -> None:
        """Make the rows of the search, from a conversation on."""
        self.cursor.execute(
            "INSERT INTO search (rowid, head, sender, text, compact) "
            "SELECT * FROM search_source WHERE id >= ?",
            (first,),
        )
        self.cursor.execute("INSERT INTO search (search) VALUES ('optimize')")


class _Postgres:
    """Rows copied to PostgreSQL. Indexes, foreign keys and triggers are away meanwhile."""

    def __init__(self, raw: PoolProxiedConnection) -> None:
        self.raw = raw
        self.cursor: Any = raw.cursor()

    def begin(self) -> None:
        """Start the one transaction."""
        self.cursor.execute("SET LOCAL timezone = 'UTC'")
        self.cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")

    def tidy(self) -> None:
        """Count what is there, and note which pages every reader may see."""
        connection: Any = self.raw.driver_connection
        connection.autocommit = True
        for table in (*COLUMNS, "search", "search_word"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
        connection.autocommit = False

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Take away what is made anew in the end."""
        with unwatched(self.cursor, list(COLUMNS)):
            yield
        self.cursor.execute(
            "SELECT setval(pg_get_serial_sequence('conversation', 'id'), max(id)) FROM conversation"
        )

    def write(self, rows: Rows) -> None:
        """Add rows to each table."""
        for table, columns in COLUMNS.items():
            with self.cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)

    def index(self, first: int) -> None:
        """Make the rows of the search, from a conversation on."""
        fill(self.cursor, first)
