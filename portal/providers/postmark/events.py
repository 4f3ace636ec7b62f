"""What Postmark calls our hooks with: the fields are from its pages on webhooks."""

from typing import Any

from portal.providers.parsed import object_of
from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

EVENTS = {
    "Delivery": EventKind.DELIVERED,
    "Bounce": EventKind.SOFT_BOUNCED,
    "SpamComplaint": EventKind.COMPLAINED,
}
# The types of a bounce that say something else (page "Bounce webhook").
BOUNCES = {
    "HardBounce": EventKind.BOUNCED,
    "BadEmailAddress": EventKind.BOUNCED,
    "SpamNotification": EventKind.COMPLAINED,
    "SpamComplaint": EventKind.COMPLAINED,
    "Unsubscribe": EventKind.UNSUBSCRIBED,
    "ManuallyDeactivated": EventKind.BOUNCED,
    "Transient": EventKind.DEFERRED,
    "Blocked": EventKind.REJECTED,
    "SMTPApiError": EventKind.REJECTED,
    "TemplateRenderingFailed": EventKind.REJECTED,
    # A machine's answer, or something of another mail: ours did not come back.
    "AutoResponder": EventKind.UNKNOWN,
    "AddressChange": EventKind.UNKNOWN,
    "Subscribe": EventKind.UNKNOWN,
    "OpenRelayTest": EventKind.UNKNOWN,
    "ChallengeVerification": EventKind.UNKNOWN,
    "InboundError": EventKind.UNKNOWN,
}
MOMENTS = ("DeliveredAt", "BouncedAt", "ChangedAt")
# Why an address was suppressed (page "Subscription change webhook").
SUPPRESSIONS = {
    "HardBounce": EventKind.BOUNCED,
    "SpamComplaint": EventKind.COMPLAINED,
    "ManualSuppression": EventKind.UNSUBSCRIBED,
}


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event."""
    return values.event(
        item,
        _kind(item),
        email=item.get("Recipient") or item.get("Email"),
        key=object_of(item.get("Metadata")).get("key"),
        message_id=item.get("MessageID"),
        at=next(filter(None, (calls.moment(item.get(name)) for name in MOMENTS)), None),
        reason=item.get("Description") or item.get("Details"),
    )


def _kind(item: dict[str, Any]) -> EventKind:
    match item.get("RecordType"):
        case "Bounce":
            return BOUNCES.get(values.text(item.get("Type")), EVENTS["Bounce"])
        case "SubscriptionChange" if item.get("SuppressSending") is True:
            why = values.text(item.get("SuppressionReason"))
            return SUPPRESSIONS.get(why, EventKind.UNKNOWN)
        case kind:
            return EVENTS.get(values.text(kind), EventKind.UNKNOWN)
