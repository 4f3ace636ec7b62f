"""What Postmark calls our hooks with: the fields are from its pages on webhooks."""

from __future__ import annotations

from typing import Any

from portal.providers.values import Address, EventKind, InboundEmail, ProviderEvent
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
# Why an address was suppressed (page "Subscription change webhook").
SUPPRESSIONS = {
    "HardBounce": EventKind.BOUNCED,
    "SpamComplaint": EventKind.COMPLAINED,
    "ManualSuppression": EventKind.UNSUBSCRIBED,
}


def event(item: dict[str, Any]) -> ProviderEvent:
    """One event."""
    metadata = item.get("Metadata")
    return ProviderEvent(
        id=calls.digest(item),
        kind=_kind(item),
        address=values.address(values.text(item.get("Recipient") or item.get("Email"))).email,
        key=values.line(metadata.get("key")) if isinstance(metadata, dict) else "",
        message_id=values.line(item.get("MessageID")),
        at=next(filter(None, (calls.moment(item.get(name)) for name in MOMENTS)), None),
        reason=values.line(item.get("Description") or item.get("Details")),
        original=values.tree(item),
    )


MOMENTS = ("DeliveredAt", "BouncedAt", "ChangedAt")


def _kind(item: dict[str, Any]) -> EventKind:
    match item.get("RecordType"):
        case "Bounce":
            return BOUNCES.get(values.text(item.get("Type")), EVENTS["Bounce"])
        case "SubscriptionChange" if item.get("SuppressSending") is True:
            why = values.text(item.get("SuppressionReason"))
            return SUPPRESSIONS.get(why, EventKind.UNKNOWN)
        case kind:
            return EVENTS.get(values.text(kind), EventKind.UNKNOWN)


def mail(item: dict[str, Any]) -> InboundEmail:
    """A mail that came in (page "Inbound webhook")."""
    headers = tuple(
        (values.line(one.get("Name")), values.line(one.get("Value")))
        for one in _objects(item.get("Headers"))
    )
    found = {name.lower(): value for name, value in reversed(headers)}
    sender = _address(item.get("FromFull")) or values.address(values.text(item.get("From")))
    recipients = [
        one.email for name in ("ToFull", "CcFull", "BccFull") for one in _addresses(item.get(name))
    ]
    recipients.append(values.address(values.text(item.get("OriginalRecipient"))).email)
    return InboundEmail(
        sender=sender,
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *values.envelope(headers))))),
        subject=values.line(item.get("Subject")),
        text=values.text(item.get("TextBody")),
        html=values.text(item.get("HtmlBody")),
        message_id=found.get("message-id", ""),
        headers=headers,
        attachments=tuple(
            values.file(one.get("Name"), one.get("Content"))
            for one in _objects(item.get("Attachments"))
        ),
        original=values.tree({**item, "Attachments": None}),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _addresses(value: Any) -> list[Address]:
    return [found for one in _objects(value) if (found := _address(one))]


def _address(value: Any) -> Address | None:
    if not isinstance(value, dict):
        return None
    email = values.address(values.text(value.get("Email"))).email
    return Address(email, values.line(value.get("Name"))) if email else None
