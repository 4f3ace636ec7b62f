"""Calls as the providers make them, event by event.

The fields are from their published schemas, pages and examples; the values are
made up. SendGrid's and MailerLite's stand with their own tests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from portal.providers.values import EventKind as Kind
from portal.providers.values import HookCall

from .callers import SECRET
from .conftest import KEY

ADA = "ada@example.org"
SECONDS = 1_795_000_000
AT = datetime.fromtimestamp(SECONDS, UTC)
ISO = AT.isoformat().replace("+00:00", "Z")
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def hook_url(name, what="events"):
    return f"https://portal.example.com/hooks/{name}/{what}"


def bearer(name, body, what="events"):
    headers = {**JSON, "Authorization": f"Bearer {SECRET}"}
    return HookCall(hook_url(name, what), headers, {}, body)


def basic(name, body, what="events"):
    pair = b64encode(f"portal:{SECRET}".encode()).decode()
    headers = {**JSON, "Authorization": f"Basic {pair}"}
    return HookCall(hook_url(name, what), headers, {}, body)


def svix(name, body, what="events", at=None, mark="msg_2XK"):
    """Signed as Svix signs: see `hook.standard`."""
    stamp = str(int(at or datetime.now(UTC).timestamp()))
    key = b64decode(SECRET.removeprefix("whsec_"))
    signed = b".".join([mark.encode(), stamp.encode(), body])
    digest = b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    headers = {"svix-id": mark, "svix-timestamp": stamp, "svix-signature": f"v1,{digest}"}
    return HookCall(hook_url(name, what), {**JSON, **headers}, {}, body)


def mandrill(name, body, what="events"):
    """Signed as Mandrill signs: HMAC-SHA1 over the address and the sorted fields."""
    url, fields = hook_url(name, what), {"mandrill_events": body.decode()}
    signed = url + "".join(key + value for key, value in sorted(fields.items()))
    digest = b64encode(hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha1)).decode()
    headers = {**FORM, "X-Mandrill-Signature": digest}
    return HookCall(url, headers, {}, urlencode(fields).encode())


def mailchimp(name, body, what="events", at=None):
    """Signed as Mailchimp signs: hex HMAC-SHA256 over the moment and the form."""
    stamp, form = str(int(at or datetime.now(UTC).timestamp())), urlencode(json.loads(body))
    signed = f"{stamp}.{form}".encode()
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    headers = {**FORM, "X-Mailchimp-Signature": f"t={stamp},v1={digest}"}
    return HookCall(hook_url(name, what), headers, {}, form.encode())


SIGN = {
    "brevo": bearer,
    "mailchimp": mailchimp,
    "mailjet": basic,
    "mandrill": mandrill,
    "postmark": basic,
    "resend": svix,
}


def brevo_event(event, **more):
    return {
        "event": event,
        "email": ADA,
        "id": 26224,
        "date": "2026-11-18 12:26:40",
        "ts": SECONDS,
        "ts_epoch": SECONDS * 1000,
        "message-id": "<1.7@smtp-relay.mailin.fr>",
        "X-Mailin-custom": KEY,
        "subject": "Confirm your address",
        "tags": ["confirm_signup"],
        **more,
    }


def mailjet_event(event, **more):
    return {
        "event": event,
        "time": SECONDS,
        "MessageID": 576460752303423500,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
        "email": ADA,
        "mj_campaign_id": 0,
        "CustomID": KEY,
        "Payload": "",
        **more,
    }


def mandrill_event(event, **message):
    return [
        {
            "event": event,
            "ts": SECONDS,
            "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa",
            "msg": {
                "ts": SECONDS,
                "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa",
                "email": ADA,
                "sender": "hello@example.com",
                "tags": ["confirm-signup"],
                "metadata": {"key": KEY},
                **message,
            },
        }
    ]


def postmark_event(kind, moment, **more):
    return {
        "RecordType": kind,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"key": KEY},
        "MessageStream": "outbound",
        "ServerID": 23,
        "Tag": "confirm_signup",
        "Recipient" if kind in {"Delivery", "SubscriptionChange"} else "Email": ADA,
        moment: ISO,
        **more,
    }


def resend_event(kind, **data):
    return {
        "type": kind,
        "created_at": ISO,
        "data": {
            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "from": "Get Yourself Active <hello@example.com>",
            "to": [ADA],
            "subject": "Confirm your address",
            "tags": {"key": KEY, "mail": "confirm_signup"},
            **data,
        },
    }


def mailchimp_event(kind, **data):
    moment = AT.strftime("%Y-%m-%d %H:%M:%S")
    fields = {"id": "8a25ff1d98", "list_id": "7", "email": ADA, **data}
    return {"type": kind, "fired_at": moment} | {f"data[{k}]": v for k, v in fields.items()}


BOUNCE = {"ID": 42, "Inactive": True}
SUPPRESSED = {"SuppressSending": True, "Origin": "Recipient"}
# Provider, what it tells, and what that is in our words.
EVENTS = [
    ("brevo", brevo_event("request"), Kind.QUEUED),
    ("brevo", brevo_event("delivered"), Kind.DELIVERED),
    ("brevo", brevo_event("deferred", reason="421 try later"), Kind.DEFERRED),
    ("brevo", brevo_event("hard_bounce", reason="550 no such user"), Kind.BOUNCED),
    ("brevo", brevo_event("invalid_email"), Kind.BOUNCED),
    ("brevo", brevo_event("soft_bounce", reason="452 full"), Kind.SOFT_BOUNCED),
    ("brevo", brevo_event("blocked"), Kind.REJECTED),
    ("brevo", brevo_event("error"), Kind.REJECTED),
    ("brevo", brevo_event("spam"), Kind.COMPLAINED),
    ("brevo", brevo_event("unsubscribe"), Kind.UNSUBSCRIBED),
    ("brevo", brevo_event("proxy_open"), Kind.UNKNOWN),
    ("mailjet", mailjet_event("sent", mj_message_id="1", smtp_reply="250 OK"), Kind.DELIVERED),
    ("mailjet", mailjet_event("bounce", hard_bounce=True, error="user unknown"), Kind.BOUNCED),
    ("mailjet", mailjet_event("bounce", hard_bounce=False), Kind.SOFT_BOUNCED),
    ("mailjet", mailjet_event("blocked", error="preblocked"), Kind.REJECTED),
    ("mailjet", mailjet_event("spam", source="JMRPP"), Kind.COMPLAINED),
    ("mailjet", mailjet_event("unsub", mj_list_id=7), Kind.UNSUBSCRIBED),
    ("mailjet", mailjet_event("new one"), Kind.UNKNOWN),
    ("mandrill", mandrill_event("send", state="sent"), Kind.SENT),
    ("mandrill", mandrill_event("deferral"), Kind.DEFERRED),
    ("mandrill", mandrill_event("hard_bounce", diag="550 no such user"), Kind.BOUNCED),
    ("mandrill", mandrill_event("soft_bounce", diag="452 full"), Kind.SOFT_BOUNCED),
    ("mandrill", mandrill_event("spam"), Kind.COMPLAINED),
    ("mandrill", mandrill_event("unsub"), Kind.UNSUBSCRIBED),
    ("mandrill", mandrill_event("reject"), Kind.REJECTED),
    ("mandrill", mandrill_event("new one"), Kind.UNKNOWN),
    ("postmark", postmark_event("Delivery", "DeliveredAt", Details="250"), Kind.DELIVERED),
    ("postmark", postmark_event("Bounce", "BouncedAt", Type="HardBounce", **BOUNCE), Kind.BOUNCED),
    ("postmark", postmark_event("Bounce", "BouncedAt", Type="SoftBounce"), Kind.SOFT_BOUNCED),
    ("postmark", postmark_event("Bounce", "BouncedAt", Type="Transient"), Kind.DEFERRED),
    ("postmark", postmark_event("SpamComplaint", "BouncedAt", ID=42), Kind.COMPLAINED),
    (
        "postmark",
        postmark_event(
            "SubscriptionChange",
            "ChangedAt",
            SuppressionReason="ManualSuppression",
            **SUPPRESSED,
        ),
        Kind.UNSUBSCRIBED,
    ),
    (
        "postmark",
        postmark_event("SubscriptionChange", "ChangedAt", SuppressSending=False),
        Kind.UNKNOWN,
    ),
    ("postmark", postmark_event("NewOne", "ChangedAt"), Kind.UNKNOWN),
    ("resend", resend_event("email.sent"), Kind.SENT),
    ("resend", resend_event("email.delivered"), Kind.DELIVERED),
    ("resend", resend_event("email.delivery_delayed"), Kind.DEFERRED),
    (
        "resend",
        resend_event("email.bounced", bounce={"message": "No such user", "type": "Permanent"}),
        Kind.BOUNCED,
    ),
    (
        "resend",
        resend_event("email.bounced", bounce={"message": "Full", "type": "Transient"}),
        Kind.SOFT_BOUNCED,
    ),
    ("resend", resend_event("email.complained"), Kind.COMPLAINED),
    ("resend", resend_event("email.failed", failed={"reason": "quota"}), Kind.REJECTED),
    ("resend", resend_event("email.suppressed"), Kind.REJECTED),
    (
        "resend",
        {
            "type": "contact.updated",
            "created_at": ISO,
            "data": {"email": ADA, "unsubscribed": True},
        },
        Kind.UNSUBSCRIBED,
    ),
    ("resend", resend_event("email.opened"), Kind.UNKNOWN),
    (
        "mailchimp",
        mailchimp_event("unsubscribe", action="unsub", reason="manual"),
        Kind.UNSUBSCRIBED,
    ),
    (
        "mailchimp",
        mailchimp_event("unsubscribe", action="unsub", reason="abuse"),
        Kind.COMPLAINED,
    ),
    ("mailchimp", mailchimp_event("cleaned", reason="hard"), Kind.BOUNCED),
    ("mailchimp", mailchimp_event("cleaned", reason="abuse"), Kind.COMPLAINED),
    ("mailchimp", mailchimp_event("upemail", new_email="b@example.org"), Kind.UNKNOWN),
]


def signed(name, item, **options):
    """The call that tells it."""
    return SIGN[name](name, json.dumps(item).encode(), **options)


def spoiled(call):
    """The same call with one byte more, or with another secret where nothing is signed."""
    if "Authorization" in call.headers:
        return replace(call, headers={**call.headers, "Authorization": "Bearer another-secret"})
    return replace(call, body=call.body + b" ")
