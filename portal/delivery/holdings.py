"""What delivery holds about a person who asks: what was sent to them, and what became of it."""

from collections.abc import Sequence

from sqlalchemy import select

from portal import people
from portal.delivery import erasing, events, outbox
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.people import Holding, Person


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    """One for each address: what the rows say of a story that nobody may see is for them alone."""
    if not person.asks or before is not None:
        return []
    found = ((address, _last(address)) for address in sorted(person.addresses))
    return [_holding(address, row) for address, row in found if row][:most]


def _last(address: str) -> Outgoing | None:
    """The last that was tried. That a mail was not sent proves that we know nobody there."""
    mine = (Outgoing.address_key == address) & (Outgoing.state != OutgoingState.CANCELLED)
    return db.session.scalar(select(Outgoing).where(mine).order_by(Outgoing.id.desc()).limit(1))


def _holding(address: str, last: Outgoing) -> Holding:
    return Holding(
        id=last.id,
        title=f"What we sent to {last.address}",
        at=last.created_at,
        tell=lambda: {
            "What was sent": outbox.history(address),
            "What our email company told us": events.told(address),
        },
        address=last.address,
    )


def _erase(person: Person) -> list[str]:
    for address in person.addresses:
        erasing.forget(address)
    return []


HOLDER = people.Holder(
    "emails",
    "Emails to you",
    lambda person: len(_find(person, people.COUNTED, None)),
    _find,
    _erase,
    kept="We keep your address until our email company has done the last that we asked it to.",
)
