"""The reply address of each conversation: it says which one it is, signed.

`reply+<id>-<signature>@…`, in lower case and short enough for a mailbox's
name (64 octets, RFC 5321, 4.5.3.1.1). Mail programs may change the case.
"""

import hmac
import re
from base64 import b32encode
from hashlib import sha256

from flask import current_app

from portal.addresses import address_key
from portal.inbox.models import Conversation
from portal.providers.values import Address

SIGNATURE = 16  # letters of base 32: 80 bits


def reply_to(conversation: Conversation) -> Address:
    """Where an answer to our mail should go: to the conversation, or to the team's mailbox."""
    config = current_app.config
    user, _, domain = config["INBOUND_EMAIL"].partition("@")
    if not domain:
        return Address(config["TEAM_EMAIL"], config["ORG_NAME"])
    token = f"{conversation.id}-{_sign(conversation.id, config['SECRET_KEY'])}"
    return Address(f"{user}+{token}@{domain}", config["ORG_NAME"])


def read(address: str) -> int | None:
    """The id of the conversation in a reply address of ours; None for any other address."""
    config = current_app.config
    mailbox, _, domain = address_key(address.strip()).rpartition("@")
    user, _, token = mailbox.partition("+")
    if f"{user}@{domain}" != address_key(config["INBOUND_EMAIL"]):
        return None
    number, _, signature = token.partition("-")
    if not re.fullmatch("[0-9]{1,9}", number):
        return None
    keys = (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"])
    ours = any(hmac.compare_digest(signature, _sign(int(number), key)) for key in keys)
    return int(number) if ours else None


def _sign(conversation_id: int, key: str) -> str:
    digest = hmac.new(key.encode(), f"reply address {conversation_id}".encode(), sha256).digest()
    return b32encode(digest).decode().lower()[:SIGNATURE]
