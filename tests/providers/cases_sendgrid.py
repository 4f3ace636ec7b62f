"""SendGrid, by its description, version 1.0.0, and its pages on its webhooks."""

import json
import time
from base64 import b64encode
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from portal.providers.errors import Busy, Denied, Refused, TryLater
from portal.providers.sendgrid.events import SIGNATURE, TIMESTAMP
from portal.providers.values import (
    Address,
    EventKind,
    Finding,
    HookCall,
    InboundAttachment,
)

from .fake_sendgrid import LIST, OTHER, PRIVATE, PUBLIC_KEY, key_of
from .ours import API_KEY, AT, EMAIL, HEADERS, KEY, SECONDS, SECRET, SITE, ZOE, hook_url

# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET, "webhook_key": PUBLIC_KEY}
BAD_SETTINGS = [
    *(({"list_id": one}, "SENDGRID_LIST_ID") for one in ("a/b", "a b", "x" * 37, "é")),
    *(({"webhook_key": one}, "SENDGRID_WEBHOOK_KEY") for one in ("no key", "bm8=", SECRET)),
]
OTHER_LIST = "another"
SECRETS_IN, ANOTHER = "webhook_key", key_of(OTHER)  # what its events are signed with
MADE_THERE = "webhook_key"
SHOWN = {"authorization": f"Bearer {API_KEY}"}
USUAL = {
    "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
    "tracking_settings": {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False}, "subscription_tracking": {"enable": False},
    },
}
GLOBAL = "/v3/asm/suppressions/global"
SEARCH = {"POST /v3/marketing/contacts/search/emails": {"emails": [ZOE]}}
FIELDS = {"GET /v3/marketing/field_definitions": {}}
PUT = {"PUT /v3/marketing/contacts": {
    "list_ids": [LIST],
    "contacts": [{
        "email": ZOE, "first_name": "Zoë Müller",
        "custom_fields": {
            "w1_T": "walking,swimming", "w2_T": "easy-read",
            "w3_T": "https://example.com/p/abc",
        },
    }],
}}
HOOKS = "/v3/user/webhooks"
WANTED = (
    *("processed", "deferred", "delivered", "bounce", "dropped"),
    *("spam_report", "unsubscribe", "group_unsubscribe"),
)
CALLS = {
    "send": {"POST /v3/mail/send": {
        **USUAL,
        "personalizations": [
            {"to": [{"email": ZOE, "name": "Zoë Müller, Leeds"}], "custom_args": {"key": KEY}}
        ],
        "from": {"email": "hello@example.com", "name": "Get Yourself Active"},
        "reply_to": {"email": "team@example.com", "name": "The media team"},
        "subject": EMAIL.subject,
        "content": [
            {"type": "text/plain", "value": EMAIL.text},
            {"type": "text/html", "value": EMAIL.html},
        ],
        "headers": HEADERS, "categories": ["confirm_signup"],
        "attachments": [{
            "filename": "zoë.png", "content": "aGVsbG8=", "type": "image/png",
            "disposition": "attachment",
        }],
    }},
    "upsert": {f"DELETE {GLOBAL}/zoe%40example.org": {}, **FIELDS, **PUT},
    "upsert_many": {"GET /v3/suppression/unsubscribes?limit=500&offset=0": {}, **FIELDS, **PUT},
    "unsubscribe": {f"POST {GLOBAL}": {"recipient_emails": [ZOE]}},
    "erase": {
        **SEARCH, "DELETE /v3/marketing/contacts?ids=id%200": {},
        f"DELETE {GLOBAL}/zoe%40example.org": {},
        "DELETE /v3/suppression/bounces/zoe%40example.org": {},
        "DELETE /v3/suppression/spam_reports/zoe%40example.org": {},
        "POST /v3/recipients/erasejob": {"email_addresses": [ZOE]},
    },
    "lookup": {**SEARCH, f"GET {GLOBAL}/zoe%40example.org": {}},
    "install_hooks": {
        f"POST {HOOKS}/event/settings": {
            "url": SITE.events_url, "enabled": True, "friendly_name": "Portal",
            **dict.fromkeys(WANTED, True), "open": False, "click": False,
        },
        f"PATCH {HOOKS}/event/settings/signed/0": {"enabled": True},
        f"POST {HOOKS}/parse/settings": {
            "hostname": "in.example.com",
            "url": SITE.inbound_url.replace("://", f"://portal:{SECRET.replace('=', '%3D')}@"),
            "spam_check": False, "send_raw": True,
        },
    },
}

LEFT_OUT = {"name", "reply_to", "headers", "categories", "attachments", "filename", "disposition",
            *HEADERS}
NAMED = {"send": "id-1", "upsert": "job-1", "upsert_many": "job-1"}
ANSWERS = [
    *(
        ("send", status, {"errors": [{"message": said, "field": "from.email"}]}, error, words)
        for status, said, error, words in (
            (401, "Maximum credits exceeded", Denied, "account and its plan"),
            (401, "The grant is invalid", Denied, "grant is invalid.*SENDGRID_API_KEY"),
            (403, "The from address is no verified Sender Identity", Denied, "MAIL_FROM"),
            (403, "access forbidden", Denied, "SENDGRID_API_KEY"),
            (400, "Does not contain a valid address.", Refused, "from.email Does not contain"),
            (413, "The mail is too large", Refused, "413"),
            (429, "too many requests", Busy, "429"),
            (500, "server error", TryLater, "500"),
        )
    ),
    ("lookup", 200, {"result": []}, TryLater, "cannot read"),
]
SANDBOX = {"mail_settings": {"sandbox_mode": {"enable": True}}}


def event(name, **more):
    """What SendGrid tells of a mail."""
    return {
        "email": "ada@example.org", "timestamp": SECONDS,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "event": name,
        "category": ["confirm_signup"], "sg_event_id": f"event-{name}-{more.get('type', '')}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "key": KEY, **more,
    }


TOLD = {"key": KEY, "message_id": "14c5d75ce93.dfd.64b469", "at": AT}
EVENTS = [
    (event("processed"), EventKind.QUEUED, {"id": "event-processed-"}),
    (event("deferred", response="400 later"), EventKind.DEFERRED, {"reason": "400 later"}),
    (event("delivered", response="250 OK"), EventKind.DELIVERED, {"reason": "250 OK"}),
    (event("bounce", reason="500", type="bounce"), EventKind.BOUNCED, {"reason": "500"}),
    (event("bounce", reason="421", type="blocked"), EventKind.SOFT_BOUNCED, {"reason": "421"}),
    (event("dropped", reason="Bounced"), EventKind.REJECTED, {"reason": "Bounced"}),
    (event("spamreport"), EventKind.COMPLAINED, {}),
    (event("unsubscribe"), EventKind.UNSUBSCRIBED, {}),
    (event("group_resubscribe", asm_group_id=10), EventKind.UNKNOWN, {}),
    (event("open") | {"sg_event_id": ""}, EventKind.UNKNOWN, {}),
    # An event names a mail as the receipt did, whatever was added to it meanwhile.
    *(
        (event("click", type=str(n), sg_message_id=told), EventKind.UNKNOWN, {"message_id": taken})
        for n, (told, taken) in enumerate(
            (("w3eZxqXfQ4K.recvd-5d5c6d9-abc-1-61234-4.0", "w3eZxqXfQ4K"),
             ("14c5.dfd.64b", "14c5.dfd.64b"), (None, ""))
        )
    ),
]


def sign(body, what="events", secret=PRIVATE, at=None):
    """A call as SendGrid signs it: with its own key, over the moment and the raw body."""
    private = secret if isinstance(secret, ec.EllipticCurvePrivateKey) else OTHER
    stamp = str(int(time.time()) if at is None else at).partition(".")[0]
    signature = private.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
    headers = {
        SIGNATURE: b64encode(signature).decode(),
        TIMESTAMP: stamp,
        "Content-Type": "application/json",
    }
    return HookCall(hook_url(what), headers, {}, body)


def wrong(call):
    """What is not rightly signed."""
    for name, value in (
        (SIGNATURE, "bm8="),
        (SIGNATURE, "no base64"),
        (TIMESTAMP, "0"),
        (TIMESTAMP, "\u0663"),
    ):
        yield replace(call, headers={**call.headers, name: value})
    yield sign(call.body, at="")


BOUNDARY = "xYzZY"
RAW_MAIL = (
    b"From: Grace Hopper <grace@example.org>\r\nTo: reply@in.example.org\r\n"
    b"Subject: Re: Is the pool warm?\r\nMessage-ID: <a@example.org>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYes, ple\xc3\xa4se.\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=lake.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
)
ENVELOPE = b'{"to": ["reply+1-x@in.example.org"], "from": "grace@example.org"}'


def form(*fields, secret=SECRET):
    """A call of the inbound parse: fields are (name, content) or (name, content, file name)."""
    parts = []
    for name, content, *file_name in fields:
        named = f'; filename="{file_name[0]}"' if file_name else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    password = b64encode(f"portal:{secret}".encode()).decode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Authorization": f"Basic {password}",
    }
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return HookCall(SITE.inbound_url, headers, {}, body)


def raw_form(**more):
    """A mail that is handed on whole."""
    return form(("email", RAW_MAIL), ("envelope", ENVELOPE), **more)


def parsed_form(text=b"Yes, ple\xe4se.", charset="iso-8859-1"):
    """A mail that is handed on in parts."""
    return form(
        ("headers", RAW_MAIL.partition(b"\r\n\r\n")[0]),
        ("from", b"Grace Hopper <grace@example.org>"),
        ("to", b"reply@in.example.org"),
        ("subject", b"Re: Is the pool warm?"),
        ("text", text),
        ("html", b"<p>Yes</p>"),
        ("envelope", ENVELOPE),
        ("charsets", json.dumps({"text": charset, "subject": "UTF-8"}).encode()),
        ("attachments", b"1"),
        ("attachment-info", b'{"attachment1": {"filename": "lake.png"}}'),
        ("attachment1", b"hello", "lake.png"),
    )


READ = {
    "sender": Address("grace@example.org", "Grace Hopper"),
    "recipients": ("reply@in.example.org", "reply+1-x@in.example.org"),
    "subject": "Re: Is the pool warm?", "message_id": "<a@example.org>",
    "attachments": (InboundAttachment("lake.png", b"hello"),),
}
MAILS = [
    (raw_form(), {**READ, "text": "Yes, pleäse."}),
    (parsed_form(), {**READ, "text": "Yes, pleäse.", "html": "<p>Yes</p>"}),
    (form(("from", b"Zo\xc3\xab <zoe@example.org>"), ("to", b"a@b.example, Y <c@d.example>")),
     {"sender": Address(ZOE, "Zoë"), "recipients": ("a@b.example", "c@d.example")}),
    # A charset that nobody knows loses no mail.
    *(
        (parsed_form("Zoë".encode(), charset), {**READ, "text": "Zoë"})
        for charset in ("no-such-charset", "", 7, None, "hex", "\0")
    ),
]
NO_MAILS = [form(), form(("spam_score", b"1")), replace(sign(b"[]"), url=SITE.inbound_url)]

RIGHT = [
    Finding("The key works."),
    Finding(
        "Look at “Sender Authentication” whether hello@example.com or its domain is verified.",
        ok=None,
    ),
    Finding("Subscribers go on the list “Newsletter”."),
    Finding("Contacts have all that we keep of a choice."),
    Finding("The webhook for events is there, and signed."),
    Finding("Mail to in.example.com is handed on."),
]
ELSEWHERE = {"url": "https://elsewhere.example/"}
BROKEN = [
    *(
        (lambda fake, to=to: fake.hooks[0].update(to), "off, or tells too little or too", True)
        for to in ({"bounce": False}, {"enabled": False}, {"click": True})
    ),
    (lambda fake: fake.hooks.clear(), "The webhook for events is missing", True),
    (lambda fake: fake.parse["in.example.com"].update(ELSEWHERE), "is not handed on", True),
]
MISFIT = [
    ({"list_id": "gone"}, "SENDGRID_LIST_ID"),
    ({"webhook_key": ""}, "SENDGRID_WEBHOOK_KEY is not the key of the webhook"),
]
