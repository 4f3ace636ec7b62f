"""A mail as Resend takes it: `SendEmailRequest` of its description, version 1.5.0."""

from typing import Any

from portal.providers.headers import ascii_headers, files, named, one_line, present
from portal.providers.values import Email


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as `SendEmailRequest`. Raises Refused for a forbidden header.

    Tracking is a setting of the domain there, and off unless somebody sets it.
    """
    payload: dict[str, Any] = {
        "from": named(email.sender),
        "to": [named(email.to)],
        "subject": one_line(email.subject),
        "text": email.text,
        "tags": [{"name": "key", "value": key}],
    }
    if email.name:
        payload["tags"].append({"name": "mail", "value": email.name})
    return payload | present(
        html=email.html,
        headers=ascii_headers(email),
        reply_to=email.reply_to and [named(email.reply_to)],
        attachments=files(email, "filename", "content", "content_type"),
    )
