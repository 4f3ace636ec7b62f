"""What issues hold about a person: which they were sent, in which format, and what became of it."""

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import ColumnElement, select, update

from portal import people
from portal.delivery.holdings import BECAME
from portal.delivery.models import OPEN
from portal.extensions import write_rows
from portal.issues.models import Edition, Recipient
from portal.issues.sending import mails
from portal.newsletter.models import Subscriber
from portal.people import Holding, Person


def _mine(person: Person) -> ColumnElement[bool]:
    ids = select(Subscriber.id).where(Subscriber.email_key.in_(person.addresses))
    return Recipient.subscriber_id.in_(ids)


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    return [_holding(one) for one in people.newest(Recipient, _mine(person), most, before)]


def _holding(one: Recipient) -> Holding:
    edition, formats = one.edition, current_app.config["FORMATS"]
    told = {
        "Subject": edition.subject,
        "Format": formats.get(edition.format, edition.format),
        "What became of it": BECAME[mails.state_of(one)],
    }
    at = edition.issue.started_at or edition.issue.changed_at
    address = one.subscriber.email if one.subscriber else ""
    return Holding(one.id, edition.subject, at, lambda: told, address=address)


def _erase(person: Person) -> None:
    """Who it was; that there was somebody is counted. A copy that is still open keeps its owner."""
    ended = select(Edition.id).where(Edition.finished_at.is_not(None))
    over = Recipient.edition_id.in_(ended) & Recipient.state.not_in(OPEN)
    write_rows(update(Recipient).where(_mine(person), over).values(subscriber_id=None))


HOLDER = people.Holder(
    "issues",
    "Newsletters that we sent you",
    lambda person: people.count(Recipient, _mine(person)),
    _find,
    _erase,
    is_trace=True,
    goes="Which newsletters we sent you. We still count how many people got each.",
)
