"""Removing files: asked for by a row in the caller's transaction, tried until it is true."""

import logging
from datetime import timedelta

from sqlalchemy import Row, delete, func, select, update

from portal.extensions import db, now, read_only, write_rows
from portal.storage.files import remove
from portal.storage.models import DroppedFile

log = logging.getLogger(__name__)

AT_ONCE = 100  # files in one step
CLAIMED = timedelta(minutes=10)  # by then a worker that took some is done, or dead
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
TOO_LONG = timedelta(days=1)  # after which a person should know


def drop(*places: str) -> None:
    """Have the worker remove files, once the caller's transaction has been committed."""
    db.session.add_all(DroppedFile(place=place) for place in dict.fromkeys(places) if place)


def step() -> bool:
    """Remove some of the files that are to go; whether there may be more to do now."""
    claimed = _claim()
    gone = [row_id for row_id, place, tries in claimed if _remove(row_id, place, tries)]
    if gone:
        write_rows(delete(DroppedFile).where(DroppedFile.id.in_(gone)))
        db.session.commit()
    return len(claimed) == AT_ONCE


def _claim() -> list[Row[int, str, int]]:
    """Those that are due, put off so that no other worker takes them; no transaction is open."""
    due = DroppedFile.due_at <= now()
    read_only()  # most times there is none
    query = select(DroppedFile.id).where(due).order_by(DroppedFile.due_at).limit(AT_ONCE)
    ids = db.session.scalars(query).all()
    db.session.rollback()
    if not ids:
        return []
    mine = update(DroppedFile).where(DroppedFile.id.in_(ids), due)
    claim = mine.values(due_at=now() + CLAIMED, tries=DroppedFile.tries + 1)
    rows = db.session.execute(
        claim.returning(DroppedFile.id, DroppedFile.place, DroppedFile.tries),
        execution_options={"synchronize_session": False},
    ).all()
    db.session.commit()
    return list(rows)


def _remove(row_id: int, place: str, tries: int) -> bool:
    """Remove a file; where that does not work it is tried again, after a longer and longer time."""
    try:
        remove(place)
    except Exception as error:
        log.warning("A file could not be removed, it is tried again: %s", error)
        wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
        mine = update(DroppedFile).where(DroppedFile.id == row_id)
        write_rows(mine.values(due_at=now() + wait))
        db.session.commit()
        return False
    return True


def stuck() -> int:
    """How many files could not be removed for so long that a person should look."""
    late = DroppedFile.dropped_at < now() - TOO_LONG
    return db.session.scalar(select(func.count()).where(late)) or 0
