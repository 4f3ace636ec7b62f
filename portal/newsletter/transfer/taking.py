"""People of a list from elsewhere come onto ours, in the caller's transaction. Nobody is mailed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import selectinload

from portal import delivery
from portal.extensions import db, now
from portal.newsletter import bounces, links, retention, services
from portal.newsletter.models import (
    IMPORT,
    LEFT,
    STOPPED,
    SUPPRESSED,
    Consent,
    Subscriber,
    SubscriberState,
    new_row,
)
from portal.newsletter.transfer.entries import ListedPerson
from portal.newsletter.transfer.outcomes import BECOMES, TAKEN, Became, KnownHere, weigh
from portal.providers.values import Contact

LEFT_THERE = "The list that was brought in says that they had left"
Taken = tuple[ListedPerson, SubscriberState]
Item = Contact | delivery.Unsubscribe


def standing(people: Sequence[ListedPerson], *, to_change: bool = False) -> list[KnownHere]:
    """How each of them stands here; `to_change` makes others wait to change them."""
    keys = [one.key for one in people]
    query = _standing().where(Subscriber.email_key.in_(keys))
    if to_change:
        query = query.order_by(Subscriber.id).with_for_update(of=Subscriber)
    found = {row.email_key: row for row in db.session.execute(query)}
    erased = retention.erased_among([one.email for one in people])
    return [
        _known(found.get(key), erased=one.email in erased)
        for one, key in zip(people, keys, strict=True)
    ]


@cache
def _standing() -> Select[Any]:
    mine = Consent.subscriber_id == Subscriber.id
    own = select(func.max(Consent.at)).where(mine, Consent.given, Consent.channel != IMPORT)
    last = select(Consent.given).where(mine).order_by(Consent.id.desc()).limit(1)
    own_yes_at, has_agreed = own.scalar_subquery(), last.scalar_subquery()
    return select(
        Subscriber.email_key, Subscriber.state, own_yes_at.label("own"), has_agreed.label("agreed")
    )


def _known(row: Any, *, erased: bool) -> KnownHere:
    if row is None:
        return KnownHere(erased=erased)
    return KnownHere(row.state, row.own, row.state in SUPPRESSED and bool(row.agreed), erased)


def take(people: Sequence[ListedPerson], member_id: int | None) -> list[Became]:
    """Take each of them as they stand here and there; returns what became of each."""
    return [became for some in _parted(people) for became in _take(some, member_id)]


def _parted(people: Sequence[ListedPerson]) -> Iterator[list[ListedPerson]]:
    """Parts that have nobody twice: what became of the first line counts for the second."""
    part: dict[str, ListedPerson] = {}
    for person in people:
        if (key := person.key) in part:
            yield [*part.values()]
            part = {}
        part[key] = person
    if part:
        yield [*part.values()]


def _take(people: Sequence[ListedPerson], member_id: int | None) -> list[Became]:
    here = standing(people, to_change=True)
    outcomes = [weigh(one.there, one.since, it) for one, it in zip(people, here, strict=True)]
    of_each = [one for one in zip(people, here, outcomes, strict=True) if one[2] in TAKEN]
    taken = [(person, BECOMES[outcome]) for person, _, outcome in of_each]
    ours = _ours([person.key for person, known, _ in of_each if known.state])
    kept = {"member_id": member_id, "noted_at": now()}
    items = _add([one for one in taken if one[0].key not in ours], kept)
    for person, state in taken:
        if state is not SubscriberState.SUBSCRIBED:
            STOPPED.get(state, LEFT).note(person.key, IMPORT)
        if subscriber := ours.get(person.key):
            items += _change(subscriber, person, state, kept)
    delivery.enqueue_all(items, delivery.Urgency.BULK)
    return outcomes


def _ours(keys: Sequence[str]) -> Mapping[str, Subscriber]:
    query = select(Subscriber).where(Subscriber.email_key.in_(keys))
    query = query.options(selectinload(Subscriber.consents))
    return {one.email_key: one for one in db.session.scalars(query)} if keys else {}


def _add(taken: Sequence[Taken], kept: dict[str, Any]) -> list[Item]:
    """Note people whom we did not know, however they stand; past the ORM, as it may be very many.

    Returns what is to be told to the provider.
    """
    if not taken:
        return []
    rows = [_row(*one) for one in taken]
    connection = db.session.connection()
    # In their order SQLite would give the ids back only one by one.
    new = insert(Subscriber).returning(Subscriber.public_id, Subscriber.id)
    ids = {row.public_id: row.id for row in connection.execute(new, rows)}
    consents = [
        {"subscriber_id": ids[row["public_id"]]} | _said(*one, kept)
        for row, one in zip(rows, taken, strict=True)
    ]
    connection.execute(insert(Consent), consents)
    return [_contact(row) for row in rows if row["state"] is SubscriberState.SUBSCRIBED]


def _contact(row: Mapping[str, Any]) -> Contact:
    """As `services.contact` makes it."""
    name, topics, format_ = row["name"], tuple(row["topics"]), row["format"]
    url = links.preferences_of(row["public_id"])
    return Contact(row["email"], name, topics, format_, url)


def _row(person: ListedPerson, state: SubscriberState) -> dict[str, Any]:
    if state in {SubscriberState.SUBSCRIBED, SubscriberState.BOUNCED}:  # who bounced may be back
        row = new_row(person.email, person.name)
        row |= {"topics": person.topics, "format": person.format}
    else:
        row = new_row(person.email)
    if state is not SubscriberState.SUBSCRIBED and person.since:
        row["changed_at"] = person.since
    return row | {"state": state}


def _change(
    subscriber: Subscriber, person: ListedPerson, state: SubscriberState, kept: dict[str, Any]
) -> list[Item]:
    """Note how somebody stands by now whom we knew; returns what is to be told to the provider."""
    before, consents = subscriber.state, subscriber.consents
    is_yes = state in {SubscriberState.SUBSCRIBED, SubscriberState.BOUNCED}
    if state is SubscriberState.SUBSCRIBED or not consents or (not is_yes and consents[-1].given):
        consents.append(Consent(**_said(person, state, kept)))
    if state is SubscriberState.SUBSCRIBED:
        subscriber.name, subscriber.topics = person.name, person.topics
        subscriber.format = person.format
        subscriber.become(state)
        return [services.contact(subscriber)]
    # Who was asked to confirm may still do so: their link ends when the state changes later.
    since = subscriber.changed_at if before is SubscriberState.PENDING else now()
    if before not in SUPPRESSED:
        subscriber.state, subscriber.changed_at = state, person.since or since
    is_told = before is SubscriberState.SUBSCRIBED
    return [delivery.Unsubscribe(subscriber.email)] if is_told else []


def _said(person: ListedPerson, state: SubscriberState, kept: dict[str, Any]) -> dict[str, Any]:
    """The yes or no that stands in a list, as it is kept."""
    at: datetime | None
    match state:
        case SubscriberState.SUBSCRIBED | SubscriberState.BOUNCED:
            given, words, at = True, person.wording, person.agreed_at
        case SubscriberState.COMPLAINED:
            given, words, at = False, bounces.COMPLAINT, person.since
        case _:
            given, words, at = False, LEFT_THERE, person.since
    return kept | {
        "purpose": services.PURPOSE,
        "given": given,
        "wording": words,
        "channel": IMPORT,
        "at": at or now(),
        "evidence": person.source,
    }
