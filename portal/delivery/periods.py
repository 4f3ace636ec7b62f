"""How long the outbox keeps addresses, and what providers told us of mails."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, text

from portal.delivery.models import KEPT, Event, Outgoing
from portal.retention import Period


def _since(at: datetime) -> datetime:
    return at - timedelta(days=current_app.config["SENT_DAYS"])


def addresses_over(at: datetime) -> ColumnElement[bool]:
    """Rows that were finished long before a moment, and still have an address."""
    return and_(Outgoing.finished_at < _since(at), text(KEPT))


PERIODS = (
    Period(
        "sent",
        "Addresses in our list of what was sent",
        "it was done",
        "The address is deleted. That something was sent, and what became of it, stays. The words "
        "are deleted as soon as the email company has them.",
        setting="SENT_DAYS",
        stays="What is still to go, failed, or is in doubt.",
        counted=("address in the list of what was sent", "addresses in the list of what was sent"),
        model=Outgoing,
        due=addresses_over,
    ),
    Period(
        "told",
        "What the email company told us of our mails",
        "it was told",
        "It is deleted.",
        setting="SENT_DAYS",
        model=Event,
        due=lambda at: Event.received_at < _since(at),
    ),
)
