"""What delivery holds about a person who asks: what was sent to them, and what became of it."""

from collections.abc import Sequence
from typing import Any

from portal import people
from portal.delivery import erasing, events, outbox
from portal.delivery.models import TO_DO, Action, Erase, Event, Outgoing, OutgoingState
from portal.people import Holding, Person

CALLED = {
    Action.UPSERT: "Your choices, to the list at our email company",
    Action.UNSUBSCRIBE: "That you left, to our email company",
    Action.ERASE: "That you are to be forgotten, to our email company",
}
BECAME = dict.fromkeys(TO_DO, "It waits") | {
    OutgoingState.SENDING: "It is leaving",
    OutgoingState.ACCEPTED: "Our email company has it",
    OutgoingState.DELIVERED: "It arrived",
    OutgoingState.BOUNCED: "It came back",
    OutgoingState.COMPLAINED: "It was marked as spam",
    OutgoingState.FAILED: "It failed",
    OutgoingState.UNCERTAIN: "We do not know if it left",
    OutgoingState.CANCELLED: "It was not sent",
}


WORDS = ("subject", "text", "html", "attributes")  # of a row's payload


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    """One for each address: mails may tell of a story that nobody of the team may see yet."""
    if not person.hears or before is not None:
        return []
    found = (_holding(address, person) for address in sorted(person.addresses))
    return [one for one in found if one][:most]


def _holding(address: str, person: Person) -> Holding | None:
    """What there is of an address. That a mail was not sent proves that we know nobody there."""
    sent, told = outbox.history(address), events.told(address)
    tried = [row.created_at for row in sent if row.state is not OutgoingState.CANCELLED]
    moments = [*tried, *(event.at for event in told)]
    if not moments:
        return None
    return Holding(
        id=0,
        title=f"Emails to {address}",
        at=max(moments),
        tell=lambda: {
            "What was sent": [_sent(row) | (_words(row) if person.whole else {}) for row in sent],
            "What our email company told us": [
                _told(event) | ({"All of it": str(event.original)} if person.whole else {})
                for event in told
            ],
        },
        address=address,
    )


def _sent(row: Outgoing) -> dict[str, Any]:
    what = CALLED.get(row.action) or f"Email: {row.name.replace('_', ' ')}"
    return {"What": what, "At": row.created_at, "What became of it": BECAME[row.state]}


def _words(row: Outgoing) -> dict[str, Any]:
    """What we still have of it; that goes some days after it left."""
    payload = row.payload or {}
    return {name.capitalize(): str(payload[name]) for name in WORDS if payload.get(name)}


def _told(event: Event) -> dict[str, Any]:
    return {"What": str(event.kind), "At": event.at, "By": event.provider, "Why": event.reason}


def _erase(person: Person) -> None:
    """A provider keeps mails too, of whoever got one: it is told to forget them."""
    for address in person.addresses:
        is_there = outbox.has_left(address)
        erasing.forget(address)
        if is_there:
            outbox.enqueue(Erase(address))


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
