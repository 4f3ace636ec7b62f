"""What Mailchimp Transactional calls our hooks with."""

from typing import Any

from portal.providers.parsed import object_of
from portal.providers.values import EventKind, HookCall, ProviderEvent
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
