"""Where Huey keeps its tasks, by QUEUE_URL."""

import sqlite3
from typing import Any
from urllib.parse import urlsplit

from huey.storage import BaseStorage, MemoryStorage, PostgresStorage, RedisStorage, SqliteStorage
from sqlalchemy import make_url

QUEUE_TIMEOUT = 5  # seconds that a silent queue on PostgreSQL is waited for; as long as on Redis
LOCK_TIMEOUT = 15  # seconds that a writer waits for another on SQLite


class SqliteQueue(SqliteStorage):  # type: ignore[misc]
    """Huey's storage without a disk flush for each task.

    A power cut may lose the last tasks, and the sweep finds their rows; the
    file itself stays whole (SQLite, "PRAGMA synchronous", on NORMAL with WAL).
    """

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


class PostgresQueue(PostgresStorage):  # type: ignore[misc]
    """Huey's storage, made for processes that start together and requests that cannot wait."""

    ddl: list[str]

    def __init__(self, url: str) -> None:
        super().__init__(
            "portal",
            dsn=url.replace("+psycopg", "", 1),
            connect_timeout=QUEUE_TIMEOUT,
            tcp_user_timeout=QUEUE_TIMEOUT * 1000,
            create_tables=False,
        )

    def _create_connection(self) -> Any:
        """Connect, and make the tables; two processes that do so at once would fail unlocked."""
        connection = super()._create_connection()
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(hashtext('portal queue'))")
            for statement in self.ddl:
                connection.execute(statement)
        return connection


def queue_storage(url: str) -> BaseStorage:
    """The queue's storage at `url`, as `places.queue` reads it.

    Raises ValueError for any other kind of address.
    """
    scheme = urlsplit(url).scheme.partition("+")[0]
    if scheme == "sqlite":
        return SqliteQueue("portal", filename=make_url(url).database, timeout=LOCK_TIMEOUT)
    if scheme in {"redis", "rediss", "unix"}:
        return RedisStorage("portal", url=url)
    if scheme == "postgresql":
        return PostgresQueue(url)
    if scheme == "memory":
        return MemoryStorage("portal")
    raise ValueError(f"{scheme}://")  # the rest may hold a password
