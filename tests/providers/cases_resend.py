"""Resend, by its description, version 1.5.0, its Node library and its pages."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime

from portal.providers.errors import Busy, Denied, Refused, TryLater
from portal.providers.values import EventKind, Finding, HookCall

from .fake_resend import SEGMENT
from .ours import API_KEY, AT, CHOSEN, EMAIL, HEADERS, ISO, KEY, SECRET, SITE, hook_url

# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET}
MADE_THERE = "webhook_secret"
SHOWN = {"authorization": f"Bearer {API_KEY}"}
OTHER_LIST = "another"
ZOE = "/contacts/zoe%40example.org"
SUPPRESSION = "DELETE /suppressions/zoe%40example.org"
PERSON = {"first_name": "Zoë Müller", "unsubscribed": False, "properties": CHOSEN}
WANTED = [
    *("email.sent", "email.delivered", "email.delivery_delayed", "email.bounced"),
    *("email.complained", "email.failed", "email.suppressed", "email.received"),
    *("contact.updated", "suppression.added"),
]
CALLS = {
    "send": {"POST /emails": {
        "from": '"Get Yourself Active" <hello@example.com>',
        "to": ['"Zoë Müller, Leeds" <zoe@example.org>'],
        "reply_to": ['"The media team" <team@example.com>'], "subject": EMAIL.subject,
        "text": EMAIL.text, "html": EMAIL.html, "headers": HEADERS,
        "tags": [{"name": "key", "value": KEY}, {"name": "mail", "value": "confirm_signup"}],
        "attachments": [
            {"filename": "zoë.png", "content": "aGVsbG8=", "content_type": "image/png"}
        ],
    }},
    "upsert": {
        f"PATCH {ZOE}": PERSON, "POST /contacts": {"email": "zoe@example.org", **PERSON},
        f"POST {ZOE}/segments/{SEGMENT}": {},
        SUPPRESSION: {},
    },
    "unsubscribe": {f"PATCH {ZOE}": {"unsubscribed": True}},
    "erase": {f"DELETE {ZOE}": {}, SUPPRESSION: {}},
    "lookup": {
        f"GET {ZOE}": {}, f"GET {ZOE}/segments?limit=100": {},
        "GET /suppressions/zoe%40example.org": {},
    },
    "everyone": {f"GET /contacts?limit=100&segment_id={SEGMENT}": {}},
    "install_hooks": [
        *(("POST /contact-properties", {"key": name, "type": "string"}) for name in CHOSEN),
        ("POST /webhooks", {"endpoint": SITE.events_url, "events": WANTED}),
    ],
}
MANY = 150, 500

LEFT_OUT = {"reply_to", "headers", "attachments", "filename", "content", "content_type", *HEADERS}
ANSWERS = [
    *(
        ("send", status, {"name": name, "message": "In words."}, error, f"{status}: {name} In wor")
        for status, name, error in (
            (401, "missing_api_key", Denied),
            (401, "restricted_api_key", Denied),
            (403, "invalid_api_key", Denied),
            (403, "validation_error", Denied),  # the domain of the sender is not verified
            (422, "invalid_from_address", Denied),
            (400, "invalid_idempotency_key", Refused),
            (400, "validation_error", Refused),
            (422, "missing_required_field", Refused),
            (422, "invalid_attachment", Refused),
            (451, "security_error", Refused),
            (429, "rate_limit_exceeded", Busy),
            (500, "application_error", TryLater),
            (409, "concurrent_idempotent_requests", TryLater),
        )
    ),
    ("lookup", 200, {"unsubscribed": "no"}, TryLater, "cannot read"),
]


def event(kind, **data):
    """What Resend tells of a mail."""
    return {
        "type": kind, "created_at": ISO,
        "data": {
            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "from": "Get Yourself Active <hello@example.com>", "to": ["ada@example.org"],
            "subject": "Confirm your address", "tags": {"key": KEY, "mail": "confirm_signup"},
            **data,
        },
    }


def of_contact(kind, **data):
    """What Resend tells of an address."""
    return {"type": kind, "created_at": ISO, "data": {"email": "ada@example.org", **data}}


TOLD = {"key": KEY, "message_id": "56761188-7520-42d8-8898-ff6fc54ce618", "at": AT}
NO_MAIL = {"key": "", "message_id": ""}
NOTHING = {**NO_MAIL, "address": "", "at": None}
EVENTS = [
    (event("email.sent"), EventKind.SENT, {}),
    (event("email.sent", bounce="odd"), EventKind.SENT, {}),
    (event("email.delivered"), EventKind.DELIVERED, {}),
    (event("email.delivery_delayed"), EventKind.DEFERRED, {}),
    *(
        (event("email.bounced", bounce=bounce), kind, {"reason": reason})
        for bounce, kind, reason in (
            ({"type": "Permanent", "message": "No such user"}, EventKind.BOUNCED, "No such user"),
            ({"type": "Transient", "subType": "MailboxFull"}, EventKind.SOFT_BOUNCED, ""),
            ({"type": "Undetermined"}, EventKind.SOFT_BOUNCED, ""),
            ({"type": ["odd"]}, EventKind.BOUNCED, ""),
            ({}, EventKind.BOUNCED, ""),
            (None, EventKind.BOUNCED, ""),
        )
    ),
    (event("email.complained"), EventKind.COMPLAINED, {}),
    (event("email.failed", failed={"reason": "quota"}), EventKind.REJECTED, {"reason": "quota"}),
    (event("email.suppressed", suppressed={"message": "On the list"}), EventKind.REJECTED,
     {"reason": "On the list"}),
    *(
        (of_contact("suppression.added", origin=origin), kind, {**NO_MAIL, "reason": origin or ""})
        for origin, kind in (
            ("bounce", EventKind.BOUNCED),
            ("complaint", EventKind.COMPLAINED),
            ("manual", EventKind.UNSUBSCRIBED),
            ("a new one", EventKind.UNKNOWN),
            (None, EventKind.UNKNOWN),
        )
    ),
    (of_contact("contact.updated", unsubscribed=True), EventKind.UNSUBSCRIBED, NO_MAIL),
    *(
        (of_contact(kind, unsubscribed=is_out), EventKind.UNKNOWN, NO_MAIL)
        for kind, is_out in (
            ("contact.updated", False),
            ("contact.updated", "true"),
            ("contact.created", True),
            ("contact.deleted", True),
            ("suppression.removed", None),
        )
    ),
    ({"type": "domain.updated", "data": {"name": "example.com"}}, EventKind.UNKNOWN, NOTHING),
    ({"type": None}, EventKind.UNKNOWN, NOTHING),
    ({}, EventKind.UNKNOWN, NOTHING),
    # Our key comes back in the tags, whichever way they come.
    *(
        (event("email.opened", tags=tags), EventKind.UNKNOWN, {"key": key})
        for tags, key in (
            ([{"name": "mail", "value": "welcome"}, {"name": "key", "value": KEY}], KEY),
            ([{"name": "mail", "value": "welcome"}, "odd"], ""),
            ("odd", ""),
            (None, ""),
        )
    ),
    # Of a mail that came in only the id is told, and nothing of it kept.
    (event("email.received", email_id="the-id"), EventKind.INBOUND,
     {"key": "", "address": "", "message_id": "the-id", "original": {}}),
]
BATCHES = False


def sign(body, what="events", secret=SECRET, at=None, mark=None):
    """A call as Svix signs it (Standard Webhooks, "Signature scheme")."""
    stamp = str(int(at or datetime.now(UTC).timestamp()))
    mark = mark or f"msg_{hashlib.sha256(body).hexdigest()[:20]}"
    signed = b".".join([mark.encode(), stamp.encode(), body])
    key = b64decode(secret.removeprefix("whsec_"))
    digest = b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    headers = {"svix-id": mark, "svix-timestamp": stamp, "svix-signature": f"v1,{digest}"}
    return HookCall(hook_url(what), {"Content-Type": "application/json", **headers}, {}, body)


def also_right(call):
    """Of several signatures one has to be right."""
    given = f"v2,xyz v1,{b64encode(b'another').decode()} {call.headers['svix-signature']}"
    yield replace(call, headers={**call.headers, "svix-signature": given})


def wrong(call):
    """What is not rightly signed."""
    for name, value in (
        ("svix-id", "msg_other"),
        ("svix-id", ""),
        ("svix-timestamp", "1700000000"),
        ("svix-timestamp", ""),
        ("svix-signature", "v1,"),
        ("svix-signature", call.headers["svix-signature"].replace("v1,", "v2,")),
    ):
        yield replace(call, headers={**call.headers, name: value})


RIGHT = [
    Finding("The key works."),
    Finding(
        "Look at “Domains” whether the domain of hello@example.com is verified, "
        "and whether it tracks neither opens nor clicks.",
        ok=None,
    ),
    Finding("Look at “Domains” whether in.example.com receives mail.", ok=None),
    Finding("Subscribers go into the segment “The newsletter”."),
    Finding("Contacts have all that we keep of a choice."),
    Finding("The webhook is there, and signed."),
]
BROKEN = [
    *(
        (lambda fake, to=to: fake.hooks[0].update(to), "off, or tells too little or too much", True)
        for to in (
            {"status": "disabled"},
            {"events": None},
            {"events": ["email.sent"]},
            {"events": [*WANTED, "email.opened"]},
        )
    ),
    (lambda fake: fake.hooks.clear(), "The webhook is missing", True),
    (lambda fake: fake.fields.pop(), "Contacts lack preferences_url", True),
]
MISFIT = [
    ({"webhook_secret": "whsec_" + "b" * 24},
     "RESEND_WEBHOOK_SECRET is not the secret of the webhook."),
    ({"list_id": "0123"}, "RESEND_LIST_ID"),
]
