"""Mails that come in by Mailjet: the fields are from its guide on parsing."""

import re
from email.message import Message
from typing import Any

from portal.providers.errors import Unreadable
from portal.providers.parsed import number, objects
from portal.providers.values import InboundAttachment, InboundEmail, Screening
from portal.providers.webhooks import fields, values

FILE = re.compile(r"(?:Inline)?Attachment[0-9]+")
TO = frozenset({"to", "cc"})


def mail(item: dict[str, Any]) -> InboundEmail:
    """A mail that came in. Raises Unreadable."""
    if not {"From", "Sender", "Headers"} & item.keys():
        raise Unreadable("This is no mail: nobody sent it.")
    headers = values.header_pairs(item.get("Headers"))
    recipients = [
        values.address(part).email
        for value in (item.get("Recipient"), *(v for name, v in headers if name.lower() in TO))
        for part in values.text(value).split(",")
    ]
    return fields.mail(
        values.address(values.text(item.get("From") or item.get("Sender"))),
        recipients,
        headers,
        subject=item.get("Subject"),
        text=item.get("Text-part"),
        html=item.get("Html-part"),
        attachments=_files(item),
        screening=Screening(number(item.get("SpamAssassinScore"))),
    )


def _files(item: dict[str, Any]) -> list[InboundAttachment]:
    """The files: each part names the field that has its content."""
    found = []
    for part in objects(item.get("Parts")):
        place = values.text(part.get("ContentRef"))
        if FILE.fullmatch(place):
            head = _head(part.get("Headers"))
            name = values.decoded(head.get_filename() or place)
            found.append(values.file(name, item.get(place), head.get_content_type()))
    return found


def _head(headers: Any) -> Message:
    """What mail programs write above a part, of which some know a file's name (RFC 2231)."""
    message = Message()
    for name, value in values.header_pairs(headers):
        if name.lower() in {"content-disposition", "content-type"}:
            message[name] = value
    return message
