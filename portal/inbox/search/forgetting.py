"""What was erased leaves the database's files for good, and not only what is found in them.

FTS5 keeps the words of a deleted row in its index until parts of that are merged. SQLite's log
keeps pages as they were until it is written back and cut off; the pages themselves are written over
at once (`secure_delete`). PostgreSQL has neither: its vacuum takes what a row held.
"""

import logging

from huey import crontab
from sqlalchemy import text

from portal.extensions import db, huey

log = logging.getLogger(__name__)

PAGES = 50  # of the index in one transaction, so that no writer waits long
MERGE = text("INSERT INTO search (search, rank) VALUES ('merge', :pages)")
WRITTEN = text("SELECT total_changes()")
NOTHING_DONE = 2  # fewer rows are written where there is nothing to merge (SQLite, "FTS5", 6.8)


@huey.task()  # type: ignore[untyped-decorator]
def forget_words() -> None:
    """Write the index anew, a little at a time; commits after each. Does nothing on PostgreSQL.

    Then cut the log off.
    """
    pages = -PAGES  # a negative number begins with all parts of the index
    while db.engine.dialect.name == "sqlite":
        before = db.session.scalar(WRITTEN)
        db.session.execute(MERGE, {"pages": pages})
        written = db.session.scalar(WRITTEN) - before
        db.session.commit()
        if written < NOTHING_DONE:
            break
        pages = PAGES
    cut_log()


@huey.periodic_task(crontab(minute="25"))  # type: ignore[untyped-decorator]
def cut_log() -> None:
    """Every hour, and after an erasure: write SQLite's log back and empty it.

    Where somebody reads for too long it is left to the next time (SQLite, "PRAGMA wal_checkpoint").
    """
    if db.engine.dialect.name != "sqlite":
        return
    db.session.rollback()
    connection = db.engine.raw_connection()
    try:
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if is_busy:
        log.info("SQLite's log could not be cut off yet: somebody reads")
