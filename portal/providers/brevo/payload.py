"""A mail as Brevo takes it: `sendSmtpEmail` of its description, version 3.0.0."""

from typing import Any

from portal.providers.headers import ascii_headers, files, mailbox, one_line, present
from portal.providers.values import Email

NAME_LIMIT = 70


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as Brevo's `sendSmtpEmail`. Raises Refused for a header that no mail may carry."""
    payload: dict[str, Any] = {
        "sender": mailbox(email.sender, longest=NAME_LIMIT),
        "to": [mailbox(email.to, longest=NAME_LIMIT)],
        "subject": one_line(email.subject),
        "htmlContent": email.html,
        "textContent": email.text,
        # What is in X-Mailin-custom comes back in each event.
        "headers": {**ascii_headers(email), "idempotencyKey": key, "X-Mailin-custom": key},
    }
    return payload | present(
        replyTo=email.reply_to and mailbox(email.reply_to, longest=NAME_LIMIT),
        tags=email.name and [email.name],
        attachment=files(email, "name", "content"),
    )
