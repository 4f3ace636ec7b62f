"""What Brevo tells us of mails and contacts (its guides on the webhooks of both kinds)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.providers import hook, inbound
from portal.providers.base import EventKind, ProviderEvent

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
        id=hook.digest(item),
        kind=EVENTS.get(inbound.text(item.get("event")), EventKind.UNKNOWN),
        address=inbound.address(inbound.text(item.get("email"))).email,
        key=inbound.line(item.get("X-Mailin-custom")),
        message_id=inbound.line(item.get("message-id")),
        at=_moment(item),
        reason=inbound.line(item.get("reason")),
        original=inbound.tree(item),
    )


def _moment(item: dict[str, Any]) -> datetime | None:
    return hook.moment(item.get("ts_epoch"), per_second=1000) or hook.moment(item.get("ts_event"))
