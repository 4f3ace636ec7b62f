"""Letting go, or dropping, what waits after a backup was brought back. One call is one commit."""

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from portal import audit
from portal.delivery import restored
from portal.extensions import db
from portal.transaction import one_transaction

OVER = "restore over"  # the app has it once it knows that none waits
GO, DROP = DEEDS = ("go", "drop")


def is_waiting() -> bool:
    """Whether a restore waits for a decision; for the team's pages.

    None comes while a web process runs, so it asks only until none waits.
    """
    known = current_app.extensions
    if OVER in known:
        return False
    try:
        found = restored.is_open()
    except SQLAlchemyError:  # the page that says so is one of these
        db.session.rollback()
        return False
    if not found:
        known[OVER] = True
    return found


@one_transaction
def decide(deed: str) -> int:
    """Do it with all that waits; commits. Returns how many rows it is."""
    number = restored.release() if deed == GO else restored.drop()
    noted = audit.Deed.RELEASED if deed == GO else audit.Deed.DISCARDED
    if number:
        audit.note(noted, "what waited after a restore", f"{number} rows")
    return number
