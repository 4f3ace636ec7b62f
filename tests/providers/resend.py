"""Resend, by its description, version 1.5.0, its Node library and its pages."""

import hashlib
import hmac
import uuid
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from urllib.parse import quote

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain, UsedUp
from portal.providers.values import EventKind

from .campaigns import resend as campaigns
from .campaigns.resend import FakeResendCampaigns
from .fake import hook_is
from .ours import API_KEY, AT, CHOSEN, EMAIL, HEADERS, ISO, KEY, OTHER_KEY, SECRET, SITE
from .theirs import called, with_headers

SEGMENT = "5d5c8a3c-0f0e-4c0f-8a55-6a4ec5e4f0aa"


def at(name):
    """Where a file can be got, for an hour."""
    return {"download_url": f"https://files.test/files/{quote(name, safe='')}", "expires_at": ISO}


class FakeResend(FakeResendCampaigns):
    """Takes mails and contacts; `received` are mails that came in, by id.

    `files` are what lies outside the API, which is never shown a key.
    `suppressed` are addresses that it does not mail.
    """

    other_id = str(uuid.UUID(int=1))

    def begin(self):
        self.received, self.files, self.suppressed = {}, {}, set()

    def shows_key(self, call):
        return super().shows_key(call) is not call["path"].startswith("/files/")

    def key_of(self, call):
        return call["headers"].get("idempotency-key", "")

    def complaint(self, status, code, words):
        names = {401: "invalid_api_key", 429: "rate_limit_exceeded", 400: "validation_error"}
        return {"statusCode": status, "name": names.get(status, code), "message": words}

    def acts(self):
        made = {"status": "enabled", "signing_secret": SECRET, "id": str(uuid.UUID(int=0))}
        return {
            f"GET /segments/{SEGMENT}": lambda _: {"id": SEGMENT, "name": "The newsletter"},
            **self.campaign_acts(),
            "GET /webhooks": lambda _: {"has_more": False, "data": self.hooks},
            "POST /webhooks": self.add_to(self.hooks, **made),
            "GET /webhooks/*": lambda _, __: self.hooks[0],
            "PATCH|DELETE /webhooks/*": self.change_in(self.hooks),
            "GET /contact-properties": lambda _: {"has_more": False, "data": self.fields},
            "POST /contact-properties": self.add_to(self.fields),
            "POST /emails": self._send,
            "POST /emails/batch": self._send_many,
            "GET /emails/receiving/*": lambda _, name: self.received.get(name, self.gone()),
            "GET /emails/receiving/*/attachments/*": lambda _, __, name: at(name),
            "GET /files/*": lambda _, name: self.files.get(name, self.gone()),
            "GET /contacts": self._page,
            "POST /contacts": self._add,
            "GET|PATCH|DELETE /contacts/*": self.contact,
            "GET /contacts/*/segments": self._segments,
            "POST /contacts/*/segments/*": self._segments,
            "GET /suppressions": lambda call: self.rows(call, self._suppressed),
            "GET|DELETE /suppressions/*": self._suppression,
        }

    def _send(self, call):
        key, body = self.key_of(call), call["body"]
        name, before = self.keys.setdefault(key, (str(uuid.uuid4()), body))
        if before != body:
            return 409, {"name": "invalid_idempotent_request", "message": "Another mail had it"}
        self.mails += [{**body, "id": name}] * all(one["id"] != name for one in self.mails)
        return {"id": name}

    def _send_many(self, call):
        key, new = self.key_of(call), [{**one, "id": str(uuid.uuid4())} for one in call["body"]]
        if key not in self.keys:
            self.keys[key] = [one["id"] for one in new], None
            self.mails += new
        return {"data": [{"id": one} for one in self.keys[key][0]]}

    def _add(self, call):
        new = {"id": str(uuid.uuid4()), "segments": [], **call["body"]}
        if {*new["segments"]} - {*self.audiences, SEGMENT}:
            return self.gone()
        self.contacts[new["email"].lower()] = new
        return 201, {}

    def _page(self, call):
        wanted = call["query"].get("segment_id")
        if wanted not in {None, SEGMENT, OTHER_LIST, *self.audiences}:
            return self.gone()
        found = [one for one in self.contacts.values() if wanted in (None, *one["segments"])]
        return self.rows(call, found)

    def _segments(self, call, email, *name):
        if email.lower() not in self.contacts or {*name} - {*self.audiences, SEGMENT, OTHER_LIST}:
            return self.gone()
        segments = self.contacts[email.lower()]["segments"]
        segments += {*name} - {*segments}
        return {"has_more": False, "data": [{"id": one} for one in segments]}

    @property
    def _suppressed(self):
        return [{"id": one, "email": one} for one in sorted(self.suppressed)]

    def _suppression(self, call, email):
        if email not in self.suppressed:
            return self.gone()
        if call["method"] == "DELETE":
            self.suppressed.remove(email)
        return {"object": "suppression", "email": email}


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"list_id": SEGMENT, "webhook_secret": SECRET}
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
WRITTEN = {
    "from": '"Get Yourself Active" <hello@example.com>',
    "to": ['"Zoë Müller, Leeds" <zoe@example.org>'],
    "reply_to": ['"The media team" <team@example.com>'], "subject": EMAIL.subject,
    "text": EMAIL.text, "html": EMAIL.html, "headers": HEADERS,
    "tags": [{"name": "key", "value": KEY}, {"name": "mail", "value": "confirm_signup"}],
    "attachments": [
        {"filename": "zoë.png", "content": "aGVsbG8=", "content_type": "image/png"}
    ],
}
BARE_ONE = {
    "from": "b@example.com", "to": ["a@example.org"], "subject": "Hi", "text": "Hi",
    "tags": [{"name": "key", "value": OTHER_KEY}],
}
CALLS = campaigns.CALLS | {
    "send": {"POST /emails": WRITTEN},
    "send_many": {"POST /emails/batch": [WRITTEN, BARE_ONE]},
    "upsert": {
        f"PATCH {ZOE}": PERSON, "POST /contacts": {"email": "zoe@example.org", **PERSON},
        f"POST {ZOE}/segments/{SEGMENT}": {}, SUPPRESSION: {},
    },
    "unsubscribe": {f"PATCH {ZOE}": {"unsubscribed": True}},
    "erase": {f"DELETE {ZOE}": {}, SUPPRESSION: {}},
    "lookup": {
        f"GET {ZOE}": {}, f"GET {ZOE}/segments?limit=100": {},
        "GET /suppressions/zoe%40example.org": {},
    },
    "everyone": {f"GET /contacts?limit=100&segment_id={SEGMENT}": {}},
    "who_left": {"GET /contacts?limit=100": {}, "GET /suppressions?limit=100": {}},
    "install_hooks": [
        *(("POST /contact-properties", {"key": name, "type": "string"}) for name in CHOSEN),
        ("POST /webhooks", {"endpoint": SITE.events_url, "events": WANTED}),
    ],
}
MANY = 150, 500

# What is said of the two mails of a call, and what became of them.
FATES = [(200, {"data": [{"id": "1"}, {}]}, ["1", Uncertain])]
ANSWERS = [
    ("send_many", 200, {"data": [{"id": "1"}]}, Uncertain, "cannot read"),
    ("create_audience", 201, {"id": ""}, Uncertain, "cannot read"),
    ("create_campaign", 201, {}, Uncertain, "cannot read"),
    ("count_audience", 200, {"has_more": False}, TryLater, "cannot read"),
    ("read_campaign", 200, {"segment_id": "1"}, TryLater, "cannot read"),
    ("read_campaign", 404, {"name": "not_found"}, Refused, "not_found"),
    ("send_campaign", 404, {"name": "not_found"}, Uncertain, "not_found"),
    ("send_many", 422, {"name": "validation_error", "message": "No such to"}, Refused, "No such"),
    *(
        ("send", status, {"name": name, "message": "In words."}, error, f"{status}: {name} In wor")
        for error, answers in {
            Denied: [
                (401, "missing_api_key"), (401, "restricted_api_key"), (403, "invalid_api_key"),
                (403, "validation_error"),  # the domain of the sender is not verified
                (422, "invalid_from_address"),
            ],
            Refused: [
                (400, "invalid_idempotency_key"), (400, "validation_error"),
                (422, "missing_required_field"), (422, "invalid_attachment"),
                (451, "security_error"),
            ],
            Busy: [(429, "rate_limit_exceeded")],
            TryLater: [
                (500, "application_error"), (409, "concurrent_idempotent_requests"),
                (409, "resource_locked"),
            ],
            UsedUp: [(429, "daily_quota_exceeded"), (403, "email_above_quota")],
        }.items()
        for status, name in answers
    ),
    *(
        ("upsert", status, {"name": "validation_error", "message": "API key is invalid"}, Denied,
         "RESEND_API_KEY")
        for status in (400, 401)
    ),
    ("lookup", 200, {"unsubscribed": "no"}, TryLater, "cannot read"),
    ("fetch_mail", 404, {}, Refused, ""),
    ("fetch_mail", 200, [], TryLater, ""),
]


def event(kind, **data):
    """What Resend tells of a mail."""
    return {"type": kind, "created_at": ISO, "data": {
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "to": ["ada@example.org"],
        "tags": {"key": KEY, "mail": "confirm_signup"}, **data,
    }}


def of_contact(kind, **data):
    """What Resend tells of an address."""
    return {"type": kind, "created_at": ISO, "data": {"email": "ada@example.org", **data}}


TOLD = {"key": KEY, "message_id": "56761188-7520-42d8-8898-ff6fc54ce618", "at": AT}
NO_MAIL = {"key": "", "message_id": ""}
NOTHING = {**NO_MAIL, "address": "", "at": None}
EVENTS = [
    (event("email.sent"), EventKind.SENT, {}),
    (event("email.delivered"), EventKind.DELIVERED, {}),
    (event("email.delivery_delayed"), EventKind.DEFERRED, {}),
    *(
        (event("email.bounced", bounce=bounce), kind, {"reason": reason})
        for bounce, kind, reason in (
            ({"type": "Permanent", "message": "No such user"}, EventKind.BOUNCED, "No such user"),
            ({"type": "Transient", "subType": "MailboxFull"}, EventKind.SOFT_BOUNCED, ""),
            ({"type": "Undetermined"}, EventKind.SOFT_BOUNCED, ""),
            *(
                ({"type": "Transient", "subType": why, "message": why}, EventKind.REJECTED, why)
                for why in ("MessageTooLarge", "ContentRejected", "AttachmentRejected")
            ),
            ({}, EventKind.BOUNCED, ""),
        )
    ),
    (event("email.complained"), EventKind.COMPLAINED, {}),
    (event("email.failed", failed={"reason": "quota"}), EventKind.REJECTED, {"reason": "quota"}),
    (event("email.suppressed", suppressed={"message": "On the list"}), EventKind.REJECTED,
     {"reason": "On the list"}),
    *(
        (of_contact("suppression.added", origin=origin), kind, {**NO_MAIL, "reason": origin or ""})
        for origin, kind in (
            ("bounce", EventKind.BOUNCED), ("complaint", EventKind.COMPLAINED),
            ("manual", EventKind.UNSUBSCRIBED), ("a new one", EventKind.UNKNOWN),
            (None, EventKind.UNKNOWN),
        )
    ),
    (of_contact("contact.updated", unsubscribed=True), EventKind.UNSUBSCRIBED, NO_MAIL),
    *(
        (of_contact(kind, unsubscribed=is_out), EventKind.UNKNOWN, NO_MAIL)
        for kind, is_out in (
            ("contact.updated", False), ("contact.updated", "true"), ("contact.created", True),
            ("contact.deleted", True), ("suppression.removed", None),
        )
    ),
    ({"type": "domain.updated", "data": {"name": "example.com"}}, EventKind.UNKNOWN, NOTHING),
    # Our key comes back in the tags, whichever way they come.
    *(
        (event("email.opened", tags=tags), EventKind.UNKNOWN, {"key": key})
        for tags, key in (
            ([{"name": "mail", "value": "welcome"}, {"name": "key", "value": KEY}], KEY),
        )
    ),
    # Of a mail that came in only the id is told, and nothing of it kept.
    (event("email.received", email_id="the-id"), EventKind.INBOUND,
     {"key": "", "address": "", "message_id": "the-id", "original": {}}),
]
BATCHES = False
BAD_EXAMPLES = {"send_many"}


def sign(body, what="events", secret=SECRET, at=None, mark=None):
    """A call as Svix signs it (Standard Webhooks, "Signature scheme")."""
    stamp = str(int(at or datetime.now(UTC).timestamp()))
    mark = mark or f"msg_{hashlib.sha256(body).hexdigest()[:20]}"
    signed = b".".join([mark.encode(), stamp.encode(), body])
    key = b64decode(secret.removeprefix("whsec_"))
    digest = b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return called(what, body, svix_id=mark, svix_timestamp=stamp, svix_signature=f"v1,{digest}")


def also_right(call):
    """Of several signatures one has to be right."""
    given = f"v2,xyz v1,{b64encode(b'another').decode()} {call.headers['svix-signature']}"
    yield with_headers(call, svix_signature=given)


def wrong(call):
    """What is not rightly signed."""
    for name, value in (
        ("svix_id", "msg_other"), ("svix_id", ""), ("svix_timestamp", "1700000000"),
        ("svix_timestamp", ""), ("svix_signature", "v1,"),
        ("svix_signature", call.headers["svix-signature"].replace("v1,", "v2,")),
    ):
        yield with_headers(call, **{name: value})


RECEIVED = {
    "from": "Grace Hopper <grace@example.org>", "to": ["team@example.com"], "cc": None,
    "subject": "Re: Is the pool warm?", "text": "Yes, pleäse.\n", "html": "<p>Yes</p>",
    "message_id": "<a@example.org>", "headers": {"delivered-to": "reply@in.example.org"},
    "attachments": [{"id": "f/1", "filename": "lake.png", "size": 4}, {"filename": None}],
}
RIGHT = (
    "The key works. Look at “Domains” whether the domain of hello@example.com is verified, and "
    "whether it tracks neither opens nor clicks. Look at “Domains” whether in.example.com "
    "receives mail. Subscribers go into the segment “The newsletter”. Contacts have all that we "
    "keep of a choice. The webhook is there, and signed."
)
BROKEN = [
    (hook_is(status="disabled"), "The webhook is off", True),
    (hook_is(events=None), "does not tell of email.sent", True),
    (hook_is(events=[*WANTED, "email.opened"]), "tells of opens or clicks", True),
    (lambda fake: fake.hooks.clear(), "The webhook is missing", True),
    (lambda fake: fake.fields.pop(), "Contacts lack preferences_url", True),
]
MISFIT = [
    ({"webhook_secret": "whsec_" + "b" * 24},
     "RESEND_WEBHOOK_SECRET does not hold the secret of the webhook."),
    ({"list_id": "0123"}, "RESEND_LIST_ID"),
]
