"""How long we know who got which issue."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, select, update

from portal.delivery.models import OPEN
from portal.extensions import db, now, write_rows
from portal.issues.models import KNOWN, Edition, Recipient
from portal.retention import Period

AT_ONCE = 1_000  # rows in one commit


def recipients_over(at: datetime) -> ColumnElement[bool]:
    """Copies that were settled long before a moment, of which is still known whose they are."""
    since = at - timedelta(days=current_app.config["RECIPIENT_DAYS"])
    old = select(Edition.id).where(Edition.finished_at < since)
    return and_(Recipient.edition_id.in_(old), KNOWN, Recipient.state.not_in(OPEN))


def forget_recipients() -> None:
    """Forget who got issues that were sent long ago; commits, a few at a time."""
    some = select(Recipient.id).where(recipients_over(now())).limit(AT_ONCE)
    forget = update(Recipient).where(Recipient.id.in_(some)).values(subscriber_id=None)
    while write_rows(forget).rowcount == AT_ONCE:
        db.session.commit()
    db.session.commit()


PERIODS = (
    Period(
        "recipients",
        "Who got which newsletter",
        "all of it had left",
        "It is forgotten who they were. How many got it, and what became of each copy, stays.",
        setting="RECIPIENT_DAYS",
        stays="Whose copy is still to go, failed, or is in doubt.",
        counted=("copy of a newsletter, whose it was", "copies of newsletters, whose they were"),
        model=Recipient,
        due=recipients_over,
    ),
)
