"""A mail as Mailjet's send v3.1 takes it: one of its `Messages` (description, version 1.0.0)."""

from __future__ import annotations

from typing import Any

from portal.providers.headers import ascii_value, extra_headers, one_line
from portal.providers.values import Address, Email

SUBJECT_LIMIT = 255
# Headers of its own making: a mail that brings one is refused (guide, "Send API v3.1").
ITS_OWN = frozenset({"list-id", "message-id"})


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as one of send v3.1's `Messages`. Raises Refused for a forbidden header."""
    payload: dict[str, Any] = {
        "From": mailbox(email.sender),
        "To": [mailbox(email.to)],
        "Subject": one_line(email.subject)[:SUBJECT_LIMIT],
        "TextPart": email.text,
        "HTMLPart": email.html,
        "CustomID": key,
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
        "Headers": {
            name: ascii_value(value)
            for name, value in extra_headers(email)
            if name.lower() not in ITS_OWN
        },
    }
    if email.reply_to:
        payload["ReplyTo"] = mailbox(email.reply_to)
    if email.name:
        payload["CustomCampaign"] = email.name
    if email.attachments:
        payload["Attachments"] = [
            {"ContentType": file.kind, "Filename": file.name, "Base64Content": file.base64}
            for file in email.attachments
        ]
    return payload


def mailbox(address: Address) -> dict[str, str]:
    """An address with its name, left out where it is empty."""
    name = one_line(address.name)
    return {"Email": address.email, "Name": name} if name else {"Email": address.email}
