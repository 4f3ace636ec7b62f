"""What Brevo tells us of mails and contacts (its guides on the webhooks of both kinds)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

EVENTS = {
    "request": EventKind.QUEUED,
    "sent": EventKind.SENT,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "hard_bounce": EventKind.BOUNCED,
    "invalid_email": EventKind.BOUNCED,
    "soft_bounce": EventKind.SOFT_BOUNCED,
    "blocked": EventKind.REJECTED,
    "error": EventKind.REJECTED,
    "spam": EventKind.COMPLAINED,
    "complaint": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "unsubscribed": EventKind.UNSUBSCRIBED,
}


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event. `ts_epoch`, in milliseconds, is the only moment that is surely in UTC."""
    return ProviderEvent(
        id=calls.digest(item),
        kind=EVENTS.get(values.text(item.get("event")), EventKind.UNKNOWN),
        address=values.address(values.text(item.get("email"))).email,
        key=values.line(item.get("X-Mailin-custom")),
        message_id=values.line(item.get("message-id")),
        at=_moment(item),
        reason=values.line(item.get("reason")),
        original=values.tree(item),
    )


def _moment(item: dict[str, Any]) -> datetime | None:
    return calls.moment(item.get("ts_epoch"), per_second=1000) or calls.moment(item.get("ts_event"))
