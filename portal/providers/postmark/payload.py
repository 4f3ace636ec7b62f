"""A mail as Postmark takes it: `SendEmailRequest` of its description, version 1.0.0."""

from typing import Any

from portal.providers.headers import ascii_value, extra_headers, files, named, one_line, present
from portal.providers.values import Email

STREAM = "outbound"  # the transactional stream that every server has
BROADCAST = "broadcast"  # and that for newsletters


def mail(email: Email, key: str, stream: str = STREAM) -> dict[str, Any]:
    """The mail as Postmark's `SendEmailRequest`. Raises Refused for a forbidden header."""
    payload: dict[str, Any] = {
        "From": named(email.sender),
        "To": named(email.to),
        "Subject": one_line(email.subject),
        "TextBody": email.text,
        "Headers": [
            {"Name": name, "Value": ascii_value(value)} for name, value in extra_headers(email)
        ],
        "Metadata": {"key": key},
        "MessageStream": stream,
        "TrackOpens": False,
        "TrackLinks": "None",
    }
    return payload | present(
        HtmlBody=email.html,
        ReplyTo=email.reply_to and named(email.reply_to),
        Tag=email.name,
        Attachments=files(email, "Name", "Content", "ContentType"),
    )
