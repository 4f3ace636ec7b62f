"""What Resend calls our hooks with: the fields are from its Node library and its own pages."""

from dataclasses import replace
from typing import Any

from portal.providers.parsed import object_of, objects
from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import calls, values

EVENTS = {
    "email.sent": EventKind.SENT,
    "email.delivered": EventKind.DELIVERED,
    "email.delivery_delayed": EventKind.DEFERRED,
    "email.bounced": EventKind.BOUNCED,
    "email.complained": EventKind.COMPLAINED,
    "email.failed": EventKind.REJECTED,
    "email.suppressed": EventKind.REJECTED,
    "email.received": EventKind.INBOUND,
}
# Why an address was suppressed (its description, `origin` of a suppression).
ORIGINS = {
    "bounce": EventKind.BOUNCED,
    "complaint": EventKind.COMPLAINED,
    "manual": EventKind.UNSUBSCRIBED,
}
# The types of a bounce that are not for good, and those of their subtypes that are said of the mail
# (page "Email Bounces", "Bounce Types and Subtypes").
SOFT = {"Transient", "Undetermined"}
OURS = {"MessageTooLarge", "ContentRejected", "AttachmentRejected"}
# A contact that was updated may have left.
WANTED = (*EVENTS, "contact.updated", "suppression.added")


def event(item: dict[str, Any], name: str) -> ProviderEvent:
    """One event; `name` is its id, from the headers."""
    data = object_of(item.get("data"))
    kind = _kind(values.text(item.get("type")), data)
    is_mail = kind is EventKind.INBOUND
    address = "" if is_mail else _first(data.get("to")) or values.text(data.get("email"))
    found = values.event(
        item,
        kind,
        email=address,
        key="" if is_mail else _tag(data.get("tags")),
        message_id=data.get("email_id"),
        at=calls.moment(item.get("created_at")),
        reason=_reason(data),
    )
    told = {} if is_mail else found.original  # what is in a mail is kept with the mail alone
    return replace(found, id=values.line(name) or found.id, original=told)


def _kind(name: str, data: dict[str, Any]) -> EventKind:
    if name == "contact.updated" and data.get("unsubscribed") is True:
        return EventKind.UNSUBSCRIBED
    if name == "suppression.added":
        return ORIGINS.get(values.text(data.get("origin")), EventKind.UNKNOWN)
    bounce = data.get("bounce")
    if name == "email.bounced" and isinstance(bounce, dict):
        if values.text(bounce.get("subType")) in OURS:
            return EventKind.REJECTED
        is_soft = values.text(bounce.get("type")) in SOFT
        return EventKind.SOFT_BOUNCED if is_soft else EventKind.BOUNCED
    return EVENTS.get(name, EventKind.UNKNOWN)


def _first(value: Any) -> str:
    return values.text(value[0] if isinstance(value, list) and value else value)


def _tag(tags: Any) -> str:
    """Our key, whether the tags come as an object or as a list of pairs."""
    if isinstance(tags, dict):
        return values.line(tags.get("key"))
    ours = (one for one in objects(tags) if one.get("name") == "key")
    return next((values.line(one.get("value")) for one in ours), "")


def _reason(data: dict[str, Any]) -> str:
    for name in ("bounce", "failed", "suppressed"):
        if isinstance(part := data.get(name), dict):
            return values.line(part.get("message") or part.get("reason"))
    return values.line(data.get("origin"))
