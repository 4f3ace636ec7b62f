"""How long sign-ups are kept, and what is remembered of people who were erased."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, func, or_, select

from portal import delivery
from portal.addresses import address_key, to_unicode
from portal.extensions import db, now, write_rows
from portal.newsletter import links
from portal.newsletter.models import (
    BOUNCE_LASTS,
    ERASED,
    Erasure,
    HeldSignup,
    Subscriber,
    SubscriberState,
)
from portal.signing import all_keys

AT_ONCE = 100  # rows in one commit
DECIDED_LASTS = timedelta(hours=1)  # a held sign-up, for a decision that was a slip
LEFT = "left"  # why an address was erased: its owner had left long before


def held_for(email: str) -> list[HeldSignup]:
    """The held sign-ups of one address."""
    mine = select(HeldSignup).where(HeldSignup.email_key == address_key(email))
    return list(db.session.scalars(mine.order_by(HeldSignup.id)))


def waiting() -> int:
    """How many held sign-ups a person has not decided about yet."""
    undecided = select(func.count()).where(HeldSignup.decided_at.is_(None))
    return db.session.scalar(undecided) or 0


def note_erasure(email: str, way: str = "", member_id: int | None = None) -> None:
    """Remember, in the caller's transaction, that an address was erased, but not which."""
    digest = _erasure_digest(key := address_key(email))
    ERASED.note(key, digest)
    db.session.add(Erasure(digest=digest, way=way, member_id=member_id))


def erased(email: str) -> Erasure | None:
    """The record that this address was erased, if it was."""
    mine = Erasure.digest.in_(_erasure_digests(email, all_keys()))
    return db.session.scalar(select(Erasure).where(mine).order_by(Erasure.id.desc()).limit(1))


def erased_among(emails: Sequence[str]) -> set[str]:
    """Which of some addresses were erased once."""
    secrets = all_keys()
    digests = {email: _erasure_digests(email, secrets) for email in emails}
    wanted = Erasure.digest.in_({one for some in digests.values() for one in some})
    found = set(db.session.scalars(select(Erasure.digest).where(wanted)))
    return {email for email, some in digests.items() if not found.isdisjoint(some)}


def _erasure_digests(email: str, secrets: Sequence[str]) -> list[str]:
    """What an erasure of the address may be noted by."""
    # The second form is that of records from before addresses were compared by their keys.
    key = address_key(email)
    forms = {key, to_unicode(key)}
    return [_erasure_digest(form, secret) for form in forms for secret in secrets]


def _erasure_digest(address_key: str, key: str = "") -> str:
    """A hash of the address that cannot be searched without our secret (HMAC, RFC 2104)."""
    secret = f"erasure {key or current_app.config['SECRET_KEY']}"
    return hmac.digest(secret.encode(), address_key.encode(), "sha256").hex()


def forget_sent(email: str) -> None:
    """Let the outbox forget the address of somebody who never confirmed.

    Unless it was erased once: the provider may still have to be told of that.
    """
    if not erased(email):
        delivery.forget(email)


def purge() -> int:
    """Delete sign-ups that were not confirmed in time, a few in each commit. Returns how many.

    Where the mail came back, that is later: until then no other one goes there.
    """
    # Each finds its own part of the index, but not both at once.
    return sum(_purge(Subscriber, which) for which in _unconfirmed(now()))


def _unconfirmed(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    pending = Subscriber.state == SubscriberState.PENDING
    bounced = (Subscriber.state == SubscriberState.BOUNCED) & ~Subscriber.consents.any()
    pending &= Subscriber.asked_at < at - links.CONFIRM_WITHIN
    bounced &= Subscriber.changed_at < at - BOUNCE_LASTS
    return pending, bounced


def unconfirmed_over(at: datetime) -> ColumnElement[bool]:
    """Sign-ups that were not confirmed in time, at a moment."""
    return or_(*_unconfirmed(at))


def held_over(at: datetime) -> ColumnElement[bool]:
    """Held sign-ups that nobody has decided about for too long, at a moment."""
    return HeldSignup.created_at < at - timedelta(days=current_app.config["HELD_SIGNUP_DAYS"])


def purge_held() -> int:
    """Delete held sign-ups that nobody has decided about for too long. Returns how many.

    Those that somebody has decided about go soon after that.
    """
    _purge(HeldSignup, HeldSignup.decided_at < now() - DECIDED_LASTS)
    return _purge(HeldSignup, held_over(now()))


def _purge(model: type[Subscriber | HeldSignup], which: ColumnElement[bool]) -> int:
    """Delete these rows, a few in each commit, so that nobody waits long for the database."""
    number, some = 0, select(model.id).where(which).limit(AT_ONCE)
    while True:
        query = delete(model).where(model.id.in_(some)).returning(model.email)
        gone = write_rows(query).scalars().all()
        for email in gone if model is Subscriber else ():
            forget_sent(email)
        db.session.commit()
        number += len(gone)
        if len(gone) < AT_ONCE:
            return number
