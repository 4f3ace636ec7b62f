"""People of a list from elsewhere come onto ours, in the caller's transaction. Nobody is mailed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.newsletter import bounces, retention, services
from portal.newsletter.models import IMPORT, Subscriber, SubscriberState
from portal.newsletter.transfer.entries import ListedPerson
from portal.newsletter.transfer.outcomes import BECOMES, TAKEN, Became, KnownHere, weigh

LEFT_THERE = "The list that was brought in says that they had left"
BULK = delivery.Urgency.BULK


def known(people: Sequence[ListedPerson], *, to_change: bool = False) -> dict[str, Subscriber]:
    """Those of them who are subscribers, by their keys; `to_change` makes others wait."""
    keys = {address_key(one.email) for one in people}
    query = select(Subscriber).where(Subscriber.email_key.in_(keys)).order_by(Subscriber.id)
    query = query.options(selectinload(Subscriber.consents))
    if to_change:
        query = query.with_for_update(of=Subscriber)
    return {one.email_key: one for one in db.session.scalars(query)}


def take(people: Sequence[ListedPerson], member_id: int | None) -> list[Became]:
    """Take each of them as they stand here and there; returns what became of each."""
    found = known(people, to_change=True)
    erased = retention.erased_among([one.email for one in people])
    outcomes = []
    for person in people:
        key = address_key(person.email)
        here = KnownHere.of(found.get(key), erased=person.email in erased)
        outcome = weigh(person.there, person.since, here)
        kept = {"evidence": person.source, "member_id": member_id, "noted_at": now()}
        if outcome is Became.ADDED:
            found[key] = _add(person, found.get(key), kept)
        elif outcome in TAKEN:
            found[key] = _note(person, found.get(key), BECOMES[outcome], kept)
        outcomes.append(outcome)
    return outcomes


def _add(person: ListedPerson, waiting: Subscriber | None, kept: dict[str, Any]) -> Subscriber:
    """Put somebody on the list who said yes elsewhere."""
    subscriber = waiting or Subscriber.new(person.email)
    db.session.add(subscriber)
    subscriber.name, subscriber.topics, subscriber.format = (
        person.name,
        person.topics,
        person.format,
    )
    subscriber.become(SubscriberState.SUBSCRIBED)
    _say(subscriber, person.wording, person.agreed_at, kept, given=True)
    delivery.enqueue(services.contact(subscriber), urgency=BULK)
    return subscriber


def _note(
    person: ListedPerson, known: Subscriber | None, state: SubscriberState, kept: dict[str, Any]
) -> Subscriber:
    """Note that somebody left elsewhere, or that mail to them came back or was unwelcome."""
    subscriber = known or Subscriber.new(person.email)
    before = subscriber.state
    if known is None:
        db.session.add(subscriber)
        if state is SubscriberState.BOUNCED:  # if the mailbox works again, they still want it
            subscriber.name, subscriber.topics = person.name, person.topics
            subscriber.format = person.format
    if state is SubscriberState.BOUNCED:
        if not subscriber.consents:
            _say(subscriber, person.wording, person.agreed_at, kept, given=True)
    elif not subscriber.consents or subscriber.has_agreed:
        words = bounces.COMPLAINT if state is SubscriberState.COMPLAINED else LEFT_THERE
        _say(subscriber, words, person.since, kept, given=False)
    # Who was asked to confirm may still do so: their link ends when the state changes later.
    since = subscriber.changed_at if known and before is SubscriberState.PENDING else now()
    if before not in {SubscriberState.BOUNCED, SubscriberState.COMPLAINED}:
        subscriber.state, subscriber.changed_at = state, person.since or since
    if before is SubscriberState.SUBSCRIBED:
        delivery.enqueue(delivery.Unsubscribe(subscriber.email), urgency=BULK)
    return subscriber


def _say(
    subscriber: Subscriber, words: str, at: datetime | None, kept: dict[str, Any], *, given: bool
) -> None:
    said = kept | {"at": at or now()}
    services.record(subscriber, given=given, wording=words, channel=IMPORT, **said)
