"""The counts of the limits, in a file that all processes of a machine share."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import unquote

from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage

TIDY_EVERY = 60  # seconds between two looks for counts that are over
LONGEST_WAIT = 0.25  # seconds for others who count; each takes less than a thousandth of one
BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
LOOK_EVERY = 0.0005  # seconds
TABLE = """
CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, number INT, until REAL) WITHOUT ROWID
"""
COUNT = """
INSERT INTO counts VALUES {rows} ON CONFLICT DO UPDATE SET
number = excluded.number + CASE WHEN until > :now THEN number ELSE 0 END,
until = CASE WHEN until > :now THEN until ELSE excluded.until END
RETURNING key, number
"""


class Count(NamedTuple):
    """What is counted: its key, for how many seconds it is kept, and how many there are more."""

    key: str
    seconds: int
    amount: int = 1


def count(storage: Storage | CountsInFile, counts: Sequence[Count]) -> list[int]:
    """Count all of them, in a file in one visit; returns how many there are now of each."""
    if isinstance(storage, CountsInFile):
        return storage.count(counts)
    return [storage.incr(one.key, one.seconds, one.amount) for one in counts]


class CountsInFile:
    """Counts in an SQLite file of their own, at sqlite:///path.

    Nothing else is written there, so no request waits for what the database does. Counts
    survive a restart, and may be lost with the power: no write waits for the disk.
    What cannot be counted raises StorageError.
    """

    def __init__(self, uri: str) -> None:
        """Raise ConfigurationError where there is no folder for the file."""
        self._path = Path(unquote(uri.removeprefix("sqlite:///")))
        if not self._path.parent.is_dir():
            raise ConfigurationError(f"there is no folder {self._path.parent}")
        self._lock, self._tidied_at, self._opened_by, self._file = Lock(), 0.0, 0, 0
        self._connection: sqlite3.Connection

    def count(self, counts: Sequence[Count]) -> list[int]:
        """Count more of each in one statement; returns how many there are now of each.

        A key is forgotten so many seconds after it was first counted.
        """
        moment = time.time()
        if moment > self._tidied_at + TIDY_EVERY:
            self._tidied_at = moment
            if self._is_gone():
                self._opened_by = 0
            self._run("DELETE FROM counts WHERE until <= :now", now=moment)
        values: dict[str, Any] = {"now": moment}
        for at, one in enumerate(counts):
            values |= {f"k{at}": one.key, f"n{at}": one.amount, f"u{at}": moment + one.seconds}
        rows = ", ".join(f"(:k{at}, :n{at}, :u{at})" for at in range(len(counts)))
        numbers = dict(self._run(COUNT.format(rows=rows), **values))
        return [int(numbers[one.key]) for one in counts]

    def _run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        if not self._lock.acquire(timeout=LONGEST_WAIT):
            raise StorageError(TimeoutError("others count for too long"))
        try:
            if self._opened_by != os.getpid():  # no connection may be used on both sides of a fork
                self._open()
                self._opened_by = os.getpid()
            return self._in_turn(statement, values)
        except sqlite3.Error as error:
            if _code(error) in BROKEN:
                self._begin_anew()
            raise StorageError(error) from error
        finally:
            self._lock.release()

    def _in_turn(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run it once no other process writes. SQLite itself would look again far too seldom."""
        until = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(LOOK_EVERY)

    def _is_gone(self) -> bool:
        """Whether somebody removed the file, so that others count in a new one."""
        with suppress(OSError):
            return self._path.stat().st_ino != self._file
        return True

    def _begin_anew(self) -> None:
        """Remove a file that is broken, unless another process has done so."""
        self._opened_by = 0
        if not self._is_gone():
            for end in ("", "-wal", "-shm"):
                Path(f"{self._path}{end}").unlink(missing_ok=True)

    def _open(self) -> None:
        """Connect, in a mode that never waits for the disk.

        The power can break such a file. Then all counts are lost, and it is made anew.
        """
        connection = sqlite3.connect(
            self._path, timeout=LONGEST_WAIT, isolation_level=None, check_same_thread=False
        )
        weakref.finalize(self, connection.close).atexit = False
        self._connection, self._file = connection, self._path.stat().st_ino
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", TABLE):
            connection.execute(statement)
        connection.execute("PRAGMA busy_timeout=0")


def _code(error: sqlite3.Error) -> int:
    """What went wrong, without its details (https://sqlite.org/rescode.html)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
