"""Tells what a machine wrote: out-of-office notes, bounces, lists, and our own mails come back.

None of it wakes anybody, and none of it is ever answered (RFC 3834).
"""

from flask import current_app

from portal.addresses import address_key
from portal.providers.values import InboundEmail

SENDERS = frozenset({"mailer-daemon", "postmaster"})
MARKS = ("X-Autoreply", "X-Autorespond", "List-Id")
PRECEDENCE = frozenset({"auto_reply", "bulk", "junk", "list"})


def is_automatic(mail: InboundEmail) -> bool:
    """Whether a machine wrote the mail, as far as it says so itself."""
    return (
        _word(mail, "Auto-Submitted") not in {"", "no"}
        or _word(mail, "X-Auto-Response-Suppress") not in {"", "none"}
        or _word(mail, "Precedence") in PRECEDENCE
        or any(mail.header(name) is not None for name in MARKS)
        or _word(mail, "Return-Path") == "<>"
        or _word(mail, "Content-Type") == "multipart/report"
        or mail.sender.email.lower().partition("@")[0] in SENDERS
        or is_ours(mail.sender.email)
    )


def is_ours(address: str) -> bool:
    """Whether an address is one of ours, also one that belongs to a conversation."""
    config = current_app.config
    ours = {address_key(config[name]) for name in ("MAIL_FROM", "TEAM_EMAIL", "INBOUND_EMAIL")}
    user, _, domain = address_key(address).rpartition("@")
    return bool(user) and f"{user.partition('+')[0]}@{domain}" in ours


def _word(mail: InboundEmail, header: str) -> str:
    """The first word of a header, without what follows a semicolon or a comment."""
    words = (mail.header(header) or "").partition(";")[0].split()
    return words[0].lower() if words else ""
