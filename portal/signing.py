"""What we sign, and what becomes of it when the key has leaked.

A key that was only changed (SECRET_KEY_FALLBACKS) goes on being read. With one that leaked
(SECRET_KEY_RETIRED) a stranger can sign too. So it is read only where that does not help them:
where what is signed is itself a secret of that one person, random and in the database alone.
"""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

SECRETS = {
    "story": "a storyteller's private link holds the story's key",
    "guardian": "a guardian's link holds a key of theirs",
    "conversation": "a sender's private link holds the conversation's key",
    "subscriber": "links in newsletters hold the subscriber's public id",
    "confirm": "so does the link that confirms a sign-up",
    "your_details": "it holds the key of the mail's row",
    "new address": "it holds a code that was made for it",
    "undo another way": "so does this",
}
"""Purposes whose links a leaked key cannot make, and why."""
FORGED = {
    "invite": "members get a new invitation",
    "reset": "members ask for another, which lasts two hours in any case",
    "form": "an open form comes back with what was typed, and is sent again",
    "contact form": "so does this",
    "wtf-csrf-token": "so do all others",
}
"""Purposes of which a leaked key could sign something, and what people do then."""


def keys() -> list[str]:
    """The keys that are ours alone, that of today first."""
    config = current_app.config
    return [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]


def all_keys() -> list[str]:
    """These, and those that leaked: to compare digests, and to open what was locked with them."""
    return [*keys(), *current_app.config["SECRET_KEY_RETIRED"]]


def signer(purpose: str) -> URLSafeTimedSerializer:
    """What signs and reads links and stamps of one purpose. Raises KeyError for an unknown one."""
    read = all_keys() if purpose in SECRETS else keys()
    if purpose not in SECRETS | FORGED:
        raise KeyError(purpose)
    return _signer(tuple(reversed(read)), purpose)


@lru_cache
def _signer(keys: tuple[str, ...], purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(keys), salt=purpose)


def read_signed(purpose: str, text: str, lasts: timedelta | None = None) -> Any:
    """What we signed for that purpose; None where we did not, or it is older than it `lasts`."""
    try:
        return signer(purpose).loads(text, int(lasts.total_seconds()) if lasts else None)
    except BadSignature:
        return None


def read_unsigned(purpose: str, text: str) -> Any:
    """What a link says, whoever signed it; None where it cannot be read.

    For what is a secret by itself, and must work for as long as mails exist.
    """
    return signer(purpose).loads_unsafe(text)[1]
