"""Whose turn it is to write to SQLite.

One thread of one process at a time writes; the others wait here in turn. In the database they
would ask again and again, and an unlucky one would wait for seconds while an import commits one
small step after the other, or be told that it is locked. Who has the pen (a file) has left the
door (another), so nobody writes twice while somebody else waits.

Where somebody keeps the pen for long, nobody waits for that for long.
"""

import fcntl
import os
import sqlite3
import time
from io import FileIO
from threading import Lock
from typing import Any

from flask import has_request_context
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

from portal.gates import Gate, Shut
from portal.postgres import ANSWER, REST
from portal.queues import LOCK_TIMEOUT

LOOK_EVERY = 0.001  # seconds
_waiting = Lock()  # of a process one thread stands at the door
_gate = Gate(REST)


def take_turn(connection: Connection) -> None:
    """Wait until it is this connection's turn to write, if it is not.

    Raises what SQLAlchemy raises for a database that is locked.
    """
    info, database = connection.info, connection.engine.url.database
    if "writes" in info:
        return
    if "turn" not in info:  # opened once: to open and close gives up the thread's own turn
        info["turn"] = [_open(f"{database}-{place}") for place in ("door", "pen")]
    until = time.monotonic() + (ANSWER if has_request_context() else LOCK_TIMEOUT)
    try:
        with _gate.through():
            _take(until, *info["turn"])
    except (Shut, TimeoutError):
        locked = sqlite3.OperationalError("somebody else writes to it for too long")
        locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("BEGIN IMMEDIATE", None, locked) from None
    info["writes"] = info["turn"][1]


def _take(until: float, door: FileIO, pen: FileIO) -> None:
    if not _waiting.acquire(timeout=max(0.0, until - time.monotonic())):
        raise TimeoutError
    try:
        _lock(door, until)
        try:
            _lock(pen, until)
        finally:
            fcntl.flock(door, fcntl.LOCK_UN)
    finally:
        _waiting.release()


def _lock(file: FileIO, until: float) -> None:
    """Lock a file, or raise TimeoutError: the system itself would wait for ever."""
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError from None
        time.sleep(LOOK_EVERY)


def _open(path: str) -> FileIO:
    """To read it is enough for a lock: another account may have made it."""
    return FileIO(path, opener=lambda path, flags: os.open(path, flags | os.O_CREAT, 0o644))


@event.listens_for(Pool, "checkin")
def _let_others_write(_connection: object, record: Any) -> None:
    """A transaction is over when its connection is given back to the pool."""
    if pen := record.info.pop("writes", None):
        fcntl.flock(pen, fcntl.LOCK_UN)


@event.listens_for(Pool, "close")
def _leave_queue(_connection: object, record: Any) -> None:
    record.info.pop("writes", None)  # a connection that broke is closed before it is given back
    for file in record.info.pop("turn", ()):
        file.close()
