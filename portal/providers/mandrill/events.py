"""What Mailchimp Transactional calls our hooks with."""

from __future__ import annotations

from typing import Any

from portal.providers.parsed import object_of, objects
from portal.providers.values import (
    Address,
    EventKind,
    HookCall,
    InboundAttachment,
    InboundEmail,
    ProviderEvent,
)
from portal.providers.webhooks import calls, values

# Page "Webhook format".
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
FILES = frozenset({"attachments", "images", "raw_msg"})


def items(call: HookCall) -> list[dict[str, Any]]:
    """The objects in the form's one field. Raises Unreadable."""
    field = next((value for name, value in calls.form(call) if name == "mandrill_events"), "[]")
    return calls.items(calls.parse_json(field))


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event. A mail that came in is none of ours: it has a hook of its own."""
    if item.get("event") == "inbound":
        return ProviderEvent(id=values.digest(item), kind=EventKind.UNKNOWN)
    message = object_of(item.get("msg"))
    # Told of a mail in it, and beside it when an address goes on or off a list (`type`).
    reject = object_of(message.get("reject") or item.get("reject"))
    reasons = (message.get("diag"), message.get("bounce_description"), reject.get("reason"))
    return values.event(
        item,
        EVENTS.get(values.text(item.get("event")), EventKind.UNKNOWN),
        email=message.get("email") or reject.get("email"),
        key=object_of(message.get("metadata")).get("key"),
        message_id=item.get("_id") or message.get("_id"),
        at=calls.moment(item.get("ts")),
        reason=next(filter(None, map(values.line, reasons)), ""),
    )


def mails(call: HookCall) -> list[InboundEmail]:
    """The mails that came in. Raises Unreadable."""
    found = [one.get("msg") for one in items(call) if one.get("event") == "inbound"]
    return [_mail(message) for message in objects(found)]


def _mail(message: dict[str, Any]) -> InboundEmail:
    """A mail that came in (page "Inbound")."""
    sender = values.address(values.text(message.get("from_email"))).email
    pairs = [*_list(message.get("to")), *_list(message.get("cc")), [message.get("email")]]
    recipients = [values.address(values.text(pair[0])).email for pair in pairs if _is_pair(pair)]
    return values.mail(
        Address(sender, values.line(message.get("from_name"))),
        recipients,
        values.header_pairs(message.get("headers")),
        subject=message.get("subject"),
        text=message.get("text"),
        html=message.get("html"),
        attachments=_files(message.get("attachments")) + _files(message.get("images")),
        original={name: value for name, value in message.items() if name not in FILES},
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _files(value: Any) -> list[InboundAttachment]:
    return [_file(one) for one in objects([*object_of(value).values()])]


def _file(value: dict[str, Any]) -> InboundAttachment:
    """A file. Texts come as they are (`base64` is false)."""
    if value.get("base64") is not False:
        return values.file(value.get("name"), value.get("content"))
    content = values.text(value.get("content")).encode()
    name = values.line(value.get("name"), values.NAME_LONGEST)
    return InboundAttachment(name, content, size=len(content))
