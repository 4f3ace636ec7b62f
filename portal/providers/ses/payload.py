"""A mail as Amazon SES takes it (API v2, `SendEmail`, with simple content)."""

from typing import Any

from portal.providers.headers import ascii_headers, ascii_named, files, one_line, present
from portal.providers.values import Email

UNWATCHED = {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}


def mail(email: Email, key: str, configuration_set: str) -> dict[str, Any]:
    """The mail as `SendEmailRequest`. Raises Refused for a forbidden header."""
    headers = [{"Name": name, "Value": value} for name, value in ascii_headers(email).items()]
    content = {
        "Subject": _text(one_line(email.subject)),
        "Body": {"Text": _text(email.text)} | present(Html=email.html and _text(email.html)),
    }
    attached = files(email, "FileName", "RawContent", "ContentType")
    return {
        "FromEmailAddress": ascii_named(email.sender),
        "Destination": {"ToAddresses": [ascii_named(email.to)]},
        "Content": {"Simple": content | present(Headers=headers, Attachments=attached)},
        "EmailTags": [{"Name": "key", "Value": key}],
        "ConfigurationOverrides": {"Tracking": UNWATCHED},
    } | present(
        ReplyToAddresses=email.reply_to and [ascii_named(email.reply_to)],
        ConfigurationSetName=configuration_set,
    )


def _text(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
