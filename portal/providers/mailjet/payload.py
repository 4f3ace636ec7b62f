"""A mail as Mailjet's send v3.1 takes it: one of its `Messages` (description, version 1.0.0)."""

from typing import Any

from portal.providers.headers import ascii_headers, files, mailbox, one_line, present
from portal.providers.values import Address, Email

SUBJECT_LIMIT = 255
# Headers of its own making: a mail that brings one is refused (guide, "Send API v3.1").
ITS_OWN = frozenset({"list-id", "message-id"})


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as one of send v3.1's `Messages`. Raises Refused for a forbidden header."""
    payload: dict[str, Any] = {
        "From": _mailbox(email.sender),
        "To": [_mailbox(email.to)],
        "Subject": one_line(email.subject)[:SUBJECT_LIMIT],
        "TextPart": email.text,
        "CustomID": key,
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
        "Headers": {
            name: value
            for name, value in ascii_headers(email).items()
            if name.lower() not in ITS_OWN
        },
    }
    return payload | present(
        HTMLPart=email.html,
        ReplyTo=email.reply_to and _mailbox(email.reply_to),
        CustomCampaign=email.name,
        Attachments=files(email, "Filename", "Base64Content", "ContentType"),
    )


def _mailbox(address: Address) -> dict[str, str]:
    return mailbox(address, "Email", "Name")
