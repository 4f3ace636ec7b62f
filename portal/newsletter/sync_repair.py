"""Mends what `sync` found to differ between our list and the provider's."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from portal import delivery
from portal.delivery.providers import get_providers
from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import PROVIDER, Subscriber, SubscriberState
from portal.newsletter.sync import AT_ONCE, Difference, patiently
from portal.providers.errors import Refused
from portal.providers.protocols import ContactImporter
from portal.providers.values import Contact


def repair(found: Difference) -> Iterator[int]:
    """Mend what differs; commits as it goes, and gives after each step how many were done.

    It may be stopped at any time and run again. Raises TryLater.
    """
    for address in found.has_left:
        person = Subscriber.with_email(address, to_change=True)
        if person and person.state is SubscriberState.SUBSCRIBED and not found.is_news(person):
            services.withdraw(person, PROVIDER)
        db.session.commit()
        yield 1
    for chunk in _chunks(found.to_stop, AT_ONCE):
        _stop(chunk)
        yield len(chunk)
    provider = get_providers().audience
    most = provider.most_at_once if isinstance(provider, ContactImporter) else AT_ONCE
    for chunk in _chunks([*found.missing, *found.changed], min(most, AT_ONCE)):
        if isinstance(provider, ContactImporter):
            _import(provider, chunk)
        else:
            _enqueue(chunk)
        yield len(chunk)


def _stop(addresses: list[str]) -> None:
    for address in addresses:
        person = Subscriber.with_email(address, to_change=True)
        if person and person.state is not SubscriberState.SUBSCRIBED:
            delivery.enqueue(delivery.Unsubscribe(address))
    db.session.commit()


def _import(provider: ContactImporter, addresses: list[str]) -> None:
    """Send many in one call. Where that is refused, each goes by itself."""
    contacts = _contacts(addresses)
    db.session.commit()
    if not contacts:
        return
    try:
        patiently(provider.upsert_many, contacts)
    except Refused:
        _enqueue(addresses)
    finally:
        _follow(contacts)  # also after a time-out: they may have been taken


def _enqueue(addresses: list[str]) -> None:
    """Let the outbox send them. Whoever leaves meanwhile comes after that."""
    for contact in _contacts(addresses, to_change=True):
        delivery.enqueue(contact)
    db.session.commit()


def _chunks(addresses: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(addresses), size):
        yield addresses[start : start + size]


def _contacts(addresses: Iterable[str], *, to_change: bool = False) -> list[Contact]:
    """Those of the addresses who are still subscribed, as they are now.

    `to_change` makes others wait to change them.
    """
    keys = [address.lower() for address in addresses]
    wanted = Subscriber.email_key.in_(keys) & (Subscriber.state == SubscriberState.SUBSCRIBED)
    query = select(Subscriber).where(wanted).order_by(Subscriber.id)
    people = db.session.scalars(query.with_for_update() if to_change else query)
    return [services.contact(person) for person in people]


def _choice(contact: Contact) -> tuple[Any, ...]:
    """What somebody chose. Their private link is written anew each time, with another date."""
    return contact.email, contact.name, contact.topics, contact.format


def _follow(sent: list[Contact]) -> None:
    """Tell the provider of those who changed, left or were erased while they were sent."""
    present = {_choice(one) for one in _contacts(one.email for one in sent)}
    for contact in sent:
        if _choice(contact) in present:
            continue
        person = Subscriber.with_email(contact.email, to_change=True)
        if person is None:
            delivery.enqueue(delivery.Erase(contact.email))
        elif person.state is SubscriberState.SUBSCRIBED:
            delivery.enqueue(services.contact(person))
        else:
            delivery.enqueue(delivery.Unsubscribe(contact.email))
    db.session.commit()
