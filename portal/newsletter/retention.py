"""How long sign-ups are kept, and what is remembered of people who were erased."""

import hmac

from flask import current_app
from sqlalchemy import delete, func, select

from portal import delivery
from portal.addresses import address_key, to_unicode
from portal.extensions import db, now, write_rows
from portal.newsletter import links
from portal.newsletter.models import BOUNCE_LASTS, Erasure, HeldSignup, Subscriber, SubscriberState


def held_for(email: str) -> list[HeldSignup]:
    """The held sign-ups of one address."""
    return [
        held
        for held in db.session.scalars(select(HeldSignup).order_by(HeldSignup.id))
        if address_key(held.email) == address_key(email)
    ]


def waiting() -> int:
    """How many held sign-ups a person has not decided about yet."""
    return db.session.scalar(select(func.count()).select_from(HeldSignup)) or 0


def note_erasure(email: str) -> None:
    """Remember, in the caller's transaction, that an address was erased, but not which."""
    db.session.add(Erasure(digest=_erasure_digest(address_key(email))))


def erased(email: str) -> Erasure | None:
    """The record that this address was erased, if it was."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    # The second form is that of records from before addresses were compared by their keys.
    forms = (address_key(email), to_unicode(address_key(email)))
    digests = [_erasure_digest(form, key) for form in forms for key in keys]
    return db.session.scalar(
        select(Erasure).where(Erasure.digest.in_(digests)).order_by(Erasure.id.desc()).limit(1)
    )


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
    """Delete sign-ups that were not confirmed in time. Returns how many.

    Where the mail came back, that is later: until then no other one goes there.
    """
    pending = Subscriber.state == SubscriberState.PENDING
    bounced = (Subscriber.state == SubscriberState.BOUNCED) & ~Subscriber.consents.any()
    pending &= Subscriber.asked_at < now() - links.CONFIRM_WITHIN
    bounced &= Subscriber.changed_at < now() - BOUNCE_LASTS
    gone: list[str] = []
    for which in (pending, bounced):  # each finds its own part of the index, but not both at once
        gone += write_rows(delete(Subscriber).where(which).returning(Subscriber.email)).scalars()
    for email in gone:
        forget_sent(email)
    db.session.commit()
    return len(gone)
