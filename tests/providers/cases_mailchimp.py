"""Mailchimp, by its description, version 3.0.55, and its page on webhooks."""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from portal.providers.errors import Busy, Denied, Refused, Suppressed, TryLater
from portal.providers.values import EventKind, Finding, HookCall

from .ours import API_KEY, AT, SECRET, SITE, ZOE, hook_url

# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET}
BAD_SETTINGS = [
    *(
        ({"api_key": key, "api_url": ""}, "MAILCHIMP_API_KEY must end with its data centre")
        for key in ("abc", "abc-", "abc-US6!", "-")
    ),
    *(({"list_id": one}, "MAILCHIMP_LIST_ID") for one in ("", "a b", "../x")),
]
SHOWN = {"authorization": f"Basic {b64encode(f'portal:{API_KEY}'.encode()).decode()}"}
MEMBER = f"/lists/abc123/members/{hashlib.md5(ZOE.encode(), usedforsecurity=False).hexdigest()}"
CHOICES = {
    "TOPICS": "walking,swimming", "FORMAT": "easy-read", "FNAME": "Zoë Müller",
    "PREFS": "https://example.com/p/abc",
}
PERSON = {"email_address": ZOE, "status": "subscribed", "merge_fields": CHOICES}
FIELDS = {"TOPICS": "Topics", "FORMAT": "Format", "FNAME": "Name", "PREFS": "Preferences link"}
CALLS = {
    "upsert": {
        f"PUT {MEMBER}?skip_merge_validation=true": {**PERSON, "status_if_new": "subscribed"}
    },
    "upsert_many": {"POST /lists/abc123?skip_merge_validation=true": {
        "members": [PERSON], "update_existing": True,
    }},
    "unsubscribe": {f"PATCH {MEMBER}": {"status": "unsubscribed"}},
    "erase": {f"POST {MEMBER}/actions/delete-permanent": {}}, "lookup": {f"GET {MEMBER}": {}},
    "everyone": {
        "GET /lists/abc123/members?count=500&offset=0&fields=members.email_address"
        "%2Cmembers.status%2Cmembers.merge_fields": {}
    },
    "install_hooks": [
        *(
            ("POST /lists/abc123/merge-fields", {"tag": tag, "name": name, "type": "text"})
            for tag, name in FIELDS.items()
        ),
        (
            "POST /lists/abc123/webhooks",
            {
                "url": f"{SITE.events_url}?secret={SECRET.replace('=', '%3D')}",
                "events": {
                    **dict.fromkeys(("subscribe", "profile", "upemail", "campaign"), False),
                    **dict.fromkeys(("unsubscribe", "cleaned"), True),
                },
                "sources": {"user": True, "admin": True, "api": False},
            },
        ),
    ],
}
MANY = 501, 500

ANSWERS = [
    ("upsert", 403, None, Busy, "403"),  # too many connections at a time: it has no body then
    ("upsert", 403, {"title": "Forbidden"}, Denied, "Forbidden"),
    ("upsert", 401, {"title": "API Key Invalid"}, Denied, "MAILCHIMP_API_KEY"),
    ("upsert", 400, {"detail": "Zoe has signed up to a lot of lists"}, TryLater, "a lot of lists"),
    ("upsert", 400, {"title": "Forgotten Email Not Subscribed"}, Suppressed, "Only the person can"),
    ("upsert", 400, {"title": "Invalid Resource", "detail": "No."}, Refused, "Invalid Resource No"),
    ("upsert", 429, {}, Busy, "429"),
    ("lookup", 200, {"email_address": ZOE}, TryLater, "cannot read"),
    *(
        ("upsert_many", 200, data, Refused, "did not say that it took all 1")
        for data in (
            {"error_count": 1, "errors": [{"email_address": ZOE, "error": "No"}]},
            {"error_count": 0, "errors": [{"error": "No"}]},
            {},
            [],
        )
    ),
]


def event(kind, **data):
    """What Mailchimp tells of a contact: the fields of a form."""
    moment = AT.strftime("%Y-%m-%d %H:%M:%S")
    fields = {"id": "8a25ff1d98", "list_id": "abc123", "email": "ada@example.org", **data}
    return {"type": kind, "fired_at": moment} | {f"data[{k}]": v for k, v in fields.items()}


TOLD = {"key": "", "message_id": "", "at": AT}
EVENTS = [
    (event("unsubscribe", reason="manual"), EventKind.UNSUBSCRIBED, {"reason": "manual"}),
    (event("unsubscribe", reason="abuse"), EventKind.COMPLAINED, {"reason": "abuse"}),
    (event("cleaned", reason="hard"), EventKind.BOUNCED, {"reason": "hard"}),
    (event("cleaned", reason="abuse"), EventKind.COMPLAINED, {"reason": "abuse"}),
    (event("upemail", new_email="b@example.org"), EventKind.UNKNOWN, {}),
]
BATCHES = False
UNREADABLE = []  # whatever a form holds is read


def sign(body, what="events", secret=SECRET, at=None):
    """A call as Mailchimp signs it: hex HMAC-SHA256 over the moment and the form."""
    stamp, form = str(int(at or datetime.now(UTC).timestamp())), urlencode(json.loads(body))
    digest = hmac.new(secret.encode(), f"{stamp}.{form}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Mailchimp-Signature": f"t={stamp},v1={digest}",
    }
    return HookCall(hook_url(what), headers, {}, form.encode())


def also_right(call):
    """It may carry our secret in its address instead, or as other providers do."""
    yield replace(call, headers={}, query={"secret": SECRET})


def wrong(call):
    """What is not rightly signed."""
    for given in ("", "t=,v1=", "v1=é"):
        yield replace(call, headers={**call.headers, "X-Mailchimp-Signature": given})


RIGHT = [
    Finding("The key works."),
    Finding("Subscribers go into the audience “The newsletter”."),
    Finding("Contacts have all that we keep of a choice."),
    Finding("The webhook is there."),
]
BROKEN = [
    (lambda fake: fake.hooks.clear(), "The webhook is missing.", True),
    (lambda fake: fake.fields.pop(), "Contacts lack PREFS", True),
]
MISFIT = [({"list_id": "0123"}, "MAILCHIMP_LIST_ID")]

BAD_EXAMPLES = {"upsert_many"}
