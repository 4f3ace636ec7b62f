"""Mails that come in by Mailjet: the fields are from its guide on parsing."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from portal.providers.errors import Unreadable
from portal.providers.parsed import objects
from portal.providers.values import InboundAttachment, InboundEmail
from portal.providers.webhooks import values

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
    return values.mail(
        values.address(values.text(item.get("From") or item.get("Sender"))),
        recipients,
        headers,
        subject=item.get("Subject"),
        text=item.get("Text-part"),
        html=item.get("Html-part"),
        attachments=_files(item),
        original={k: v for k, v in item.items() if not FILE.fullmatch(k)},
    )


def _files(item: dict[str, Any]) -> list[InboundAttachment]:
    """The files: each part names the field that has its content."""
    found = []
    for part in objects(item.get("Parts")):
        place = values.text(part.get("ContentRef"))
        if FILE.fullmatch(place):
            found.append(values.file(_name(part.get("Headers")) or place, item.get(place)))
    return found


def _name(headers: Any) -> str:
    """A file's name, in whichever way mail programs write it (RFC 2231, RFC 2047)."""
    message = Message()
    for name, value in values.header_pairs(headers):
        if name.lower() in {"content-disposition", "content-type"}:
            message[name] = value
    name = values.line(message.get_filename() or "", values.NAME_LONGEST)
    try:
        return values.line(str(make_header(decode_header(name))), values.NAME_LONGEST)
    except (HeaderParseError, LookupError, ValueError):
        return name
