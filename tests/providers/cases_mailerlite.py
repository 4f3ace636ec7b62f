"""MailerLite, by its pages "Subscribers", "Groups", "Webhooks" and "Batching"."""

import hashlib
import hmac
from dataclasses import replace

from portal.providers.errors import Denied, Refused, TryLater
from portal.providers.values import EventKind, Finding, HookCall

from .fake_mailerlite import SECRET
from .ours import API_KEY, AT, CHOSEN, ISO, SITE, ZOE, hook_url

# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET}
MADE_THERE = "webhook_secret"
BAD_SETTINGS = [({"webhook_secret": SECRET[:9]}, "at least 10 characters")]
SHOWN = {"authorization": f"Bearer {API_KEY}"}
PERSON = {"email": ZOE, "status": "active", "fields": CHOSEN, "groups": ["7"]}
FIND = {"GET /subscribers/zoe%40example.org": {}}
HOOK = {
    "url": SITE.events_url,
    "events": ["subscriber.unsubscribed", "subscriber.bounced", "subscriber.spam_reported"],
    "enabled": True, "batchable": True,
}
CALLS = {
    "upsert": {"POST /subscribers": PERSON},
    "upsert_many": {
        "POST /batch": {"requests": [{"method": "POST", "path": "api/subscribers", "body": PERSON}]}
    },
    "unsubscribe": {**FIND, "PUT /subscribers/31": {"status": "unsubscribed"}},
    "erase": {**FIND, "POST /subscribers/31/forget": {}}, "lookup": FIND,
    "everyone": {"GET /subscribers?limit=100&include=groups": {}},
    "install_hooks": {"POST /webhooks": {"name": "Portal", **HOOK}},
}
MANY = 250, 500

NAMED = {"upsert": "31"}  # as receipts name what was taken
ANSWERS = [
    ("upsert", 422,
     {"message": "The data was invalid.", "errors": {"email": ["It must be an address."]}}, Refused,
     r"invalid\. It must be an address"),
    ("upsert", 401, {"message": "Unauthenticated."}, Denied, "MAILERLITE_API_KEY"),
    *(
        ("upsert_many", 200, {"responses": [{"code": 200}, {"code": code, "body": {}}]}, error, "")
        for code, error in ((422, Refused), (500, TryLater), (504, TryLater), ("x", TryLater))
    ),
    *(
        ("lookup", 200, data, TryLater, "cannot read")
        for data in ({}, {"data": []}, {"data": {"id": "1"}}, {"data": {"id": 1}})
    ),
]


def event(name, status):
    """What MailerLite tells of a contact."""
    return {
        "id": "100000000000000000", "email": "ada@example.org", "status": status, "source": "api",
        "unsubscribed_at": None, "updated_at": ISO, "fields": {"name": "Ada", "topics": "walking"},
        "event": f"subscriber.{name}", "account_id": 1,
    }


TOLD = {"key": "", "message_id": "", "at": AT}
EVENTS = [
    (event("unsubscribed", "unsubscribed"), EventKind.UNSUBSCRIBED, {}),
    (event("bounced", "bounced"), EventKind.BOUNCED, {}),
    (event("spam_reported", "junk"), EventKind.COMPLAINED, {}),
    (
        {
            "type": "subscriber.added_to_group", "subscriber": event("x", "active"),
            "group": {"id": "7", "name": "Newsletter"}, "account_id": 1,
        },
        EventKind.UNKNOWN,
        {},
    ),
]
UNREADABLE = [b"", b"no json", b"7", b'["x"]', b'{"events": 7}']


def batch(items):
    """A call of a webhook that is batchable."""
    return {"events": items, "total": len(items)}


def sign(body, what="events", secret=SECRET):
    """A call as MailerLite signs it: hex HMAC-SHA256 over the raw body."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Signature": signature, "Content-Type": "application/json"}
    return HookCall(hook_url(what), headers, {}, body)


def wrong(call):
    """What is not rightly signed."""
    yield replace(call, headers={"Signature": "é"})


RIGHT = [
    Finding("The key works."),
    Finding("Subscribers go into the group “Newsletter”."),
    Finding("See “Fields”: are there the text fields topics, format and preferences_url?", ok=None),
    Finding("The webhook is there."),
    Finding("MAILERLITE_WEBHOOK_SECRET is that of the webhook."),
]
BROKEN = [
    (lambda fake, to=to: fake.hooks[0].update(to), "The webhook is missing, or off.", True)
    for to in (
        {"enabled": False},
        {"events": []},
        {"events": 7},
        {"events": [*HOOK["events"], "campaign.open"]},
        {"url": "https://else.example"},
    )
]
MISFIT = [
    ({"list_id": "8"}, "MAILERLITE_LIST_ID"),
    ({"webhook_secret": "another-one"}, "MAILERLITE_WEBHOOK_SECRET is not that of the webhook"),
]

DESCRIPTION = "mailerlite.derived.openapi.yaml"
BAD_EXAMPLES = {"upsert_many"}
