"""What MailerLite calls our hook with."""

from typing import Any

from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

# Page "Webhooks", as all fields of events.
EVENTS = {
    "subscriber.unsubscribed": EventKind.UNSUBSCRIBED,
    "subscriber.bounced": EventKind.BOUNCED,
    "subscriber.spam_reported": EventKind.COMPLAINED,
}


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event. It has no id; the contact is the event itself, or in it."""
    within = item.get("subscriber")
    contact = within if isinstance(within, dict) else item
    name = values.line(item.get("event") or item.get("type"))
    moments = (contact.get(one) for one in ("updated_at", "unsubscribed_at"))
    at = next(filter(None, map(calls.moment, moments)), None)
    kind = EVENTS.get(name, EventKind.UNKNOWN)
    return values.event(item, kind, email=contact.get("email"), at=at)
