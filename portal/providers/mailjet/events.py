"""What Mailjet calls our hooks with: the fields are from its guide on events."""

from dataclasses import replace
from typing import Any

from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

EVENTS = {
    "sent": EventKind.DELIVERED,  # "the message was successfully delivered"
    "bounce": EventKind.SOFT_BOUNCED,
    "blocked": EventKind.REJECTED,
    "spam": EventKind.COMPLAINED,
    "unsub": EventKind.UNSUBSCRIBED,
}
# What a bounce may come of that is no matter of the mailbox or its domain (guide "Event API",
# table of errors, `error_related_to`).
OURS = frozenset({"content", "spam", "system", "mailjet"})


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event."""
    names = ("error_related_to", "error", "comment", "smtp_reply")
    reasons = (values.line(item.get(name)) for name in names)
    number = item.get("MessageID")
    found = values.event(
        item,
        _kind(item),
        email=item.get("email"),
        key=item.get("CustomID"),
        message_id=str(number) if isinstance(number, int) else "",
        at=calls.moment(item.get("time")),
    )
    return replace(found, reason=": ".join(filter(None, reasons)))


def _kind(item: dict[str, Any]) -> EventKind:
    """A hard bounce says so; after “greylisted” Mailjet tries again (guide, table of errors)."""
    kind = EVENTS.get(values.text(item.get("event")), EventKind.UNKNOWN)
    if kind is EventKind.SOFT_BOUNCED and values.text(item.get("error_related_to")) in OURS:
        return EventKind.REJECTED
    if kind is EventKind.SOFT_BOUNCED and item.get("hard_bounce") is True:
        return EventKind.BOUNCED
    if kind is EventKind.SOFT_BOUNCED and item.get("error") == "greylisted":
        return EventKind.DEFERRED
    return kind
