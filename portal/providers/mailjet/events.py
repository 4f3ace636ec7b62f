"""What Mailjet calls our hooks with: the fields are from its guides on events and on parsing."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from portal.providers.errors import Unreadable
from portal.providers.values import EventKind, InboundAttachment, InboundEmail, ProviderEvent
from portal.providers.webhooks import calls, values

EVENTS = {
    "sent": EventKind.DELIVERED,  # "the message was successfully delivered"
    "bounce": EventKind.SOFT_BOUNCED,
    "blocked": EventKind.REJECTED,
    "spam": EventKind.COMPLAINED,
    "unsub": EventKind.UNSUBSCRIBED,
}
FILE = re.compile(r"(?:Inline)?Attachment[0-9]+")
TO = frozenset({"to", "cc"})


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event."""
    names = ("error_related_to", "error", "comment", "smtp_reply")
    reasons = (values.line(item.get(name)) for name in names)
    return ProviderEvent(
        id=calls.digest(item),
        kind=_kind(item),
        address=values.address(values.text(item.get("email"))).email,
        key=values.line(item.get("CustomID")),
        message_id=str(number) if isinstance(number := item.get("MessageID"), int) else "",
        at=calls.moment(item.get("time")),
        reason=": ".join(filter(None, reasons)),
        original=values.tree(item),
    )


def _kind(item: dict[str, Any]) -> EventKind:
    """A hard bounce says so; after “greylisted” Mailjet tries again (guide, table of errors)."""
    kind = EVENTS.get(values.text(item.get("event")), EventKind.UNKNOWN)
    if kind is EventKind.SOFT_BOUNCED and item.get("hard_bounce") is True:
        return EventKind.BOUNCED
    if kind is EventKind.SOFT_BOUNCED and item.get("error") == "greylisted":
        return EventKind.DEFERRED
    return kind


def mail(item: dict[str, Any]) -> InboundEmail:
    """A mail that came in. Raises Unreadable."""
    if not {"From", "Sender", "Headers"} & item.keys():
        raise Unreadable("This is no mail: nobody sent it.")
    headers = tuple(values.header_pairs(item.get("Headers")))
    recipients = [
        values.address(part).email
        for value in (item.get("Recipient"), *(v for name, v in headers if name.lower() in TO))
        for part in values.text(value).split(",")
    ]
    return InboundEmail(
        sender=values.address(values.text(item.get("From") or item.get("Sender"))),
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *values.envelope(headers))))),
        subject=values.line(item.get("Subject")),
        text=values.text(item.get("Text-part")),
        html=values.text(item.get("Html-part")),
        message_id=next((v for name, v in headers if name.lower() == "message-id"), ""),
        headers=headers,
        attachments=tuple(_files(item)),
        original=values.tree({k: v for k, v in item.items() if not FILE.fullmatch(k)}),
    )


def _files(item: dict[str, Any]) -> list[InboundAttachment]:
    """The files: each part names the field that has its content."""
    parts = item.get("Parts")
    found = []
    for part in parts if isinstance(parts, list) else []:
        place = values.text(part.get("ContentRef")) if isinstance(part, dict) else ""
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
