"""Mails as Brevo hands them on, made from its guide's fields."""

import json

from portal import storage
from portal.extensions import db
from portal.inbox import reply_addresses
from portal.inbox.models import Conversation, Message, Original

SECRET = "what-we-told-Brevo"
BREVO = {"BREVO_API_KEY": "made-up-key", "BREVO_WEBHOOK_SECRET": SECRET}
BREVO |= {"MAIL_PROVIDER": "local", "AUDIENCE_PROVIDER": "local"}
BEARER = {"Authorization": f"Bearer {SECRET}"}
GRACE = {"Name": "Grace Hopper", "Address": "grace@example.org"}
TEXT = "Yes please. I come on Monday.\n\nGrace\n"
QUOTED = "On Mon, 3 Nov 2025 at 10:00, The team <team@portal.test>\nwrote:\n\n> Hello\n> Grace\n"


def item(to: str = "reply@portal.localhost", **changes) -> dict:
    """One mail, with the given changes to its fields."""
    values = {
        "MessageId": "<first@mail.example.org>",
        "From": GRACE,
        "To": [{"Name": None, "Address": to}],
        "Cc": [],
        "Recipients": [to],
        "Subject": "Re: Is the pool warm?",
        "Attachments": [],
        "Headers": {"From": "Grace Hopper <grace@example.org>", "Received": ["by a", "by b"]},
        "RawHtmlBody": None,
        "RawTextBody": TEXT + "\n" + QUOTED,
    }
    return values | changes


def file(name: str = "lake.png", token: str = "token-1") -> dict:
    """A file that Brevo keeps for us."""
    return {"Name": name, "ContentLength": 100, "DownloadToken": token}


def hand_on(client, *items, headers=None, address="/hooks/brevo/inbound"):
    """Call the hook as Brevo does."""
    db.session.commit()  # a test that looked into the database holds SQLite's lock
    body = json.dumps({"items": items})
    sent = BEARER if headers is None else headers
    return client.post(address, data=body, headers=sent, content_type="application/json")


def reply_address(conversation: Conversation) -> str:
    """Where an answer to this conversation's mails goes."""
    return reply_addresses.reply_to(conversation).email


def whole_of(message: Message) -> bytes:
    """A mail as it is kept."""
    return storage.read(db.session.get_one(Original, message.id).place).read()
