"""Copying every row from SQLite to PostgreSQL, in one transaction, with a proof."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Connection,
    Enum,
    Row,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    create_engine,
    func,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from portal import schema
from portal.bulk import unwatched
from portal.delivery import heartbeat
from portal.extensions import Base, Moment, db, now
from portal.inbox.search.filling import fill

AT_ONCE = 200  # rows; some hold a whole mail
AT_WORK = timedelta(seconds=30)  # a worker says three times in that time that it lives
SEEDED = {"library_change"}  # which a migration fills
SIZE = 2**128
LAST_USED = "SELECT max(seq) FROM sqlite_sequence WHERE name = :table"


class NotCopied(Exception):
    """Nothing was copied; the text says why, and what to do."""


class Proof(NamedTuple):
    """How many rows a table has, and what is the same for the same rows in whatever order."""

    number: int = 0
    digest: int = 0


def copy(url: str) -> dict[str, int]:
    """Copy the present database to `url`; how many rows each table has. Raises NotCopied.

    Nobody can write to the present one meanwhile.
    """
    if db.engine.dialect.name != "sqlite" or not url.startswith("postgresql"):
        raise NotCopied("This goes from SQLite to PostgreSQL, and no other way.")
    target = create_engine(url, hide_parameters=True)
    try:
        with db.engine.connect() as source, target.begin() as there:
            _may_begin(source, there)
            numbers = _copy(source, there)
        with target.connect().execution_options(isolation_level="AUTOCOMMIT") as there:
            there.execute(text("ANALYZE"))  # or it guesses how to look for rows
    except SQLAlchemyError as error:
        cause = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
        raise NotCopied(f"Nothing was copied. {cause}") from error
    finally:
        target.dispose()
    return numbers


def _may_begin(source: Connection, there: Connection) -> None:
    """Raise NotCopied unless both have the newest tables, one is empty, and no worker lives."""
    for which, one in (("present", source), ("new", there)):
        if schema.found_by(one) != schema.wanted():
            words = f"The {which} database has not the tables of this code."
            raise NotCopied(f"{words} Run “flask db upgrade” with its DATABASE_URL, and try again.")
    seen = source.scalar(select(func.max(heartbeat.Heartbeat.seen_at)))
    if seen and seen > now() - AT_WORK:
        raise NotCopied("A worker is at work. Stop web and worker, wait 30 seconds, and try again.")
    full = [one.name for one in _tables() if one.name not in SEEDED and _has_rows(there, one)]
    if full:
        raise NotCopied(f"The new database is not empty: there are rows in {', '.join(full)}.")


def _has_rows(connection: Connection, one: Table) -> bool:
    return connection.execute(select(1).select_from(one).limit(1)).first() is not None


def _copy(source: Connection, there: Connection) -> dict[str, int]:
    cursor: Any = there.connection.cursor()
    given = {}
    with unwatched(cursor, [one.name for one in _tables()]):
        for one in _tables():
            there.execute(one.delete())
            given[one.name] = _proof(_rows(source, one), _writer(there, one))
            _go_on_counting(source, there, one)
    fill(cursor)
    for one in _tables():
        if _proof(_rows(there, one)) != given[one.name]:
            raise NotCopied(f"Nothing was copied: the rows of {one.name} are not the same there.")
    return {name: proof.number for name, proof in given.items()}


def _tables() -> list[Table]:
    return [*Base.metadata.tables.values()]


def _columns(one: Table) -> dict[str, TypeEngine[Any]]:
    """What is copied of a table, with the type that tells least of it: words, not one of few."""
    return {each.name: _plain_type(each.type) for each in one.columns if each.computed is None}


def _plain_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, TypeDecorator) and not isinstance(kind, Moment):
        kind = kind.impl_instance
    return Text() if isinstance(kind, Enum) else kind


def _rows(connection: Connection, one: Table) -> Iterator[Sequence[Row[Any]]]:
    """All rows, some at a time. JSON is text: an empty cell and `null` are not the same."""
    columns = _columns(one)
    wanted = [
        cast(column(name), Text) if isinstance(kind, JSON) else column(name, kind)
        for name, kind in columns.items()
    ]
    options = {"stream_results": True, "yield_per": AT_ONCE}
    query = select(*wanted).select_from(table(one.name))
    return connection.execute(query, execution_options=options).partitions()


def _writer(connection: Connection, one: Table) -> Callable[[Sequence[Row[Any]]], None]:
    """What adds rows to a table, as `_rows` gives them."""
    columns = _columns(one)
    values = {
        name: cast(bindparam(f"to_{name}", type_=Text()), JSON)
        if isinstance(kind, JSON)
        else bindparam(f"to_{name}", type_=kind)
        for name, kind in columns.items()
    }
    statement = insert(table(one.name, *(column(name) for name in columns))).values(values)
    names = [f"to_{name}" for name in columns]

    def write(rows: Sequence[Row[Any]]) -> None:
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])

    return write


def _proof(
    parts: Iterator[Sequence[Row[Any]]], write: Callable[[Sequence[Row[Any]]], None] | None = None
) -> Proof:
    """What the rows are known by; they are written too, where that is asked for."""
    number = digest = 0
    for rows in parts:
        for row in rows:
            said = repr([_same_everywhere(value) for value in row]).encode(errors="surrogatepass")
            digest += int.from_bytes(hashlib.blake2b(said, digest_size=16).digest())
        number += len(rows)
        if write:
            write(rows)
    return Proof(number, digest % SIZE)


def _same_everywhere(value: Any) -> Any:
    """A value as it is compared: a moment in UTC, bytes as such."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def _go_on_counting(source: Connection, there: Connection, one: Table) -> None:
    """Let numbers go on where they were: SQLite remembers some that are gone."""
    for key in one.primary_key.columns:
        where = {"table": one.name, "key": key.name}
        counter = there.scalar(text("SELECT pg_get_serial_sequence(:table, :key)"), where)
        if counter:
            used = source.scalar(text(LAST_USED), {"table": one.name})
            last = max(used or 0, source.scalar(select(func.max(key))) or 0)
            there.execute(select(func.setval(counter, max(last, 1), last > 0)))
