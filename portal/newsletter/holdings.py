"""What the newsletter holds about a person: what they get, what they agreed to, what waits."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal import people
from portal.extensions import db
from portal.newsletter import retention, services
from portal.newsletter.desk.wording import CHANNELS, TOLD
from portal.newsletter.models import HeldSignup, Subscriber, SubscriberState
from portal.people import Holding, Person
from portal.web import public_address

STATES = {
    SubscriberState.PENDING: "Asked for, and not confirmed yet",
    SubscriberState.SUBSCRIBED: "Gets the newsletter",
    SubscriberState.UNSUBSCRIBED: "Left the newsletter",
    SubscriberState.BOUNCED: "Stopped: mail came back",
    SubscriberState.COMPLAINED: "Stopped: our mail was marked as spam",
}


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    """One for each address, and where they ask the sign-ups that a person must look at."""
    if before is not None:
        return []
    mine = select(Subscriber).where(Subscriber.email_key.in_(person.addresses))
    found = [_subscription(one, person) for one in db.session.scalars(mine.order_by(Subscriber.id))]
    for address in sorted(person.addresses) if person.hears else ():
        found += [_held(one) for one in retention.held_for(address)]
    return found[:most]


def _subscription(subscriber: Subscriber, person: Person) -> Holding:
    page = public_address("newsletter_desk.person", subscriber_id=subscriber.id)
    return Holding(
        id=subscriber.id,
        title=STATES[subscriber.state],
        at=subscriber.created_at,
        tell=lambda: _told(subscriber),
        address=subscriber.email,
        url="" if person.asks else page,
    )


def _told(subscriber: Subscriber) -> dict[str, Any]:
    return _chosen(subscriber) | {
        "Name": subscriber.name,
        "State": STATES[subscriber.state],
        "State since": subscriber.changed_at,
        "First asked for": subscriber.created_at,
        "Last asked for": subscriber.asked_at,
        "What was agreed to, or no longer": [
            {
                "Words": one.wording,
                "For": one.purpose,
                "Agreed": "yes" if one.given else "no",
                "How": CHANNELS.get(one.channel, one.channel),
                "At": one.at,
                "What proves it": one.evidence,
            }
            for one in subscriber.consents
        ],
        "What the team did, as it was asked to": [
            {"What": one.what, "How it was asked": TOLD.get(one.way, one.way), "At": one.at}
            for one in subscriber.list_changes
        ],
    }


def _chosen(one: Subscriber | HeldSignup) -> dict[str, Any]:
    topics, formats = current_app.config["TOPICS"], current_app.config["FORMATS"]
    return {
        "Email address": one.email,
        "Topics": [topics.get(key, key) for key in one.topics],
        "Format": formats.get(one.format, one.format),
    }


def _held(held: HeldSignup) -> Holding:
    told = _chosen(held) | {"Why a person looks at it": held.reasons}
    title = "Asked for, and a person looks at it first"
    return Holding(held.id, title, held.created_at, lambda: told, address=held.email)


def _erase(person: Person) -> None:
    for address in person.addresses:
        services.forget(address)


HOLDER = people.Holder(
    "newsletter",
    "Newsletter",
    lambda person: len(_find(person, people.COUNTED, None)),
    _find,
    _erase,
    takes=frozenset({"lists", "issues"}),
    goes=(
        "The newsletter: your address, your choices and what you agreed to. You get no more of it. "
        "We tell our email company to delete your details too."
    ),
)
