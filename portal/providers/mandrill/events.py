"""What Mailchimp Transactional calls our hooks with (its pages "Webhook format" and "Inbound")."""

from __future__ import annotations

from typing import Any

from portal.providers.values import (
    Address,
    EventKind,
    HookCall,
    InboundAttachment,
    InboundEmail,
    ProviderEvent,
)
from portal.providers.webhooks import calls, values

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
    field = next((value for name, value in calls.form(call) if name == "mandrill_events"), "[]")
    return calls.items(calls.parse_json(field))


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event. A mail that came in is none of ours: it has a hook of its own."""
    if item.get("event") == "inbound":
        return ProviderEvent(id=calls.digest(item), kind=EventKind.UNKNOWN)
    message = _object(item.get("msg"))
    # Told of a mail in it, and beside it when an address goes on or off a list (`type`).
    reject = _object(message.get("reject") or item.get("reject"))
    reasons = (message.get("diag"), message.get("bounce_description"), reject.get("reason"))
    return ProviderEvent(
        id=calls.digest(item),
        kind=EVENTS.get(values.text(item.get("event")), EventKind.UNKNOWN),
        address=values.address(values.text(message.get("email") or reject.get("email"))).email,
        key=values.line(_object(message.get("metadata")).get("key")),
        message_id=values.line(item.get("_id") or message.get("_id")),
        at=calls.moment(item.get("ts")),
        reason=next(filter(None, map(values.line, reasons)), ""),
        original=values.tree(item),
    )


def mails(call: HookCall) -> list[InboundEmail]:
    """The mails that came in. Raises Unreadable."""
    found = [one.get("msg") for one in items(call) if one.get("event") == "inbound"]
    return [_mail(message) for message in found if isinstance(message, dict)]


def _mail(message: dict[str, Any]) -> InboundEmail:
    headers = tuple(values.header_pairs(message.get("headers")))
    sender = values.address(values.text(message.get("from_email"))).email
    pairs = [*_list(message.get("to")), *_list(message.get("cc")), [message.get("email")]]
    recipients = [values.address(values.text(pair[0])).email for pair in pairs if _is_pair(pair)]
    return InboundEmail(
        sender=Address(sender, values.line(message.get("from_name"))),
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *values.envelope(headers))))),
        subject=values.line(message.get("subject")),
        text=values.text(message.get("text")),
        html=values.text(message.get("html")),
        message_id=next((v for name, v in headers if name.lower() == "message-id"), ""),
        headers=headers,
        attachments=tuple(_files(message.get("attachments")) + _files(message.get("images"))),
        original=values.tree(
            {
                name: v
                for name, v in message.items()
                if name not in {"attachments", "images", "raw_msg"}
            }
        ),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _files(value: Any) -> list[InboundAttachment]:
    return [_file(one) for one in _object(value).values() if isinstance(one, dict)]


def _file(value: dict[str, Any]) -> InboundAttachment:
    """A file. Texts come as they are (`base64` is false)."""
    if value.get("base64") is not False:
        return values.file(value.get("name"), value.get("content"))
    content = values.text(value.get("content")).encode()
    name = values.line(value.get("name"), values.NAME_LONGEST)
    return InboundAttachment(name, content, size=len(content))
