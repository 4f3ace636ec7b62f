"""What Mailchimp calls our hook with: a form."""

from collections.abc import Iterable, Mapping

from portal.providers.values import EventKind, HookCall, ProviderEvent
from portal.providers.webhooks import calls, values

# Page "Sync audience data with webhooks".
EVENTS = {"unsubscribe": EventKind.UNSUBSCRIBED, "cleaned": EventKind.BOUNCED}


def is_signed(secrets: Iterable[str], call: HookCall) -> bool:
    """Whether the call is signed: hex HMAC-SHA256 over "t.body", `t` not long ago.

    `X-Mailchimp-Signature: t=<unix>,v1=<hex>` (page on webhooks, 2026).
    """
    parts = dict(
        part.strip().partition("=")[::2]
        for part in calls.header(call, "X-Mailchimp-Signature").split(",")
    )
    stamp = parts.get("t", "")
    signed = stamp.encode() + b"." + call.body
    return calls.hmac_hex(secrets, signed, parts.get("v1", "")) and calls.is_fresh(stamp)


def event(fields: Mapping[str, str]) -> ProviderEvent:
    """The event in a form's fields. What it says of an abuse is a complaint."""
    kind = EVENTS.get(fields.get("type", ""), EventKind.UNKNOWN)
    reason = values.line(fields.get("data[reason]", ""))
    if kind is not EventKind.UNKNOWN and reason == "abuse":
        kind = EventKind.COMPLAINED
    at = calls.moment(fields.get("fired_at"))  # such as `2026-11-24 10:00:00`, in UTC
    return values.event(dict(fields), kind, email=fields.get("data[email]"), at=at, reason=reason)
