"""What Resend calls our hooks with: the fields are from its Node library and its own pages."""

from __future__ import annotations

from typing import Any

from portal.providers.values import EventKind, InboundAttachment, InboundEmail, ProviderEvent
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
# The types of a bounce that are not for good (page "Email Bounces").
SOFT = {"Transient", "Undetermined"}
# A contact that was updated may have left.
WANTED = (*EVENTS, "contact.updated", "suppression.added")


def event(item: dict[str, Any], name: str) -> ProviderEvent:
    """One event; `name` is its id, from the headers."""
    data = item.get("data")
    data = data if isinstance(data, dict) else {}
    kind = _kind(values.text(item.get("type")), data)
    is_mail = kind is EventKind.INBOUND
    address = "" if is_mail else _first(data.get("to")) or values.text(data.get("email"))
    return ProviderEvent(
        id=values.line(name) or calls.digest(item),
        kind=kind,
        address=values.address(address).email,
        key="" if is_mail else _tag(data.get("tags")),
        message_id=values.line(data.get("email_id")),
        at=calls.moment(item.get("created_at")),
        reason=_reason(data),
        original={} if is_mail else values.tree(item),
    )


def _kind(name: str, data: dict[str, Any]) -> EventKind:
    if name == "contact.updated" and data.get("unsubscribed") is True:
        return EventKind.UNSUBSCRIBED
    if name == "suppression.added":
        return ORIGINS.get(values.text(data.get("origin")), EventKind.UNKNOWN)
    bounce = data.get("bounce")
    if name == "email.bounced" and isinstance(bounce, dict):
        is_soft = values.text(bounce.get("type")) in SOFT
        return EventKind.SOFT_BOUNCED if is_soft else EventKind.BOUNCED
    return EVENTS.get(name, EventKind.UNKNOWN)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(value: Any) -> str:
    return values.text(value[0] if isinstance(value, list) and value else value)


def _tag(tags: Any) -> str:
    """Our key, whether the tags come as an object or as a list of pairs."""
    if isinstance(tags, dict):
        return values.line(tags.get("key"))
    pairs = [one for one in tags if isinstance(one, dict)] if isinstance(tags, list) else []
    return next((values.line(one.get("value")) for one in pairs if one.get("name") == "key"), "")


def _reason(data: dict[str, Any]) -> str:
    for name in ("bounce", "failed", "suppressed"):
        if isinstance(part := data.get(name), dict):
            return values.line(part.get("message") or part.get("reason"))
    return values.line(data.get("origin"))


def mail(data: dict[str, Any]) -> InboundEmail:
    """A mail that came in, as `GET /emails/receiving/{id}` gives it.

    Of its files only name and size are known: the description has no call that
    gives one, so they have no token to fetch them by.
    """
    found = data.get("headers")
    pairs = found.items() if isinstance(found, dict) else ()
    headers = tuple((values.line(name), values.line(value)) for name, value in pairs)
    recipients = [
        values.address(values.text(one)).email
        for name in ("to", "cc", "bcc")
        for one in _list(data.get(name))
    ]
    return InboundEmail(
        sender=values.address(values.text(data.get("from"))),
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *values.envelope(headers))))),
        subject=values.line(data.get("subject")),
        text=values.text(data.get("text")),
        html=values.text(data.get("html")),
        message_id=values.line(data.get("message_id")),
        headers=headers,
        attachments=tuple(
            InboundAttachment(
                values.line(one.get("filename"), values.NAME_LONGEST),
                size=size if isinstance(size := one.get("size"), int) else 0,
            )
            for one in _list(data.get("attachments"))
            if isinstance(one, dict)
        ),
        original=values.tree(data),
    )
