"""What Mailchimp Transactional calls our hooks with (its pages "Webhook format" and "Inbound")."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from portal.providers import hook, inbound
from portal.providers.base import (
    EventKind,
    HookCall,
    InboundAttachment,
    InboundEmail,
    ProviderEvent,
)

EVENTS = {
    "send": EventKind.SENT,
    "delivered": EventKind.DELIVERED,
    "deferral": EventKind.DEFERRED,
    "hard_bounce": EventKind.BOUNCED,
    "soft_bounce": EventKind.SOFT_BOUNCED,
    "spam": EventKind.COMPLAINED,
    "unsub": EventKind.UNSUBSCRIBED,
    "reject": EventKind.REJECTED,
}


def items(call: HookCall) -> list[dict[str, Any]]:
    """The objects in the form's one field. Raises Unreadable."""
    field = next((value for name, value in hook.form(call) if name == "mandrill_events"), "[]")
    return hook.items(hook.parse_json(field))


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event. A mail that came in is not one: it has a hook of its own."""
    message = item.get("msg")
    message = message if isinstance(message, dict) else {}
    metadata = message.get("metadata")
    if item.get("event") == "inbound":
        return ProviderEvent(id=hook.digest(item), kind=EventKind.UNKNOWN)
    return ProviderEvent(
        id=hook.digest(item),
        kind=EVENTS.get(inbound.text(item.get("event")), EventKind.UNKNOWN),
        address=inbound.address(inbound.text(message.get("email"))).email,
        key=inbound.line(metadata.get("key")) if isinstance(metadata, dict) else "",
        message_id=inbound.line(item.get("_id") or message.get("_id")),
        at=hook.moment(item.get("ts")),
        reason=inbound.line(
            message.get("diag") or message.get("bounce_description") or message.get("reject")
        ),
        original=inbound.tree(item),
    )


def mails(call: HookCall) -> list[InboundEmail]:
    """The mails that came in. Raises Unreadable."""
    found = [one.get("msg") for one in items(call) if one.get("event") == "inbound"]
    return [_mail(message) for message in found if isinstance(message, dict)]


def _mail(message: dict[str, Any]) -> InboundEmail:
    headers = tuple(_headers(message.get("headers")))
    sender = inbound.address(inbound.text(message.get("from_email")))
    pairs = [*_list(message.get("to")), *_list(message.get("cc")), [message.get("email")]]
    recipients = [inbound.address(inbound.text(pair[0])).email for pair in pairs if _is_pair(pair)]
    return InboundEmail(
        sender=type(sender)(sender.email, inbound.line(message.get("from_name"))),
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *inbound.envelope(headers))))),
        subject=inbound.line(message.get("subject")),
        text=inbound.text(message.get("text")),
        html=inbound.text(message.get("html")),
        message_id=next((v for name, v in headers if name.lower() == "message-id"), ""),
        headers=headers,
        attachments=tuple(_files(message.get("attachments")) + _files(message.get("images"))),
        original=inbound.tree(
            {
                name: v
                for name, v in message.items()
                if name not in {"attachments", "images", "raw_msg"}
            }
        ),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _headers(value: Any) -> list[tuple[str, str]]:
    """The headers; one that a mail has several times comes as a list."""
    pairs = value.items() if isinstance(value, dict) else ()
    return [
        (inbound.line(name), inbound.line(one))
        for name, found in pairs
        for one in (found if isinstance(found, list) else [found])
        if isinstance(one, str)
    ]


def _files(value: Any) -> list[InboundAttachment]:
    files = value.values() if isinstance(value, dict) else ()
    return [_file(one) for one in files if isinstance(one, dict)]


def _file(value: dict[str, Any]) -> InboundAttachment:
    words = inbound.text(value.get("content"))
    content = words.encode()
    if value.get("base64") is not False:
        try:
            content = b64decode(words, validate=True)
        except (binascii.Error, ValueError):
            content = b""
    name = inbound.line(value.get("name"), inbound.NAME_LONGEST)
    return InboundAttachment(name, content, size=len(content))
