"""What can be done with the newsletter. One call is one transaction and one commit."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal import delivery
from portal.extensions import db, now
from portal.newsletter import emails, links
from portal.newsletter.models import SUPPRESSED, Consent, Erasure, HeldSignup, State, Subscriber
from portal.providers.base import Contact, Email

PURPOSE = "newsletter"
ONE_DAY = timedelta(days=1)
WITHDRAWAL = "Leave the newsletter"


def wording() -> str:
    """The sentence that people agree to, as it is shown and as it is recorded."""
    return (
        f"I agree that {current_app.config['ORG_NAME']} sends me its newsletter by email. "
        "I can stop at any time."
    )


def sign_up(email: str, topics: list[str], format_: str) -> None:
    """Record that somebody asked for the newsletter, and queue the mail that asks the owner.

    Nothing about the address can be learnt from outside: whatever we know of
    it, the same steps are taken, and only the mail differs.
    """
    try:
        _sign_up(email, topics, format_)
    except IntegrityError:  # somebody signed the same new address up in the same moment
        db.session.rollback()
        _sign_up(email, topics, format_)


def _sign_up(email: str, topics: list[str], format_: str) -> None:
    subscriber = Subscriber.with_email(email)
    if subscriber is None:
        subscriber = Subscriber.new(email)
        db.session.add(subscriber)
    subscriber.asked_at = now()
    db.session.flush()
    if subscriber.state is State.SUBSCRIBED:
        _mail_once_a_day(subscriber, emails.already_subscribed(subscriber))
    else:
        _mail_once_a_day(subscriber, emails.confirm_signup(subscriber, topics, format_))
    db.session.commit()


def _mail_once_a_day(subscriber: Subscriber, mail: Email, *, wanted: bool = True) -> None:
    """Queue a mail that a stranger could have caused, at most once a day for an address.

    The day starts anew when the subscriber's state changes: only the owner
    can do that.
    """
    since = max(now() - ONE_DAY, subscriber.changed_at)
    reason = ""
    if delivery.recently_sent(mail.name, subscriber.email, since):
        reason = "One such mail a day"
    if subscriber.state in SUPPRESSED:
        reason = f"The address is {subscriber.state}"
    if not wanted:
        reason = "There is nobody to send it to"
    delivery.enqueue(mail, cancelled=reason)


def hold(email: str, topics: list[str], format_: str, reasons: list[str]) -> None:
    """Keep a doubtful sign-up for a person to look at."""
    held = HeldSignup(email=email, topics=topics, format=format_, reasons="; ".join(reasons))
    db.session.add(held)
    db.session.commit()


def release(held: HeldSignup) -> None:
    """A person found that a held sign-up is from a person: it goes its usual way."""
    db.session.delete(held)
    sign_up(held.email, held.topics, held.format)


def held_for(email: str) -> list[HeldSignup]:
    """The held sign-ups of one address."""
    return [
        held
        for held in db.session.scalars(select(HeldSignup).order_by(HeldSignup.id))
        if held.email.lower() == email.lower()
    ]


def discard(held: HeldSignup) -> None:
    """A person found that a held sign-up is not from a person."""
    db.session.delete(held)
    db.session.commit()


def find_asked(asked: links.Request, *, to_change: bool = False) -> Subscriber | None:
    """The subscriber whom a confirmation link can still sign up, or has signed up.

    None when the link is too old, or when the person was forgotten, left or
    signed up in another way since it was made.
    """
    subscriber = Subscriber.with_public_id(asked.public_id, to_change=to_change)
    if subscriber is None or subscriber.state is State.SUBSCRIBED:
        return subscriber
    # Links carry whole seconds.
    changed_since = asked.at + timedelta(seconds=1) < subscriber.changed_at
    return None if asked.is_old or changed_since else subscriber


def confirm(asked: links.Request) -> Subscriber | None:
    """Sign up the owner of the address; None when the link is no longer good for it.

    A second call changes nothing.
    """
    subscriber = find_asked(asked, to_change=True)
    if subscriber is None or subscriber.state is State.SUBSCRIBED:
        return subscriber
    subscriber.topics, subscriber.format = list(asked.topics), asked.format
    subscriber.become(State.SUBSCRIBED)
    _record(subscriber, given=True, wording=wording(), channel="web")
    delivery.enqueue(emails.welcome(subscriber))
    delivery.enqueue(_contact(subscriber))
    db.session.commit()
    return subscriber


def change(subscriber: Subscriber, name: str, topics: list[str], format_: str) -> None:
    """Save somebody's choices, and let the provider's list follow."""
    subscriber.name, subscriber.topics, subscriber.format = name, topics, format_
    if subscriber.state is State.SUBSCRIBED:
        delivery.enqueue(_contact(subscriber))
    db.session.commit()


def unsubscribe(public_id: str, channel: str) -> None:
    """End the newsletter for the person whom the link was made for. Repeats are harmless."""
    subscriber = Subscriber.with_public_id(public_id, to_change=True)
    if subscriber is None or subscriber.state in (State.UNSUBSCRIBED, *SUPPRESSED):
        return
    if subscriber.state is State.PENDING:
        db.session.delete(subscriber)  # it was never confirmed: there is nothing to end
    else:
        subscriber.become(State.UNSUBSCRIBED)
        _record(subscriber, given=False, wording=WITHDRAWAL, channel=channel)
        delivery.enqueue(delivery.Unsubscribe(subscriber.email))
    db.session.commit()


def send_link(email: str) -> None:
    """Mail the link to somebody's choices, if we know them. The same from outside if not."""
    known = Subscriber.with_email(email)
    subscriber = known or Subscriber.new(email)
    if subscriber.state is State.PENDING:
        mail = emails.confirm_signup(subscriber, subscriber.topics, subscriber.format)
    else:
        mail = emails.preferences_link(subscriber)
    _mail_once_a_day(subscriber, mail, wanted=known is not None)
    db.session.commit()


def erase(subscriber: Subscriber) -> None:
    """Forget a person here, and at the provider for good. Only that it happened is kept."""
    address = subscriber.email
    delivery.forget(address)
    delivery.enqueue(delivery.Erase(address))
    for held in held_for(address):
        db.session.delete(held)
    db.session.delete(subscriber)
    db.session.add(Erasure(digest=_erasure_digest(address)))
    db.session.commit()


def take_over(email: str, name: str, topics: list[str], format_: str, wording: str) -> None:
    """Add somebody who agreed elsewhere, in the caller's transaction. No mail is sent.

    Raises ValueError, in words for the team, for somebody who must not be
    added: who is there already, left, was erased, or cannot be mailed.
    """
    subscriber = Subscriber.with_email(email) or Subscriber.new(email)
    if subscriber.state is State.SUBSCRIBED:
        raise ValueError(f"{email} is subscribed already. Their own choices stay.")
    if subscriber.state is not State.PENDING:
        raise ValueError(f"{email} is {subscriber.state}. Only they can come back.")
    if erased(email):
        raise ValueError(f"{email} was erased at their own wish. Only they can come back.")
    db.session.add(subscriber)
    subscriber.name, subscriber.topics, subscriber.format = name, topics, format_
    subscriber.become(State.SUBSCRIBED)
    _record(subscriber, given=True, wording=wording, channel="import")
    delivery.enqueue(_contact(subscriber))


def erased(email: str) -> Erasure | None:
    """The record that this address was erased, if it was."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    digests = [_erasure_digest(email, key) for key in keys]
    return db.session.scalar(
        select(Erasure).where(Erasure.digest.in_(digests)).order_by(Erasure.id.desc()).limit(1)
    )


def _erasure_digest(email: str, key: str = "") -> str:
    """A hash of the address that cannot be searched without our secret (HMAC, RFC 2104)."""
    secret = f"erasure {key or current_app.config['SECRET_KEY']}"
    return hmac.digest(secret.encode(), email.lower().encode(), "sha256").hex()


def own_data(subscriber: Subscriber) -> dict[str, Any]:
    """All that is kept about a person, in plain values."""
    return {
        "email": subscriber.email,
        "name": subscriber.name,
        "topics": subscriber.topics,
        "format": subscriber.format,
        "state": subscriber.state,
        "first asked for": subscriber.created_at.isoformat(),
        "last asked for": subscriber.asked_at.isoformat(),
        "state since": subscriber.changed_at.isoformat(),
        "consents": [
            {
                "purpose": consent.purpose,
                "given": consent.given,
                "wording": consent.wording,
                "channel": consent.channel,
                "at": consent.at.isoformat(),
            }
            for consent in subscriber.consents
        ],
    } | kept_elsewhere(subscriber.email)


def kept_elsewhere(email: str) -> dict[str, Any]:
    """What is kept about an address, whether or not it is a subscriber's."""
    return {
        "sign-ups that a person will look at": [
            {
                "topics": held.topics,
                "format": held.format,
                "reasons": held.reasons,
                "at": held.created_at.isoformat(),
            }
            for held in held_for(email)
        ],
        "sent on your behalf": delivery.history(email),
    }


def purge() -> int:
    """Delete sign-ups that were not confirmed in time. Returns how many.

    The outbox forgets their addresses too, unless the provider may still have
    to be told about an erasure.
    """
    gone = db.session.scalars(
        delete(Subscriber)
        .where(
            Subscriber.state == State.PENDING, Subscriber.asked_at < now() - links.CONFIRM_WITHIN
        )
        .returning(Subscriber.email)
    ).all()
    for email in gone:
        if not erased(email):
            delivery.forget(email)
    db.session.commit()
    return len(gone)


def _record(subscriber: Subscriber, *, given: bool, wording: str, channel: str) -> None:
    subscriber.consents.append(
        Consent(purpose=PURPOSE, given=given, wording=wording, channel=channel, at=now())
    )


def _contact(subscriber: Subscriber) -> Contact:
    """The subscriber as the provider's list should know them."""
    return Contact(
        email=subscriber.email,
        name=subscriber.name,
        topics=tuple(subscriber.topics),
        format=subscriber.format,
        preferences_url=links.preferences_url(subscriber),
    )
