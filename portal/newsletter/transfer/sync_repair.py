"""Mends what `sync` found to differ between our list and the provider's."""

from collections.abc import Iterator

from sqlalchemy import select

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import PROVIDER, Subscriber, SubscriberState
from portal.newsletter.transfer.sync import Difference

AT_ONCE = 50  # in one commit: on SQLite all others wait meanwhile


def repair(found: Difference) -> Iterator[int]:
    """Mend what differs; commits as it goes, and gives after each step how many were done.

    It may be stopped at any time and run again.
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
    for chunk in _chunks([*found.missing, *found.changed], AT_ONCE):
        _send(chunk)
        yield len(chunk)


def _stop(addresses: list[str]) -> None:
    for address in addresses:
        person = Subscriber.with_email(address, to_change=True)
        if person and person.state is not SubscriberState.SUBSCRIBED:
            delivery.enqueue(delivery.Unsubscribe(address), urgency=delivery.Urgency.BULK)
    db.session.commit()


def _send(addresses: list[str]) -> None:
    """Let the outbox send those who are still subscribed, as they are now.

    Whoever leaves meanwhile comes after that.
    """
    keys = [address_key(address) for address in addresses]
    wanted = Subscriber.email_key.in_(keys) & (Subscriber.state == SubscriberState.SUBSCRIBED)
    query = select(Subscriber).where(wanted).order_by(Subscriber.id).with_for_update()
    for person in db.session.scalars(query):
        delivery.enqueue(services.contact(person), urgency=delivery.Urgency.BULK)
    db.session.commit()


def _chunks(addresses: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(addresses), size):
        yield addresses[start : start + size]
