"""The extensions, made once and joined to the app by `create_app`.

How the database is spoken to is decided here too: every transaction of a GET
is read-only, so "GET changes nothing" holds by construction, and every other
one on SQLite takes the write lock at its start, so that two writers wait for
each other instead of failing half-way.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, has_request_context, request
from flask_compress import Compress
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from huey import Huey
from huey.api import Task
from huey.storage import MemoryStorage
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    TypeDecorator,
    UpdateBase,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute

from portal.letters import fold
from portal.queues import queue_storage
from portal.refusals import noted
from portal.turns import take_turn

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
EMPTY = text("''")  # what a text has in rows that are older than its column
WORDS_MOST = 10  # that are looked for at once
LOCK_TIMEOUT = 15  # seconds that a writer waits for another on SQLite


class Base(DeclarativeBase):
    """The base of every model. Constraints get names that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A point in time: aware and in UTC in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time, which would be somebody's local one."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive times back their zone."""
        naive: datetime | None = value
        return naive.replace(tzinfo=UTC) if naive and naive.tzinfo is None else naive


def one_of(kind: type[StrEnum], name: str) -> Enum:
    """A column type that keeps one of a few words, and a constraint that allows no other."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda words: [str(word) for word in words],
    )


class CompressMore(Compress):
    """Flask-Compress, for 4xx answers too: a form that comes back is a page like any other."""

    def after_request(self, response: Response | None) -> Response:
        """Compress an answer, whatever its status."""
        if response is None or not response.status.startswith("4"):
            return super().after_request(response)
        status, response.status_code = response.status_code, 200
        response = super().after_request(response)
        response.status_code = status
        return response


class TaskQueue(Huey):  # type: ignore[misc]
    """Huey, with each task run inside the app."""

    app: Flask

    def init_app(self, app: Flask) -> None:
        """Use the storage at QUEUE_URL; raises ValueError where that leads to none."""
        self.app = app
        self.storage = queue_storage(app.config["QUEUE_URL"])

    def execute(self, task: Task, timestamp: datetime | None = None) -> Any:
        """Run one task."""
        with self.app.app_context():
            return super().execute(task, timestamp)


compress = CompressMore()
csrf = CSRFProtect()
db = SQLAlchemy(model_class=Base)
htmx = Htmx()
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model
# Results are never read: the outbox row is where a task's outcome is kept.
huey = TaskQueue("portal", results=False, storage_class=MemoryStorage)


def write_rows(statement: UpdateBase) -> CursorResult[Any]:
    """Update or delete rows in the caller's transaction; what the session holds does not follow."""
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done)


def insert_into(model: type[Base], dialect: str) -> Any:
    """An insert that may say what to do `on_conflict_…`, for a kind of database."""
    kind = postgresql if dialect == "postgresql" else sqlite
    return kind.insert(model.__table__)


_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def read_only() -> None:
    """Begin a transaction that only reads: nobody has to wait for it on SQLite."""
    db.session.connection(execution_options={"reading": True})


def has_words(column: InstrumentedAttribute[str], typed: str) -> list[ColumnElement[bool]]:
    """That each of the words is in a column of folded text, in SQL."""
    return [column.contains(one, autoescape=True) for one in fold(typed).split()[:WORDS_MOST]]


def now() -> datetime:
    """The present moment, in UTC."""
    return _pretended.get() or datetime.now(UTC)


@contextmanager
def pretend(moment: datetime) -> Iterator[None]:
    """Let it be that moment, for made-up data that has a past."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: object) -> None:
    """Set SQLite up to survive a power cut and to let SQLAlchemy say when to begin."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={LOCK_TIMEOUT * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    # What a limit refuses changes nothing either, and must keep nobody from writing.
    changes_nothing = has_request_context() and (request.method in SAFE_METHODS or noted())
    reading = changes_nothing or connection.get_execution_options().get("reading")
    if connection.dialect.name == "sqlite":
        if not reading:
            take_turn(connection)
        driver: Any = connection.connection.driver_connection  # is quicker, and this cannot fail
        driver.execute(f"PRAGMA query_only={int(bool(reading))}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
    elif reading:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
