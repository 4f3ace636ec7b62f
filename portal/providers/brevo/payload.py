"""A mail as Brevo takes it: `sendSmtpEmail` of its description, version 3.0.0.

Users report, and django-anymail has tried it (its page "Brevo"): a name with a letter beyond ASCII
and a mark such as a comma is lost, and what is beyond ASCII in a further header leaves as raw
bytes, also what came as encoded words (RFC 2047). What is sent here is the same either way.
"""

import re
from typing import Any

from portal.letters import normal_form
from portal.providers.headers import extra_headers, files, mailbox, one_line, present
from portal.providers.values import Address, Email

NAME_LIMIT = 70
# Of files ("Send a transactional email", `attachment`); the kind is told by the end of the name.
FILE_ENDS = frozenset(
    (
        *("xlsx", "xls", "ods", "docx", "docm", "doc", "csv", "pdf", "txt", "gif", "jpg", "jpeg"),
        *("png", "tif", "tiff", "rtf", "bmp", "cgm", "css", "zip", "xml", "ppt", "pptx", "tar"),
        *("ics", "mobi", "msg", "pub", "eps", "odt", "mp3", "m4a", "m4v", "wma", "ogg", "flac"),
        *("wav", "aif", "aifc", "aiff", "mp4", "mov", "avi", "mkv", "mpeg", "mpg", "wmv"),
        *("pkpass", "xlsm"),
    )
)
MARKS = re.compile(r'[()<>@,:;."\[\]\\\s]+')  # RFC 5322, 3.2.3 "specials"


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as Brevo's `sendSmtpEmail`. Raises Refused for a header that no mail may carry."""
    headers = {name: _ascii(value) for name, value in extra_headers(email)}
    payload: dict[str, Any] = {
        "sender": mailbox_of(email.sender),
        "to": [mailbox_of(email.to)],
        "subject": one_line(email.subject),
        "textContent": email.text,
        # What is in X-Mailin-custom comes back in each event.
        "headers": {**present(**headers), "idempotencyKey": key, "X-Mailin-custom": key},
    }
    return payload | present(
        htmlContent=email.html,
        replyTo=email.reply_to and mailbox_of(email.reply_to),
        tags=email.name and [email.name],
        attachment=files(email, "name", "content"),
    )


def mailbox_of(address: Address) -> dict[str, str]:
    """The address with its name, as far as Brevo keeps that."""
    if not one_line(address.name).isascii():
        address = Address(address.email, MARKS.sub(" ", address.name))
    return mailbox(address, longest=NAME_LIMIT)


def _ascii(text: str) -> str:
    """The text without its accents, and without what then is still beyond ASCII."""
    return normal_form("NFKD", text).encode("ascii", "ignore").decode().strip()
