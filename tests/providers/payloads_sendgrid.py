"""What SendGrid calls our hooks with: the examples of its page, as for one mail of ours."""

from __future__ import annotations

import json
import time
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.providers.values import HookCall

from .conftest import KEY

EVENTS_URL = "https://portal.example/hooks/sendgrid/events"
INBOUND_URL = "https://portal.example/hooks/sendgrid/inbound"
SECRET = "a-secret-of-the-inbound-parse"
PRIVATE = ec.derive_private_key(4711, ec.SECP256R1())
OTHER = ec.derive_private_key(4712, ec.SECP256R1())
MESSAGE_ID = "14c5d75ce93.dfd.64b469"
BOUNDARY = "xYzZY"
RAW_MAIL = (
    b"From: Grace Hopper <grace@example.org>\r\nTo: reply@in.example.org\r\n"
    b"Subject: Re: Is the pool warm?\r\nMessage-ID: <a@example.org>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYes, ple\xc3\xa4se.\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=lake.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
)
HEADERS = RAW_MAIL.partition(b"\r\n\r\n")[0]
ENVELOPE = {"to": ["reply+1-x@in.example.org"], "from": "grace@example.org"}


def key_of(private):
    """The public key as SendGrid shows it."""
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def event(name, **more):
    return {
        "email": "zoe@example.org",
        "timestamp": 1513299569,
        "smtp-id": f"<{MESSAGE_ID}@ismtpd-555>",
        "event": name,
        "category": ["confirm_signup"],
        "sg_event_id": f"event-{name}-{more.get('type', '')}",
        "sg_message_id": f"{MESSAGE_ID}.filter0001.16648.5515E0B88.0",
        "key": KEY,
        **more,
    }


RECORDED = {
    "queued": event("processed"),
    "deferred": event("deferred", response="400 try again later", attempt="5"),
    "delivered": event("delivered", response="250 OK"),
    "bounced": event("bounce", reason="500 unknown recipient", status="5.0.0", type="bounce"),
    "soft-bounced": event("bounce", reason="421 busy", status="4.2.1", type="blocked"),
    "rejected": event("dropped", reason="Bounced Address", status="5.0.0"),
    "complained": event("spamreport"),
    "unsubscribed": event("unsubscribe"),
    "unknown": event("group_resubscribe", asm_group_id=10),
}


def signed(body, private=PRIVATE, stamp=None):
    """A call as SendGrid signs it: over the moment and the raw body."""
    stamp = str(int(time.time()) if stamp is None else stamp)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = private.sign(stamp.encode() + content, ec.ECDSA(SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        "Content-Type": "application/json",
    }
    return HookCall(EVENTS_URL, headers, {}, content)


def form(*fields, secret=SECRET):
    """A call of the inbound parse: fields are (name, content) or (name, content, file name)."""
    parts = []
    for name, content, *file_name in fields:
        named = f'; filename="{file_name[0]}"' if file_name else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    password = b64encode(f"portal:{secret}".encode()).decode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Authorization": f"Basic {password}",
    }
    return HookCall(INBOUND_URL, headers, {}, body)


def raw_form(**more):
    """A mail that is handed on whole."""
    return form(("email", RAW_MAIL), ("envelope", json.dumps(ENVELOPE).encode()), **more)


def parsed_form(*more, text=b"Yes, ple\xe4se.", charsets=None):
    """A mail that is handed on in parts."""
    charsets = charsets or {"text": "iso-8859-1", "subject": "UTF-8"}
    return form(
        ("headers", HEADERS),
        ("from", b"Grace Hopper <grace@example.org>"),
        ("to", b"reply@in.example.org"),
        ("subject", b"Re: Is the pool warm?"),
        ("text", text),
        ("html", b"<p>Yes</p>"),
        ("envelope", json.dumps(ENVELOPE).encode()),
        ("charsets", json.dumps(charsets).encode()),
        ("attachments", b"1"),
        ("attachment-info", b'{"attachment1": {"filename": "lake.png"}}'),
        ("attachment1", b"hello", "lake.png"),
        *more,
    )
