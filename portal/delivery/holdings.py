"""What delivery holds about a person who asks: what was sent to them, and what became of it."""

from collections.abc import Sequence

from portal import people
from portal.delivery import erasing, events, outbox
from portal.delivery.models import OutgoingState
from portal.people import Holding, Person


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    """One for each address: mails may tell of a story that nobody of the team may see yet."""
    if not person.asks or before is not None:
        return []
    return [one for address in sorted(person.addresses) if (one := _holding(address))][:most]


def _holding(address: str) -> Holding | None:
    """What there is of an address. That a mail was not sent proves that we know nobody there."""
    sent, told = outbox.history(address), events.told(address)
    some = [*(one for one in sent if one["State"] != OutgoingState.CANCELLED), *told]
    if not some:
        return None
    return Holding(
        id=0,
        title=f"Emails to {address}",
        at=max(one["At"] for one in some),
        tell=lambda: {"What was sent": sent, "What our email company told us": told},
        address=address,
    )


def _erase(person: Person) -> list[str]:
    for address in person.addresses:
        erasing.forget(address)
    return []


HOLDER = people.Holder(
    "emails",
    "Emails",
    lambda person: len(_find(person, people.COUNTED, None)),
    _find,
    _erase,
    is_trace=True,
    goes="The list of emails that we sent to you.",
    kept="We keep your address until our email company has done the last that we asked it to.",
)
