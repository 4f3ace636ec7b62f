"""Amazon SNS, by which SES tells us things: whether a notice is Amazon's, for one of our topics.

Its page "Verifying the signatures of Amazon SNS messages". The topic says in which
region, and so at which host of Amazon's, the certificate lies.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from portal.providers.errors import Unreadable
from portal.providers.parsed import object_of
from portal.providers.values import HookCall
from portal.providers.webhooks import calls

TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):[0-9]{12}:([A-Za-z0-9_-]{1,64})")
ASKS = "SubscriptionConfirmation"
# Which fields are signed, by the type of the notice; a subject only where there is one.
_ASKED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    ASKS: _ASKED,
    "UnsubscribeConfirmation": _ASKED,
}
HASHES = {"1": SHA1, "2": SHA256}  # SHA-1 is what a topic of before 2022 still signs with


def notice(call: HookCall) -> dict[str, Any]:
    """The notice in a call; an empty one where there is none."""
    try:
        return object_of(calls.parse_json(call.body))
    except Unreadable:
        return {}


def host(topic: str) -> str:
    """The host of Amazon's that a topic is at; nothing where it is no topic."""
    found = TOPIC.fullmatch(topic)
    return f"sns.{found[1]}.amazonaws.com" if found else ""


def is_amazons(
    given: dict[str, Any], topics: Collection[str], certificate: Callable[[str], bytes]
) -> bool:
    """Whether a notice is for one of the topics, and signed; `certificate` is what is at a URL."""
    values = {name: one for name, one in given.items() if isinstance(one, str)}
    topic, url = values.get("TopicArn", ""), values.get("SigningCertURL", "")
    kind, version = values.get("Type", ""), values.get("SignatureVersion", "")
    place = re.escape(f"https://{host(topic)}/SimpleNotificationService-")
    if topic not in topics or kind not in SIGNED or version not in HASHES:
        return False
    if not re.fullmatch(rf"{place}[0-9A-Za-z]+\.pem", url):
        return False
    signed = "".join(f"{name}\n{values[name]}\n" for name in SIGNED[kind] if name in values)
    try:
        signature = b64decode(values.get("Signature", ""), validate=True)
        found = load_pem_x509_certificate(certificate(url))
        key = found.public_key()
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signed.encode(), PKCS1v15(), HASHES[version]())
            return found.not_valid_before_utc <= datetime.now(UTC) <= found.not_valid_after_utc
    except (ValueError, InvalidSignature):
        pass
    return False
