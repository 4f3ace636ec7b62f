"""What SES tells of mails: its page "Contents of event data that … publishes to Amazon SNS"."""

from typing import Any

from portal.providers.parsed import list_of, object_of, objects
from portal.providers.values import EventKind, HookCall, ProviderEvent
from portal.providers.webhooks import calls, values

# "Top-level JSON object". What has the details has the same name, in other letters.
EVENTS = {
    "Send": EventKind.SENT,
    "Delivery": EventKind.DELIVERED,
    "DeliveryDelay": EventKind.DEFERRED,
    "Bounce": EventKind.SOFT_BOUNCED,
    "Complaint": EventKind.COMPLAINED,
    "Reject": EventKind.REJECTED,
}
# "Bounce types" and "Complaint subtypes" that say something else than their type. What is on a
# list of SES's was not tried. What was too large, not liked, or too late for a limit of ours is
# the sender's fault.
SUBTYPES = {
    **dict.fromkeys(("Suppressed", "OnAccountSuppressionList"), EventKind.REJECTED),
    **dict.fromkeys(("MessageTooLarge", "CustomTimeoutExceeded"), EventKind.REJECTED),
    **dict.fromkeys(("ContentRejected", "AttachmentRejected"), EventKind.REJECTED),
    "UnsubscribedRecipient": EventKind.UNSUBSCRIBED,
}
# "Complaint types" that are no complaint of the reader's.
NO_COMPLAINTS = ("not-spam", "auth-failure", "virus")
# What it says once, when it is told which topic to use.
HELLO = "Successfully validated SNS topic"


def parse(call: HookCall) -> list[ProviderEvent]:
    """The event in a notice of SNS; none in one that is not about mails. Raises Unreadable."""
    notice, *_ = calls.items(calls.parse_json(call.body)) or [{}]
    message = values.text(notice.get("Message"))
    if notice.get("Type") != "Notification" or message.startswith(HELLO):
        return []
    return [_event(item) for item in calls.items(calls.parse_json(message))]


def _event(item: dict[str, Any]) -> ProviderEvent:
    kind = values.text(item.get("eventType"))
    more = object_of(item.get(kind[:1].lower() + kind[1:]))
    mail = object_of(item.get("mail"))
    # A mail of ours has one recipient, whoever the server names that it came back from.
    return values.event(
        item,
        _kind(kind, more),
        email=next(iter(list_of(mail.get("destination"))), None),
        key=next(iter(list_of(object_of(mail.get("tags")).get("key"))), None),
        message_id=mail.get("messageId"),
        at=calls.moment(more.get("timestamp")) or calls.moment(mail.get("timestamp")),
        reason=_reason(more),
    )


def _kind(kind: str, more: dict[str, Any]) -> EventKind:
    usual = EVENTS.get(kind, EventKind.UNKNOWN)
    if more.get("bounceType") == "Permanent":
        usual = EventKind.BOUNCED
    if more.get("complaintFeedbackType") in NO_COMPLAINTS:
        usual = EventKind.UNKNOWN
    subtype = more.get("bounceSubType") or more.get("complaintSubType")
    return SUBTYPES.get(values.text(subtype), usual)


def _reason(more: dict[str, Any]) -> Any:
    recipient = next(iter(objects(more.get("bouncedRecipients"))), {})
    found = ("smtpResponse", "reason", "delayType", "complaintFeedbackType", "bounceSubType")
    said = (more.get(name) for name in found)
    return recipient.get("diagnosticCode") or next(filter(None, said), None)
