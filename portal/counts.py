"""The counts of the limits, in a file that all processes of a machine share."""

import os
import sqlite3
import time
import weakref
from pathlib import Path
from threading import Lock
from typing import Any

from limits.errors import ConfigurationError
from limits.storage import Storage

TIDY_EVERY = 60  # seconds between two looks for counts that are over
LONGEST_WAIT = 1.0  # seconds for another process that counts, which takes a moment of that
TABLE = """
CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, number INT, until REAL) WITHOUT ROWID
"""
COUNT = """
INSERT INTO counts VALUES (:key, :amount, :until) ON CONFLICT DO UPDATE SET
number = excluded.number + CASE WHEN until > :now THEN number ELSE 0 END,
until = CASE WHEN until > :now THEN until ELSE excluded.until END
RETURNING number
"""


class CountsInFile(Storage):
    """Counts in an SQLite file of their own, at sqlite:///path.

    Nothing else is written there, so no request waits for what the database does. Counts
    survive a restart, and the last ones may be lost with the power: no write waits for the disk.
    """

    STORAGE_SCHEME = None
    base_exceptions = sqlite3.Error

    def __init__(self, uri: str, **options: Any) -> None:
        """Raise ConfigurationError where there is no folder for the file."""
        super().__init__(uri, **options)
        self._path = Path(uri.removeprefix("sqlite:///"))
        if not self._path.parent.is_dir():
            raise ConfigurationError(f"there is no folder {self._path.parent}")
        self._lock, self._tidied_at, self._opened_by = Lock(), 0.0, 0
        self._connection: sqlite3.Connection

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` more for a key, which is forgotten `expiry` seconds after the first."""
        moment = time.time()
        if moment > self._tidied_at + TIDY_EVERY:
            self._tidied_at = moment
            self._run("DELETE FROM counts WHERE until <= :now", now=moment)
        values = {"key": key, "amount": amount, "until": moment + expiry, "now": moment}
        return self._number(COUNT, **values)

    def get(self, key: str) -> int:
        """How often it was counted."""
        query = "SELECT sum(number) FROM counts WHERE key = :key AND until > :now"
        return self._number(query, key=key, now=time.time())

    def get_expiry(self, key: str) -> float:
        """When it is forgotten, in seconds since 1970; now where it was not counted."""
        query = "SELECT until FROM counts WHERE key = :key"
        rows = self._run(query, key=key)
        return float(rows[0][0]) if rows else time.time()

    def check(self) -> bool:
        """Whether it can be counted."""
        return self._run("SELECT 1") == [(1,)]

    def reset(self) -> int:
        """Forget all; returns how many there were."""
        return len(self._run("DELETE FROM counts RETURNING key"))

    def clear(self, key: str) -> None:
        """Forget one."""
        self._run("DELETE FROM counts WHERE key = :key", key=key)

    def _number(self, statement: str, **values: Any) -> int:
        rows = self._run(statement, **values)
        return int(rows[0][0] or 0)

    def _run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._opened_by != os.getpid():  # no connection may be used on both sides of a fork
                self._connection = self._open()
                self._opened_by = os.getpid()
            return self._connection.execute(statement, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        """Connect, in a mode that never waits for the disk and leaves no broken file behind."""
        connection = sqlite3.connect(
            self._path, timeout=LONGEST_WAIT, isolation_level=None, check_same_thread=False
        )
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", TABLE):
            connection.execute(statement)
        weakref.finalize(self, connection.close).atexit = False
        return connection
