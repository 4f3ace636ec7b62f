"""What Postmark calls our hooks with: the fields are from its pages on webhooks."""

from typing import Any

from portal.providers.parsed import object_of
from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

EVENTS = {
    "Delivery": EventKind.DELIVERED,
    "SpamComplaint": EventKind.COMPLAINED,
}
# The types of a bounce (page "Bounce API", "Bounce types"); another is nobody's fault.
BOUNCES = {
    # Said of the mailbox, or by its owner.
    "HardBounce": EventKind.BOUNCED,
    "BadEmailAddress": EventKind.BOUNCED,
    "ManuallyDeactivated": EventKind.BOUNCED,
    "SoftBounce": EventKind.SOFT_BOUNCED,
    "Unknown": EventKind.SOFT_BOUNCED,
    "Transient": EventKind.DEFERRED,
    "SpamComplaint": EventKind.COMPLAINED,
    "Unsubscribe": EventKind.UNSUBSCRIBED,
    # Said of the mail, of who sends it, or of the way to the mailbox.
    "Blocked": EventKind.REJECTED,
    "DMARCPolicy": EventKind.REJECTED,
    "DnsError": EventKind.REJECTED,
    "SMTPApiError": EventKind.REJECTED,
    "SpamNotification": EventKind.REJECTED,  # a machine took it for spam; no person said so
    "TemplateRenderingFailed": EventKind.REJECTED,
    "Unconfirmed": EventKind.REJECTED,
    "VirusNotification": EventKind.REJECTED,
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
            return BOUNCES.get(values.text(item.get("Type")), EventKind.REJECTED)
        case "SubscriptionChange" if item.get("SuppressSending") is True:
            why = values.text(item.get("SuppressionReason"))
            return SUPPRESSIONS.get(why, EventKind.UNKNOWN)
        case kind:
            return EVENTS.get(values.text(kind), EventKind.UNKNOWN)
