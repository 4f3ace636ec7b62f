"""A copy of the database while it is in use, and the way back; each kind by its own means."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from portal import journal
from portal.backups.manifest import BackupError
from portal.extensions import Base

QUEUE = "huey_*"  # its tables may lie in the same database; they need not be kept
Tables = dict[str, int]
BESIDE = ("-wal", "-shm", "-journal")


def url() -> URL:
    """Where the database is."""
    return make_url(current_app.config["DATABASE_URL"])


def kind() -> str:
    """Which kind of database it is: sqlite or postgresql."""
    return url().get_backend_name()


def copy_out(path: Path) -> Tables:
    """Write a copy of the database as it is at one moment; returns how many rows its tables have.

    Web and worker go on meanwhile. Raises BackupError.
    """
    path.touch(0o600)
    return _sqlite_out(path) if kind() == "sqlite" else _postgres_out(path)


def _sqlite_out(path: Path) -> Tables:
    """By SQLite's online backup, in one step: who writes does not wait for who reads (WAL)."""
    with closing(sqlite3.connect(_file())) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        if (said := target.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise BackupError(f"The database is damaged, so no backup was made of it: {said}")
        return _counts(lambda query: target.execute(query).fetchone()[0], _tables_of(target))


def _file() -> str:
    return str(url().database)


def _tables_of(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row[0] for row in rows}


def _counts(ask: Callable[[str], int], there: Iterable[str]) -> Tables:
    mine = sorted(set(there) & set(Base.metadata.tables))
    return {name: ask(f'SELECT count(*) FROM "{name}"') for name in mine}  # noqa: S608 - ours


def _postgres_out(path: Path) -> Tables:
    """By pg_dump, of the same snapshot in which the rows are counted."""
    with _engine().connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        _run("pg_dump", f"--snapshot={snapshot}", f"--exclude-table={QUEUE}", f"--file={path}")
        return _count_all(connection)


def _count_all(connection: Connection) -> Tables:
    there = inspect(connection).get_table_names()
    return _counts(lambda query: connection.scalar(text(query)) or 0, there)


def _engine() -> Engine:
    """One of its own: the app's would set each transaction up for a service."""
    return create_engine(url(), poolclass=NullPool)


def _run(program: str, *options: str) -> None:
    """Run one of PostgreSQL's programs. The password is in no command line."""
    if not shutil.which(program):
        raise BackupError(f"{program} is missing: install the package “postgresql-client”.")
    address = url()
    shown = address.set(drivername="postgresql", password=None).render_as_string()
    secret = {"PGPASSWORD": str(address.password)} if address.password else {}
    command = [program, "--no-owner", "--no-privileges", f"--dbname={shown}", *options]
    command += ["--format=custom"] if program == "pg_dump" else ["--exit-on-error"]
    done = subprocess.run(  # noqa: S603 - our own words, and no shell
        command, env=os.environ | secret, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def must_be_empty() -> None:
    """Raise BackupError where there is a database already: nothing is ever written over."""
    if kind() == "postgresql":
        with _engine().connect() as connection:
            there = set(inspect(connection).get_table_names())
        if there & {*Base.metadata.tables, "alembic_version"}:
            words = "The database of DATABASE_URL has tables already. Make an empty one, and name"
            raise BackupError(f"{words} that in DATABASE_URL.")
        return
    there_are = [f"{_file()}{end}" for end in ("", *BESIDE) if _has_something(f"{_file()}{end}")]
    if there_are:
        words = "There is a database already, and nothing is written over it. Move away"
        raise BackupError(f"{words}: {', '.join(there_are)}")


def _has_something(path: str) -> bool:
    return os.path.exists(path) and os.path.getsize(path) > 0


def copy_in(path: Path, begun: dict[str, Any]) -> Tables:
    """Bring a copy back into an empty database; returns how many rows its tables have.

    From the first moment on it has the row `begun` in its table `restoration`. Raises BackupError.
    """
    return _sqlite_in(path, begun) if kind() == "sqlite" else _postgres_in(path, begun)


def _insert(values: dict[str, Any]) -> str:
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    return f"INSERT INTO restoration ({names}) VALUES ({marks})"  # noqa: S608 - ours


def _as_text(value: Any) -> Any:
    """As SQLAlchemy keeps moments in SQLite."""
    is_moment = isinstance(value, datetime)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if is_moment else value


def _sqlite_in(path: Path, begun: dict[str, Any]) -> Tables:
    """Made whole under another name first."""
    database, half = Path(_file()), Path(f"{_file()}.restoring")
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half.unlink(missing_ok=True)
    half.touch(0o600)
    shutil.copyfile(path, half)
    with closing(sqlite3.connect(half)) as connection, connection:
        counts = _counts(lambda q: connection.execute(q).fetchone()[0], _tables_of(connection))
        values = {name: _as_text(value) for name, value in begun.items()}
        connection.execute(_insert(begun), values)
    with half.open("rb") as file:
        os.fsync(file.fileno())
    for end in BESIDE:
        Path(f"{database}{end}").unlink(missing_ok=True)
    half.replace(database)
    journal.flush_folder(database.parent)
    return counts


def _postgres_in(path: Path, begun: dict[str, Any]) -> Tables:
    """The tables, that row, and then all others."""
    _run("pg_restore", "--section=pre-data", str(path))
    with _engine().begin() as connection:
        connection.execute(text(_insert(begun)), begun)
    _run("pg_restore", "--section=data", "--section=post-data", str(path))
    with _engine().connect() as connection:
        counts = _count_all(connection)
    return counts | {"restoration": counts["restoration"] - 1}
