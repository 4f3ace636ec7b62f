"""What was erased leaves the search's index for good, and not only what it finds.

FTS5 keeps the words of a deleted row in its index until parts of that are merged.
PostgreSQL has no such words: its vacuum takes them with the row.
"""

from sqlalchemy import text

from portal.extensions import db, huey

PAGES = 50  # of the index in one transaction, so that no writer waits long
MERGE = text("INSERT INTO search (search, rank) VALUES ('merge', :pages)")
WRITTEN = text("SELECT total_changes()")
NOTHING_DONE = 2  # fewer rows are written where there is nothing to merge (SQLite, "FTS5", 6.8)


@huey.task()  # type: ignore[untyped-decorator]
def forget_words() -> None:
    """Write the index anew, a little at a time; commits after each. Does nothing on PostgreSQL."""
    pages = -PAGES  # a negative number begins with all parts of the index
    while db.engine.dialect.name == "sqlite":
        before = db.session.scalar(WRITTEN)
        db.session.execute(MERGE, {"pages": pages})
        written = db.session.scalar(WRITTEN) - before
        db.session.commit()
        if written < NOTHING_DONE:
            return
        pages = PAGES
