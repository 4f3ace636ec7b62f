"""Connections to PostgreSQL that never wait for long, wherever it is that nothing answers.

The server's own `statement_timeout` ends only what it has heard of. What a broken network or a
hanging proxy keeps is ended here, and no thread of a process waits for what another waited for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from flask import has_request_context
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import Dialect, ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from portal.gates import Gate, Shut

CONNECT = 3.0  # seconds, to connect or to see that a connection still works
ANSWER = 5.0  # seconds for a statement while somebody waits for a page
BESIDE = 600.0  # seconds for one in a worker or a command
REST = 2.0  # seconds in which nobody asks again
USUAL = {  # of libpq; what DATABASE_URL says goes before. All in seconds but the last
    "connect_timeout": int(CONNECT),
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
SILENT = "The database does not answer"

# Seconds for each statement; None for any time, and 0 where nobody has said.
_limit: ContextVar[float | None] = ContextVar("limit", default=0.0)


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Let each statement take so long, or as long as it likes, as a migration may."""
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


class PatientPool(QueuePool):
    """A pool that says at once that the database is away, where somebody has just noticed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = Gate(REST)

    def connect(self) -> PoolProxiedConnection:
        """Give out a connection that works."""
        try:
            with self.gate.through(), within(CONNECT):
                return super().connect()
        except Shut:
            raise OperationalError("", None, ConnectionError(SILENT)) from None


# What an engine is made with. A server that was restarted has cut the connections in the pool.
POOL = {"poolclass": PatientPool, "pool_pre_ping": True, "pool_timeout": CONNECT}


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, _record: object, args: Any, params: dict[str, Any]) -> Any:
    return _bounded().connect(*args, **USUAL | params) if dialect.name == "postgresql" else None


@cache
def _bounded() -> Any:
    """The class of such connections: psycopg is an extra, and loaded by who uses it."""
    import psycopg  # noqa: PLC0415

    class Bounded(psycopg.Connection[Any]):
        """Each wait for the server has an end; then the connection has too."""

        def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
            usual = ANSWER if has_request_context() else BESIDE
            limit = usual if _limit.get() == 0.0 else _limit.get()
            try:
                return super().wait(gen, *args, **{"timeout": limit} | kwargs)
            except psycopg.errors._WaitTimeout as error:
                self.pgconn.finish()
                raise psycopg.OperationalError(SILENT) from error

    return Bounded


@event.listens_for(Engine, "handle_error")
def _note(context: ExceptionContext) -> None:
    """Whoever waited in vain tells the others. A server that was restarted is asked again."""
    pool = context.engine.pool if context.engine else None
    if isinstance(pool, PatientPool) and str(context.original_exception) == SILENT:
        pool.gate.shut()
