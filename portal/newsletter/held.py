"""Held sign-ups: a person decides whether each is from a person, and may think again."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from portal import audit, delivery
from portal.audit import Deed
from portal.extensions import db, now
from portal.newsletter import services
from portal.newsletter.models import HeldSignup
from portal.transaction import one_transaction


def undecided(most: int | None = None) -> Sequence[HeldSignup]:
    """Those that nobody has decided about, oldest first."""
    query = select(HeldSignup).where(HeldSignup.decided_at.is_(None)).order_by(HeldSignup.id)
    return db.session.scalars(query.limit(most)).all()


@one_transaction
def release(held: HeldSignup, wait: timedelta | None = None) -> None:
    """It is from a person, and goes its usual way.

    With a `wait` the mail leaves that much later, and until then `undo` stops it.
    """
    if held.decided_at is None:
        mail = services.begin(held.email, held.topics, held.format, wait or timedelta(0))
        audit.note(Deed.RELEASED, f"sign-up {held.id}")
        _settle(held, mail, for_good=wait is None)


@one_transaction
def discard(held: HeldSignup, *, for_good: bool = True) -> None:
    """It is not from a person. `undo` brings back one that did not go for good."""
    if held.decided_at is None:
        audit.note(Deed.DISCARDED, f"sign-up {held.id}")
        _settle(held, for_good=for_good)


def _settle(held: HeldSignup, mail_id: int | None = None, *, for_good: bool) -> None:
    if for_good:
        db.session.delete(held)
    else:
        held.decided_at, held.mail_id = now(), mail_id


@one_transaction
def undo(held: HeldSignup) -> bool:
    """Let it wait for a decision again; returns whether it does. A mail that has left has left."""
    if held.mail_id and not delivery.take_back(held.mail_id):
        return False
    audit.note(Deed.UNDONE, f"sign-up {held.id}")
    held.decided_at = held.mail_id = None
    return True
