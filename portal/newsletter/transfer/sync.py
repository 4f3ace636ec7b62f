"""Compares our list with the provider's. `sync_repair` then mends what differs.

Who is right? A person's own word is, wherever they said it. So who left at the
provider has left here too, and who left here is stopped there. Apart from
that our list is right, and nobody is deleted who is only known there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from portal.delivery.models import UNFINISHED, Action, Outgoing, OutgoingState
from portal.delivery.providers import get_providers
from portal.extensions import db, now
from portal.newsletter.models import Subscriber, SubscriberState
from portal.newsletter.transfer.theirs import Theirs
from portal.providers.patience import patient
from portal.providers.values import KnownContact

AT_ONCE = 500
MOST_LEAVING = 0.2  # of the list in one go: more looks like a wrong list, not like people's wish
SETTLES = timedelta(hours=1)  # some providers work through what they took only a little later
PATIENCE = timedelta(minutes=1)  # the longest that a provider may ask us to wait between two calls
CONFIRMED = Subscriber.state != SubscriberState.PENDING
OF_CONTACTS = (Action.UPSERT, Action.UNSUBSCRIBE, Action.ERASE)


@dataclass
class Difference:
    """Addresses, by what is to be done about them."""

    begun: datetime = field(default_factory=now)
    same: int = 0
    unseen: int = 0
    """Those among them of whom the provider does not tell what they chose."""
    waiting: int = 0
    """Those of whom the provider may not know all yet: the outbox has it, or it is too new."""
    unknown: int = 0
    """Those that only the provider knows."""
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    to_stop: list[str] = field(default_factory=list)
    has_left: list[str] = field(default_factory=list)

    def is_news(self, person: Subscriber) -> bool:
        """Whether somebody came or left so lately that the provider may not know it yet."""
        return person.changed_at > self.begun - SETTLES

    @property
    def looked(self) -> int:
        """How many people have been compared."""
        return self.same + self.waiting + self.number

    @property
    def number(self) -> int:
        """How many there are to mend."""
        return sum(map(len, (self.missing, self.changed, self.to_stop, self.has_left)))


def subscribers() -> int:
    """How many people there are to compare."""
    number = db.session.scalar(select(func.count()).select_from(Subscriber).where(CONFIRMED)) or 0
    db.session.commit()  # the provider is asked next, and SQLite's lock must not be held then
    return number


def compare() -> Iterator[Difference]:
    """Look at each subscriber; gives what was found so far after each one, and while it reads.

    Raises TryLater or Refused. No transaction is open while the provider is asked.
    """
    provider, found = get_providers().audience, Difference()
    if provider is None:
        return
    with patient(PATIENCE):
        theirs = Theirs(provider)
        for _ in theirs.read():
            yield found
        busy, failed = _in_outbox(*UNFINISHED), _in_outbox(OutgoingState.FAILED)
        if theirs.whole is not None:
            ours = db.session.scalars(select(Subscriber.email_key).where(CONFIRMED))
            found.unknown = len(theirs.whole.keys() - set(ours))
        last = 0
        while people := _people(last):
            for person, known in zip(people, theirs.of(people), strict=True):
                is_new = found.is_news(person) or person.email_key in failed
                _weigh(found, person, known, is_busy=person.email_key in busy, is_new=is_new)
                yield found
            last = people[-1].id


def _people(after: int) -> Sequence[Subscriber]:
    query = select(Subscriber).where(Subscriber.id > after, CONFIRMED)
    people = db.session.scalars(query.order_by(Subscriber.id).limit(AT_ONCE)).all()
    db.session.expunge_all()
    db.session.commit()
    return people


def _in_outbox(*states: OutgoingState) -> set[str]:
    """The addresses of contacts' rows in these states."""
    mine = Outgoing.action.in_(OF_CONTACTS) & Outgoing.is_open(*states)
    return set(db.session.scalars(select(Outgoing.address_key).where(mine)))


def _weigh(
    found: Difference,
    person: Subscriber,
    known: KnownContact | None,
    *,
    is_busy: bool,
    is_new: bool,
) -> None:
    """Sort somebody in. `is_new` is whether the provider may not know that they came back."""
    is_ours = person.state is SubscriberState.SUBSCRIBED
    has_left = is_ours and known is not None and known.stopped
    if is_busy or (has_left and is_new):
        found.waiting += 1
    elif has_left:
        found.has_left.append(person.email)
    elif is_ours and not (known and known.subscribed):
        found.missing.append(person.email)
    elif is_ours and known and _differs(person, known):
        found.changed.append(person.email)
    elif not is_ours and known and known.subscribed:
        found.to_stop.append(person.email)
    else:
        found.same += 1
        found.unseen += bool(is_ours and known and not known.attributes)


def _differs(person: Subscriber, known: KnownContact) -> bool:
    """Whether the provider keeps another choice. What it does not tell is taken to be right.

    Private links have a date in them, so of those only the site is compared.
    """
    kept = {_joined(value) for value in known.attributes.values()} - {""}
    if not kept:
        return False
    chosen = {person.name, ",".join(person.topics), person.format} - {""}
    links = [value for value in kept if value.startswith(("http://", "https://"))]
    site = f"{current_app.config['SITE_URL']}/"
    is_elsewhere = bool(links) and not any(link.startswith(site) for link in links)
    return not chosen <= kept or is_elsewhere or _keeps_old_topics(person, kept)


def _keeps_old_topics(person: Subscriber, kept: set[str]) -> bool:
    """Whether it keeps topics of somebody who has none any more."""
    topics = set(current_app.config["TOPICS"])
    others = kept - {person.name, person.format}
    return not person.topics and any(set(value.split(",")) <= topics for value in others)


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
