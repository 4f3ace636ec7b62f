"""The private links in our mails: made, and read again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature

from portal.newsletter.models import Subscriber
from portal.signing import read_signed, read_unsigned, signer
from portal.web import public_address

CONFIRM_WITHIN = timedelta(days=7)  # a sign-up that nobody confirmed is kept for as long


@dataclass(frozen=True)
class Request:
    """What a confirmation link says was asked for.

    The link carries all of it, so that an old one can still offer a new one
    after the pending sign-up was purged, and so that a stranger who types the
    same address later cannot change what its owner confirms.
    """

    public_id: str
    email: str
    topics: tuple[str, ...]
    format: str
    at: datetime


def confirm_url(subscriber: Subscriber, topics: list[str], format_: str) -> str:
    """The link that proves that a sign-up came from the owner of the address."""
    asked = [subscriber.public_id, subscriber.email, topics, format_]
    return public_address("newsletter.confirm", token=signer("confirm").dumps(asked))


def read_confirm(token: str) -> Request | None:
    """What a confirmation link asks for; None when we did not make it."""
    try:
        asked, made = signer("confirm").loads(token, return_timestamp=True)
    except BadSignature:
        return None
    public_id, email, topics, format_ = asked
    return Request(public_id, email, tuple(topics), format_, made.astimezone(UTC))


def preferences_url(subscriber: Subscriber) -> str:
    """The link to somebody's own choices. It works for as long as they are known here."""
    return preferences_of(subscriber.public_id)


def preferences_of(public_id: str) -> str:
    """The same of the one with that id."""
    return public_address("newsletter.preferences", token=_token(public_id))


def unsubscribe_url(subscriber: Subscriber) -> str:
    """The link that ends the newsletter. It works for as long as mails exist."""
    return public_address("newsletter.unsubscribe", token=_token(subscriber.public_id))


def _token(public_id: str) -> str:
    return str(signer("subscriber").dumps(public_id))


def read_leaver(token: str) -> str | None:
    """The public id in a link that leaves, whichever key it was signed with; None for no link.

    It is random and says nothing: who knows it has the link. So a mail's link works for as long
    as the mail exists, though all keys were changed since.
    """
    if public_id := read_subscriber(token):
        return public_id
    said = read_unsigned("subscriber", token)
    return said if isinstance(said, str) and Subscriber.with_public_id(said) else None


def read_subscriber(token: str) -> str | None:
    """The public id in a preferences or unsubscribe link; None when we did not make it."""
    public_id: str | None = read_signed("subscriber", token)
    return public_id
