"""A mail as Mailchimp Transactional takes it: `message` of its description, version 1.4.0."""

from typing import Any

from portal.providers.headers import ascii_headers, ascii_named, files, mailbox, one_line, present
from portal.providers.values import Email


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as the description's `message`. Raises Refused for a forbidden header."""
    headers = ascii_headers(email)
    if email.reply_to:
        headers["Reply-To"] = ascii_named(email.reply_to)
    payload: dict[str, Any] = {
        "text": email.text,
        "subject": one_line(email.subject),
        "from_email": email.sender.email,
        "to": [{**mailbox(email.to), "type": "to"}],
        "headers": headers,
        "metadata": {"key": key},
        "track_opens": False,
        "track_clicks": False,
        "auto_text": False,
        "auto_html": False,
        "preserve_recipients": True,
        "merge": False,  # what people write is never a merge tag
        "view_content_link": False,  # keeps no copy of the mail, which may have private links
    }
    return payload | present(
        html=email.html,
        from_name=one_line(email.sender.name),
        tags=email.name and [email.name],
        attachments=files(email, "name", "content", "type"),
    )
