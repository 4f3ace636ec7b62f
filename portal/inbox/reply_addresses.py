"""The reply address of each conversation: it says which one it is, signed.

`reply+<id>-<signature>@…`, in lower case and short enough for a mailbox's
name (64 octets, RFC 5321, 4.5.3.1.1). Mail programs may change the case.
"""

import hmac
import re
from base64 import b32encode
from hashlib import sha256

from flask import current_app

from portal.inbox.models import Conversation
from portal.providers.values import Address

SIGNATURE = 16  # letters of base 32: 80 bits


# Wherever it stands: relays wrap the address in one of their own, and break the line in it.
TOKEN = re.compile(rf"(?<![0-9])([0-9]{{1,9}})-([a-z2-7]{{{SIGNATURE}}})(?![a-z2-7])")


def reply_to(conversation: Conversation) -> Address:
    """Where an answer to our mail should go: to the conversation, or to the team's mailbox."""
    config = current_app.config
    user, _, domain = config["INBOUND_EMAIL"].partition("@")
    if not domain:
        return Address(config["TEAM_EMAIL"], config["ORG_NAME"])
    return Address(f"{user}+{_token(conversation)}@{domain}", config["ORG_NAME"])


def thread(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """The header for a mail that begins a thread: answers carry on what it refers to.

    So the conversation is found where a provider cuts what follows the plus
    (RFC 5322, 3.6.4: References).
    """
    domain = current_app.config["INBOUND_EMAIL"].partition("@")[2]
    return (("References", f"<{_token(conversation)}@{domain}>"),) if domain else ()


def read(words: str) -> int | None:
    """The id of the conversation in a reply address of ours, or a thread; None for any other."""
    config = current_app.config
    keys = (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"])
    for number, signature in TOKEN.findall("".join(words.split()).lower()):
        if any(hmac.compare_digest(signature, _sign(int(number), key)) for key in keys):
            return int(number)
    return None


def _token(conversation: Conversation) -> str:
    return f"{conversation.id}-{_sign(conversation.id, current_app.config['SECRET_KEY'])}"


def _sign(conversation_id: int, key: str) -> str:
    digest = hmac.new(key.encode(), f"reply address {conversation_id}".encode(), sha256).digest()
    return b32encode(digest).decode().lower()[:SIGNATURE]
