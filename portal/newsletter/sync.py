"""Compares our list with the provider's, and mends what differs.

Who is right? A person's own word is, wherever they said it. So who left at the
provider has left here too, and who left here is stopped there. Apart from
that our list is right, and nobody is deleted who is only known there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from portal import delivery
from portal.delivery.models import UNFINISHED, Action, Outgoing
from portal.delivery.models import State as Fate
from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import PROVIDER, State, Subscriber
from portal.providers.base import Contact, ContactImporter, ContactLister, KnownContact

AT_ONCE = 500
MOST_LEAVING = 0.2  # of the list in one go: more looks like a wrong list, not like people's wish
OF_CONTACTS = (Action.UPSERT, Action.UNSUBSCRIBE, Action.ERASE)


@dataclass
class Difference:
    """Addresses, by what is to be done about them."""

    same: int = 0
    waiting: int = 0
    """Those of whom the outbox still has something to tell the provider."""
    unknown: int = 0
    """Those that only the provider knows."""
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    to_stop: list[str] = field(default_factory=list)
    has_left: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many there are to mend."""
        return sum(map(len, (self.missing, self.changed, self.to_stop, self.has_left)))


def subscribers() -> int:
    """How many people there are to compare."""
    query = select(func.count()).select_from(Subscriber).where(Subscriber.state != State.PENDING)
    return db.session.scalar(query) or 0


def compare() -> Iterator[Difference]:
    """Look at each subscriber; gives what was found so far after each one.

    Raises TryLater or Refused. No transaction is open while the provider is asked.
    """
    provider = current_app.extensions["audience_provider"]
    theirs: dict[str, KnownContact] | None = None
    if isinstance(provider, ContactLister):
        theirs = {one.email.lower(): one for one in provider.everyone()}
    found, busy, ours = Difference(), _busy(), set(_addresses())
    if theirs is not None:
        found.unknown = len(theirs.keys() - ours)
    last = 0
    while people := _people(last):
        for person in people:
            known = _look(provider, theirs, person.email)
            _weigh(found, person, known, is_busy=person.email_key in busy)
            yield found
        last = people[-1].id


def _people(after: int) -> Sequence[Subscriber]:
    query = select(Subscriber).where(Subscriber.id > after, Subscriber.state != State.PENDING)
    people = db.session.scalars(query.order_by(Subscriber.id).limit(AT_ONCE)).all()
    db.session.expunge_all()
    db.session.commit()
    return people


def _addresses() -> Iterable[str]:
    return db.session.scalars(select(Subscriber.email_key).where(Subscriber.state != State.PENDING))


def _busy() -> set[str]:
    """Addresses of whom the provider has not been told all."""
    unfinished = Outgoing.state.in_((*UNFINISHED, Fate.FAILED))
    query = select(Outgoing.address_key).where(Outgoing.action.in_(OF_CONTACTS), unfinished)
    return set(db.session.scalars(query))


def _look(
    provider: Any, theirs: dict[str, KnownContact] | None, address: str
) -> KnownContact | None:
    if theirs is not None:
        return theirs.get(address.lower())
    known: KnownContact | None = provider.lookup(address)
    return known


def _weigh(
    found: Difference, person: Subscriber, known: KnownContact | None, *, is_busy: bool
) -> None:
    is_ours = person.state is State.SUBSCRIBED
    if is_busy:
        found.waiting += 1
    elif is_ours and known and known.stopped:
        found.has_left.append(person.email)
    elif is_ours and not (known and known.subscribed):
        found.missing.append(person.email)
    elif is_ours and known and _differs(person, known):
        found.changed.append(person.email)
    elif not is_ours and known and known.subscribed:
        found.to_stop.append(person.email)
    else:
        found.same += 1


def _differs(person: Subscriber, known: KnownContact) -> bool:
    """Whether the provider keeps another choice. One that tells nothing is taken to be right."""
    if not known.attributes:
        return False
    kept = {_joined(value) for value in known.attributes.values()}
    chosen = (person.name, ",".join(person.topics), person.format)
    return not all(value in kept for value in chosen if value)


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def repair(found: Difference) -> Iterator[int]:
    """Mend what differs; commits as it goes, and gives after each step how many were done.

    It may be stopped at any time and run again. Raises TryLater or Refused.
    """
    for address in found.has_left:
        person = Subscriber.with_email(address, to_change=True)
        if person and person.state is State.SUBSCRIBED:
            services.withdraw(person, PROVIDER)
        db.session.commit()
        yield 1
    for chunk in _chunks(found.to_stop, AT_ONCE):
        _stop(chunk)
        yield len(chunk)
    provider = current_app.extensions["audience_provider"]
    most = provider.most_at_once if isinstance(provider, ContactImporter) else AT_ONCE
    for chunk in _chunks([*found.missing, *found.changed], min(most, AT_ONCE)):
        _send(provider, _contacts(chunk))
        yield len(chunk)


def _stop(addresses: list[str]) -> None:
    for address in addresses:
        person = Subscriber.with_email(address, to_change=True)
        if person and person.state is not State.SUBSCRIBED:
            delivery.enqueue(delivery.Unsubscribe(address))
    db.session.commit()


def _send(provider: Any, contacts: list[Contact]) -> None:
    """Let the provider have these contacts: in one call, or by the outbox."""
    if contacts and isinstance(provider, ContactImporter):
        provider.upsert_many(contacts)
        _follow(contacts)
    else:
        for contact in contacts:
            delivery.enqueue(contact)
    db.session.commit()


def _chunks(addresses: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(addresses), size):
        yield addresses[start : start + size]


def _contacts(addresses: Iterable[str]) -> list[Contact]:
    """Those of the addresses who are still subscribed, as they are now; nothing stays open."""
    keys = [address.lower() for address in addresses]
    wanted = Subscriber.email_key.in_(keys) & (Subscriber.state == State.SUBSCRIBED)
    people = db.session.scalars(select(Subscriber).where(wanted).order_by(Subscriber.id)).all()
    contacts = [services.contact(person) for person in people]
    db.session.commit()
    return contacts


def _choice(contact: Contact) -> tuple[Any, ...]:
    """What somebody chose. Their private link is written anew each time, with another date."""
    return contact.email, contact.name, contact.topics, contact.format


def _follow(sent: list[Contact]) -> None:
    """Tell the provider of those who changed, left or were erased while they were sent."""
    present = {_choice(one) for one in _contacts(one.email for one in sent)}
    for contact in sent:
        if _choice(contact) in present:
            continue
        person = Subscriber.with_email(contact.email)
        if person is None:
            delivery.enqueue(delivery.Erase(contact.email))
        elif person.state is State.SUBSCRIBED:
            delivery.enqueue(services.contact(person))
        else:
            delivery.enqueue(delivery.Unsubscribe(contact.email))
