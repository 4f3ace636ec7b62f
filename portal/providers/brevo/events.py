"""What Brevo tells us of mails and contacts."""

from typing import Any

from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

# Pages "Transactional webhooks" and "Marketing webhooks".
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
    at = calls.moment(item.get("ts_epoch"), per_second=1000) or calls.moment(item.get("ts_event"))
    return values.event(
        item,
        EVENTS.get(values.text(item.get("event")), EventKind.UNKNOWN),
        email=item.get("email"),
        key=item.get("X-Mailin-custom"),
        message_id=item.get("message-id"),
        at=at,
        reason=item.get("reason"),
    )
