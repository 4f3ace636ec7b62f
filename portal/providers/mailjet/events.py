"""What Mailjet calls our hooks with: the fields are from its guides on events and on parsing."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from portal.providers import hook, inbound
from portal.providers.base import (
    EventKind,
    InboundAttachment,
    InboundEmail,
    ProviderEvent,
    Unreadable,
)

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
    reasons = (inbound.line(item.get(name)) for name in names)
    return ProviderEvent(
        id=hook.digest(item),
        kind=_kind(item),
        address=inbound.address(inbound.text(item.get("email"))).email,
        key=inbound.line(item.get("CustomID")),
        message_id=str(number) if isinstance(number := item.get("MessageID"), int) else "",
        at=hook.moment(item.get("time")),
        reason=": ".join(filter(None, reasons)),
        original=inbound.tree(item),
    )


def _kind(item: dict[str, Any]) -> EventKind:
    """A hard bounce says so; after “greylisted” Mailjet tries again (guide, table of errors)."""
    kind = EVENTS.get(inbound.text(item.get("event")), EventKind.UNKNOWN)
    if kind is EventKind.SOFT_BOUNCED and item.get("hard_bounce") is True:
        return EventKind.BOUNCED
    if kind is EventKind.SOFT_BOUNCED and item.get("error") == "greylisted":
        return EventKind.DEFERRED
    return kind


def mail(item: dict[str, Any]) -> InboundEmail:
    """A mail that came in. Raises Unreadable."""
    if not {"From", "Sender", "Headers"} & item.keys():
        raise Unreadable("This is no mail: nobody sent it.")
    headers = tuple(inbound.header_pairs(item.get("Headers")))
    recipients = [
        inbound.address(part).email
        for value in (item.get("Recipient"), *(v for name, v in headers if name.lower() in TO))
        for part in inbound.text(value).split(",")
    ]
    return InboundEmail(
        sender=inbound.address(inbound.text(item.get("From") or item.get("Sender"))),
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *inbound.envelope(headers))))),
        subject=inbound.line(item.get("Subject")),
        text=inbound.text(item.get("Text-part")),
        html=inbound.text(item.get("Html-part")),
        message_id=next((v for name, v in headers if name.lower() == "message-id"), ""),
        headers=headers,
        attachments=tuple(_files(item)),
        original=inbound.tree({k: v for k, v in item.items() if not FILE.fullmatch(k)}),
    )


def _files(item: dict[str, Any]) -> list[InboundAttachment]:
    """The files: each part names the field that has its content."""
    parts = item.get("Parts")
    found = []
    for part in parts if isinstance(parts, list) else []:
        place = inbound.text(part.get("ContentRef")) if isinstance(part, dict) else ""
        if FILE.fullmatch(place):
            found.append(inbound.file(_name(part.get("Headers")) or place, item.get(place)))
    return found


def _name(headers: Any) -> str:
    """A file's name, in whichever way mail programs write it (RFC 2231, RFC 2047)."""
    message = Message()
    for name, value in inbound.header_pairs(headers):
        if name.lower() in {"content-disposition", "content-type"}:
            message[name] = value
    name = inbound.line(message.get_filename() or "", inbound.NAME_LONGEST)
    try:
        return inbound.line(str(make_header(decode_header(name))), inbound.NAME_LONGEST)
    except (HeaderParseError, LookupError, ValueError):
        return name
