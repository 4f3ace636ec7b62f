"""What can be done with the newsletter."""

from datetime import timedelta
from typing import Any

from flask import current_app

from portal import delivery
from portal.extensions import db, now
from portal.newsletter import emails, links, retention
from portal.newsletter.models import (
    BOUNCE_LASTS,
    LEFT,
    Consent,
    HeldSignup,
    Subscriber,
    SubscriberState,
)
from portal.newsletter.transfer import reports
from portal.providers.values import Contact, Email
from portal.transaction import one_transaction

PURPOSE = "newsletter"
ONE_DAY = timedelta(days=1)
WITHDRAWAL = "Leave the newsletter"


def wording() -> str:
    """The sentence that people agree to, as it is shown and as it is recorded."""
    return (
        f"I agree to get the {current_app.config['ORG_NAME']} newsletter by email. "
        "I can stop at any time."
    )


def begin(
    email: str, topics: list[str], format_: str, wait: timedelta = timedelta(0)
) -> int | None:
    """Record that somebody asked for the newsletter, and queue the mail that asks the owner.

    Nothing about the address can be learnt from outside: whatever we know of
    it, the same steps are taken, and only the mail differs. It leaves after the `wait`.
    In the caller's transaction; returns the mail's row, None where none leaves.
    """
    subscriber = Subscriber.asked(email, topics, format_)
    if subscriber.state is SubscriberState.SUBSCRIBED:
        mail = emails.about(subscriber, "already_subscribed")
        return _mail_once_a_day(subscriber, mail, wait)
    return ask_owner(subscriber, topics, format_, wait)


sign_up = one_transaction(begin)


def ask_owner(
    subscriber: Subscriber, topics: list[str], format_: str, wait: timedelta = timedelta(0)
) -> int | None:
    """Queue the mail that asks the owner of an address whether they want this; once a day.

    In the caller's transaction. Returns the outbox row's id, None where no mail leaves.
    """
    return _mail_once_a_day(subscriber, emails.confirm_signup(subscriber, topics, format_), wait)


def _mail_once_a_day(
    subscriber: Subscriber, mail: Email, wait: timedelta = timedelta(0), *, wanted: bool = True
) -> int | None:
    """Queue a mail that a stranger could have caused, at most once a day for an address.

    The day starts anew when the subscriber's state changes: only the owner
    can do that. Where mail came back, the day is a month, with one mail at its end.
    """
    day = BOUNCE_LASTS if subscriber.state is SubscriberState.BOUNCED else ONE_DAY
    since = max(now() - day, subscriber.changed_at)
    reason = delivery.too_often(mail)
    if delivery.recently_sent(mail.name, subscriber.email, since):
        reason = "One such mail a day"
    if subscriber.is_blocked:
        reason = f"The address is {subscriber.state}"
    if not wanted:
        reason = "There is nobody to send it to"
    row_id = delivery.enqueue(mail, cancelled=reason, wait=wait)
    return None if reason else row_id


@one_transaction
def hold(email: str, topics: list[str], format_: str, reasons: list[str]) -> None:
    """Keep a doubtful sign-up for a person to look at."""
    held = HeldSignup(email=email, topics=topics, format=format_, reasons="; ".join(reasons))
    db.session.add(held)


def find_asked(asked: links.Request, *, to_change: bool = False) -> Subscriber | None:
    """The subscriber whom a confirmation link can still sign up, or has signed up.

    None when the link is too old, or when the person was forgotten or left
    since it was made.
    """
    subscriber = Subscriber.with_public_id(asked.public_id, to_change=to_change)
    if subscriber is None or now() > asked.at + links.CONFIRM_WITHIN:
        return None
    # Links carry whole seconds.
    changed_since = asked.at + timedelta(seconds=1) < subscriber.changed_at
    is_in = subscriber.state is SubscriberState.SUBSCRIBED
    return subscriber if is_in or not changed_since else None


@one_transaction
def confirm(asked: links.Request) -> Subscriber | None:
    """Sign up the owner of the address; None when the link is no longer good for it.

    A second call changes nothing.
    """
    subscriber = find_asked(asked, to_change=True)
    if subscriber is None or subscriber.state is SubscriberState.SUBSCRIBED:
        return subscriber
    subscriber.topics, subscriber.format = list(asked.topics), asked.format
    subscriber.become(SubscriberState.SUBSCRIBED)
    record(subscriber, given=True, wording=wording(), channel="web")
    delivery.enqueue(emails.about(subscriber, "welcome", name=subscriber.name))
    delivery.enqueue(contact(subscriber))
    return subscriber


def choose(subscriber: Subscriber, name: str, topics: list[str], format_: str) -> None:
    """Save somebody's choices, and let the provider's list follow; in the caller's transaction."""
    subscriber.name, subscriber.topics, subscriber.format = name, topics, format_
    if subscriber.state is SubscriberState.SUBSCRIBED:
        delivery.enqueue(contact(subscriber))


change = one_transaction(choose)


@one_transaction
def unsubscribe(public_id: str, channel: str) -> None:
    """End the newsletter for the person whom the link was made for. Repeats are harmless."""
    if subscriber := Subscriber.with_public_id(public_id, to_change=True):
        end(subscriber, channel)


def end(subscriber: Subscriber, channel: str, wording: str = WITHDRAWAL, **kept: Any) -> None:
    """End the newsletter for somebody, here and at the provider; in the caller's transaction."""
    if subscriber.state is SubscriberState.PENDING:
        LEFT.note(subscriber.email_key, channel)
        db.session.delete(subscriber)  # it was never confirmed: there is nothing to end
        retention.forget_sent(subscriber.email)
    elif withdraw(subscriber, channel, wording, **kept):
        delivery.enqueue(delivery.Unsubscribe(subscriber.email))


def withdraw(subscriber: Subscriber, channel: str, wording: str = WITHDRAWAL, **kept: Any) -> bool:
    """Note that somebody wants no newsletter any more; returns whether that is news.

    In the caller's transaction. Whose address bounced or complained stays so:
    no mail may go there at all.
    """
    if subscriber.state is not SubscriberState.SUBSCRIBED and not subscriber.has_agreed:
        return False
    record(subscriber, given=False, wording=wording, channel=channel, **kept)
    if subscriber.state is SubscriberState.SUBSCRIBED:
        subscriber.become(SubscriberState.UNSUBSCRIBED)
    return True


@one_transaction
def send_link(email: str) -> None:
    """Mail the link to somebody's choices, if we know them. The same from outside if not."""
    known = Subscriber.with_email(email)
    subscriber = known or Subscriber.new(email)
    if subscriber.state is SubscriberState.PENDING:
        mail = emails.confirm_signup(subscriber, subscriber.topics, subscriber.format)
    else:
        mail = emails.about(subscriber, "preferences_link")
    _mail_once_a_day(subscriber, mail, wanted=known is not None)


@one_transaction
def erase(subscriber: Subscriber) -> None:
    """Forget a person here, and at the provider for good. Only that it happened is kept."""
    forget(subscriber.email)


def forget(
    address: str, way: str = "", member_id: int | None = None, *, every_mail: bool = False
) -> None:
    """Forget an address in the caller's transaction, whether or not it is a subscriber's.

    That it was erased is remembered, so that nobody adds it again; and how a member was asked to.
    With `every_mail` no mail goes there any more, of whatever feature.
    """
    is_there = delivery.has_left(address)  # a provider keeps mails too, of whoever got one
    delivery.forget(address, only=() if every_mail else emails.MAILS)
    subscriber = Subscriber.with_email(address, to_change=True)
    if subscriber or is_there:
        delivery.enqueue(delivery.Erase(subscriber.email if subscriber else address))
    if subscriber:
        db.session.delete(subscriber)
    for held in retention.held_for(address):
        db.session.delete(held)
    reports.forget(address)
    retention.note_erasure(address, way, member_id)


def record(subscriber: Subscriber, *, given: bool, wording: str, channel: str, **kept: Any) -> None:
    """Add to what somebody agreed to or withdrew, in the caller's transaction.

    `kept` is what else is known of it, by the names of the columns.
    """
    if not given:
        LEFT.note(subscriber.email_key, channel)
    said = {"purpose": PURPOSE, "given": given, "wording": wording, "channel": channel}
    subscriber.consents.append(Consent(**said | {"at": now()} | kept))


def contact(subscriber: Subscriber) -> Contact:
    """The subscriber as the provider's list should know them."""
    return Contact(
        email=subscriber.email,
        name=subscriber.name,
        topics=tuple(subscriber.topics),
        format=subscriber.format,
        preferences_url=links.preferences_url(subscriber),
    )
