"""What the newsletter holds about a person: what they get, what they agreed to, what waits."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal import people
from portal.extensions import db
from portal.newsletter import retention, services
from portal.newsletter.models import HeldSignup, Subscriber
from portal.people import Holding, Person


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    """One for each address, and where they ask the sign-ups that a person must look at."""
    if before is not None:
        return []
    mine = select(Subscriber).where(Subscriber.email_key.in_(person.addresses))
    found = [_subscription(one) for one in db.session.scalars(mine.order_by(Subscriber.id))]
    for address in sorted(person.addresses) if person.asks else ():
        found += [_held(one) for one in retention.held_for(address)]
    return found[:most]


def _subscription(subscriber: Subscriber) -> Holding:
    return Holding(
        id=subscriber.id,
        title="Newsletter",
        at=subscriber.created_at,
        tell=lambda: retention.own_data(subscriber),
        standing=subscriber.state.capitalize(),
        address=subscriber.email,
    )


def _held(held: HeldSignup) -> Holding:
    topics = current_app.config["TOPICS"]
    told: dict[str, Any] = {
        "Email address": held.email,
        "Topics": [topics.get(one, one) for one in held.topics],
        "Format": held.format,
        "Why a person looks at it": held.reasons,
        "Asked for": held.created_at,
    }
    title, standing = "A sign-up for the newsletter", "A person looks at it first"
    return Holding(held.id, title, held.created_at, lambda: told, standing, held.email)


def _erase(person: Person) -> list[str]:
    for address in person.addresses:
        services.forget(address)
    return []


HOLDER = people.Holder(
    "newsletter",
    "Newsletter",
    lambda person: len(_find(person, people.COUNTED, None)),
    _find,
    _erase,
)
