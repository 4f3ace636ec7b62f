"""What the team does for somebody who asked: put on, taken off, changed, let back, erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from portal import audit, delivery
from portal.audit import Deed
from portal.extensions import db, now
from portal.newsletter import bounces, emails, services
from portal.newsletter.desk import standing
from portal.newsletter.desk.wording import TOLD
from portal.newsletter.models import ListChange, Subscriber, SubscriberState
from portal.team import kept
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction

TAKEN_OFF = "The person asked the team to take them off the newsletter"
ASKED, ALLOWED = "Sent the email that asks them to confirm", "Let mail go there again"


@dataclass(frozen=True)
class Choices:
    """What somebody wants to get."""

    name: str
    topics: Sequence[str]
    format: str

    @classmethod
    def of(cls, subscriber: Subscriber) -> "Choices":
        """What somebody gets now."""
        return cls(subscriber.name, subscriber.topics, subscriber.format)


@dataclass(frozen=True)
class Yes:
    """A yes that was not said here: its words, who took it, when, and what proves it."""

    wording: str
    member_id: int
    at: datetime
    evidence: str


def _to_put_on(email: str, choices: Choices) -> Subscriber:
    """The subscriber with these choices, who is not on the list yet. Raises NotPossible."""
    found = Subscriber.with_email(email, to_change=True)
    if why := standing.why_not_put_on(email, found):
        raise NotPossible(why)
    subscriber = found or Subscriber.new(email)
    subscriber.name, subscriber.topics = choices.name, list(choices.topics)
    subscriber.format, subscriber.asked_at = choices.format, now()
    db.session.add(subscriber)
    return subscriber


@one_transaction
def invite(email: str, choices: Choices, way: str, by: Member) -> Subscriber:
    """Ask the owner of an address by mail whether they want this. Raises NotPossible."""
    subscriber = _to_put_on(email, choices)
    _ask(subscriber, way, by)
    return subscriber


@one_transaction
def put_on(email: str, choices: Choices, way: str, yes: Yes) -> Subscriber:
    """Put somebody on the list whose yes the team keeps. Raises NotPossible."""
    subscriber = _to_put_on(email, choices)
    subscriber.become(SubscriberState.SUBSCRIBED)
    said = {"at": yes.at, "member_id": yes.member_id, "evidence": yes.evidence, "noted_at": now()}
    services.record(subscriber, given=True, wording=yes.wording, channel=way, **said)
    delivery.enqueue(emails.about(subscriber, "welcome", name=subscriber.name))
    delivery.enqueue(services.contact(subscriber))
    audit.note(Deed.CONSENT_NOTED, f"subscriber {subscriber.id}", _asked(way))
    return subscriber


@one_transaction
def ask(subscriber: Subscriber, way: str, by: Member) -> bool:
    """Mail somebody the link that lets them confirm; returns whether a mail leaves."""
    return standing.of(subscriber).can_ask and _ask(subscriber, way, by)


def _ask(subscriber: Subscriber, way: str, by: Member) -> bool:
    row_id = services.ask_owner(subscriber, subscriber.topics, subscriber.format)
    if row_id is not None:
        subscriber.asked_at = now()
        _note(subscriber, ASKED, way, by)
    return row_id is not None


@one_transaction
def change(subscriber: Subscriber, choices: Choices, was: Choices, way: str, by: Member) -> None:
    """Save what somebody wants to get. Raises Stale where that is not as it `was` shown."""
    if Choices.of(subscriber) != was:
        raise Stale
    if changed := _changed(was, choices):
        services.choose(subscriber, choices.name, list(choices.topics), choices.format)
        _note(subscriber, changed, way, by)


def _changed(was: Choices, wanted: Choices) -> str:
    """What becomes what, in words."""
    pairs = {
        "Name": (was.name, wanted.name),
        "Topics": (_named(was.topics, "TOPICS"), _named(wanted.topics, "TOPICS")),
        "Format": (_named([was.format], "FORMATS"), _named([wanted.format], "FORMATS")),
    }
    return ". ".join(
        f"{what}: {before or 'none'} → {after or 'none'}"
        for what, (before, after) in pairs.items()
        if before != after
    )


def _named(keys: Sequence[str], setting: str) -> str:
    words = current_app.config[setting]
    return ", ".join(sorted(words.get(key, key) for key in keys))


@one_transaction
def take_off(subscriber: Subscriber, way: str, by: Member) -> None:
    """End the newsletter for somebody, as a link of theirs does."""
    audit.note(Deed.CONSENT_ENDED, f"subscriber {subscriber.id}", _asked(way))
    services.end(subscriber, way, TAKEN_OFF, member_id=by.id)


@one_transaction
def allow(subscriber: Subscriber, way: str, by: Member) -> None:
    """Let mail go again to an address that bounced or complained."""
    if standing.of(subscriber).can_allow:
        bounces.allow(subscriber)
        _note(subscriber, ALLOWED, way, by)


@one_transaction
def erase(subscriber: Subscriber, way: str, by: Member) -> None:
    """Forget somebody here and at the provider. That a member was asked to, and how, is kept."""
    place, email = f"/newsletter/list/{subscriber.id}/", subscriber.email
    audit.note(Deed.ERASED, f"subscriber {subscriber.id}", _asked(way))
    services.forget(email, way, by.id)
    kept.forget(place, email)


def _asked(way: str) -> str:
    return f"Asked: {TOLD.get(way, way)}"


def _note(subscriber: Subscriber, what: str, way: str, by: Member) -> None:
    subscriber.list_changes.append(ListChange(what=what, way=way, member_id=by.id))
