"""SendGrid's event webhook: how it is signed, and what its events say."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal.providers.values import EventKind, HookCall, ProviderEvent
from portal.providers.webhooks import calls, values

# The signature is as in SendGrid's Python library, `helpers/eventwebhook`.
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

# Page "Event Webhook Reference", as all fields of events.
EVENTS = {
    "processed": EventKind.QUEUED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.REJECTED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
}
# A bounce of any other type ("blocked") was this mail's alone (there, `type`).
FOR_GOOD = frozenset({"", "bounce"})
# What a bounce is said to come of (page "Bounce and Block Classifications"): the mail or who sends
# it; or the mailbox, where it is blocked for now.
OURS = frozenset({"Content", "Reputation", "Frequency or Volume Too High"})
MAILBOX = "Mailbox Unavailable"
# What SendGrid's machines add to the id that a mail was taken with.
ADDED = re.compile(r"\.(?:filter|recvd).*")


def public_key(text: str) -> EllipticCurvePublicKey | None:
    """The key from base64 and DER, as SendGrid shows it; None where it is none."""
    try:
        key = load_der_public_key(b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None


def verify(keys: Iterable[str], call: HookCall) -> bool:
    """Whether the moment and the body are signed with one of the keys, not long ago."""
    stamp = calls.header(call, TIMESTAMP)
    signed = stamp.encode() + call.body
    try:
        signature = b64decode(calls.header(call, SIGNATURE), validate=True)
    except (binascii.Error, ValueError):
        return False
    matches = [_is_signed(public_key(key), signature, signed) for key in keys]
    return calls.is_fresh(stamp) and any(matches)


def _is_signed(key: EllipticCurvePublicKey | None, signature: bytes, signed: bytes) -> bool:
    try:
        if key:
            key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return key is not None


def parse(call: HookCall) -> list[ProviderEvent]:
    """The events in a call. Raises Unreadable."""
    return [_event(item) for item in calls.items(calls.parse_json(call.body))]


def _event(item: dict[str, Any]) -> ProviderEvent:
    return ProviderEvent(
        id=values.line(item.get("sg_event_id")) or values.digest(item),
        kind=_kind(item),
        address=values.address(values.text(item.get("email"))).email,
        key=values.line(item.get("key")),  # of `custom_args`, which come back at the top level
        message_id=message_id(item.get("sg_message_id")),
        at=calls.moment(item.get("timestamp")),
        reason=values.line(item.get("reason") or item.get("response")),
        original=values.tree(item),
    )


def _kind(item: dict[str, Any]) -> EventKind:
    kind = EVENTS.get(values.line(item.get("event")), EventKind.UNKNOWN)
    if kind is not EventKind.BOUNCED:
        return kind
    why = values.line(item.get("bounce_classification"))
    if why in OURS:
        return EventKind.REJECTED
    if values.line(item.get("type")) in FOR_GOOD:
        return EventKind.BOUNCED
    return EventKind.SOFT_BOUNCED if why == MAILBOX else EventKind.REJECTED


def message_id(value: Any) -> str:
    """The id as `X-Message-Id` gives it when a mail is taken: events have it with more behind."""
    return ADDED.sub("", values.line(value, 250))
