"""Why the site is not ready: what does not answer, what is too old, and what is too long silent."""

import threading
import time

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from portal import room, schema, storage, words
from portal.delivery import heartbeat, ledger
from portal.extensions import db, huey, now

OK = "ok"
FULL_SOON = "nearly full: large files are refused (DISK_RESERVE_MB)"
NO_BUCKET = "UPLOADS_URL does not answer"
PATIENCE = 2.0  # seconds for a bucket to answer
LASTS = 10.0  # seconds for which its answer is good enough


def read() -> dict[str, str]:
    """Each part of the portal, and what is wrong with it; or OK. It never takes long."""
    found = {"database": database(), "queue": queue(), "files": files()}
    # Where the database does not answer, nobody knows.
    found |= work() if found["database"] == OK else {}
    shut = " ".join(room.shut().values())
    return found | {
        "disk": shut or (OK if room.fits_disk(room.largest()) else FULL_SOON),
    }


def is_ready(found: dict[str, str]) -> bool:
    """Whether nothing is wrong for which people or mails would have to wait.

    A disk that is nearly full is told of, and no such thing: forms still work.
    """
    return all(words in {OK, FULL_SOON} for words in found.values())


def database() -> str:
    """Whether the database answers, and has the tables that the code was written for."""
    try:
        version = schema.found()
    except SQLAlchemyError:
        db.session.rollback()
        return "DATABASE_URL does not answer"
    if not version:
        return "not migrated: run “flask db upgrade”"
    if version < schema.wanted():
        return "older than the portal: run “flask db upgrade”"
    return OK


def queue() -> str:
    """Whether the queue answers."""
    try:
        huey.pending_count()
    except Exception:  # each storage raises its own
        return "QUEUE_URL does not answer"
    return OK


def work() -> dict[str, str]:
    """Whether a worker lives, and whether what should have left has left."""
    last, rows = heartbeat.newest(), ledger.overdue()
    worker = OK
    if last is None:
        worker = "no worker has run yet: start “flask worker”"
    elif last < now() - heartbeat.silence():
        worker = f"no sign of a worker since {words.moment(last)}: look after “flask worker”"
    late = f"{words.count(rows, 'row')} should have left by now: see “flask delivery status”"
    return {"worker": worker, "outbox": late if rows else OK}


def files() -> str:
    """Whether the bucket answers, if files are in one: a folder of this machine is on its disk."""
    if storage.folder():
        return OK
    bucket: Bucket = current_app.extensions.setdefault("bucket asked", Bucket())
    return bucket.look(current_app._get_current_object())  # type: ignore[attr-defined]


class Bucket:
    """What a bucket said last. It is asked in a thread of its own, as it may never answer."""

    def __init__(self) -> None:
        self._lock, self._thread = threading.Lock(), threading.Thread()
        self._said, self._at = OK, -LASTS

    def look(self, app: Flask) -> str:
        """Whether it answers; waits for no longer than PATIENCE."""
        with self._lock:
            if self._thread.is_alive():  # it has been asked, and has not answered
                return NO_BUCKET
            if time.monotonic() > self._at + LASTS:
                self._thread = threading.Thread(target=self._ask, args=(app,), daemon=True)
                self._thread.start()
                self._thread.join(PATIENCE)
            return NO_BUCKET if self._thread.is_alive() else self._said

    def _ask(self, app: Flask) -> None:
        with app.app_context():
            try:
                self._said = OK if storage.answers() else "UPLOADS_URL leads to no bucket"
            except Exception:  # each storage raises its own
                self._said = NO_BUCKET
            self._at = time.monotonic()
