"""Mailchimp, by its description, version 3.0.55, and its page on webhooks."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from portal.providers.errors import Busy, Denied, Refused, Suppressed, TryLater, Uncertain
from portal.providers.values import EventKind

from .campaigns import mailchimp as campaigns
from .campaigns.mailchimp import FakeMailchimpCampaigns
from .ours import API_KEY, AT, CHOSEN, SECRET, SITE, ZOE
from .theirs import basic_of, called, with_headers


class FakeMailchimp(FakeMailchimpCampaigns):
    """Takes contacts; `left` are the names of those who left by a link in a mail."""

    prefix = "/3.0"

    def begin(self):
        self.left = set()

    def complaint(self, status, code, words):
        return {"type": "about:blank", "title": code, "status": status, "detail": words}

    def acts(self):
        ours = "/lists/abc123"
        return self.campaign_acts() | {
            "GET /ping": lambda _: {"health_status": "Everything's Chimpy!"},
            f"GET {ours}": lambda _: {"id": "abc123", "name": "The newsletter"},
            f"GET {ours}/webhooks": lambda _: {"webhooks": self.hooks},
            f"POST {ours}/webhooks": self.add_to(self.hooks),
            f"PATCH|DELETE {ours}/webhooks/*": self.change_in(self.hooks),
            f"GET {ours}/merge-fields": lambda _: {"merge_fields": self.fields},
            f"POST {ours}/merge-fields": self.add_to(self.fields),
            f"GET {ours}/members": self._list,
            f"POST {ours}": self._put_many,
            f"PUT {ours}/members/*": self._put,
            f"GET|PATCH {ours}/members/*": self._member,
            f"POST {ours}/members/*/actions/delete-permanent": self._forget,
        }

    def _list(self, call):
        start, count = int(call["query"]["offset"]), int(call["query"]["count"])
        return {"members": list(self.contacts.values())[start : start + count]}

    def _put_many(self, call):
        for member in call["body"]["members"]:
            self._keep(member)
        return {"error_count": 0, "errors": []}

    def _put(self, call, name):
        if name in self.left and call["body"]["status"] != "pending":
            words = "It is in a compliance state due to unsubscribe and cannot be subscribed."
            return 400, self.complaint(400, "Member In Compliance State", words)
        right = is_called(name)(call["body"]["email_address"].lower())
        return self._keep(call["body"]) if right else self.gone()

    def _keep(self, body):
        email = body["email_address"].lower()
        before = self.contacts.get(email, {"merge_fields": {}, "tags": []})
        fields = before["merge_fields"] | body["merge_fields"]
        self.contacts[email] = {**body, "merge_fields": fields, "tags": before["tags"]}
        return self.contacts[email]

    def _member(self, call, name):
        return self.contact(call, next(filter(is_called(name), self.contacts), ""))

    def _forget(self, call, name):
        return self._member({**call, "method": "DELETE"}, name)


def is_called(name):
    """Tells whether it is an address of that name."""
    return lambda email: hashlib.md5(email.encode(), usedforsecurity=False).hexdigest() == name


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"list_id": "abc123", "webhook_secret": SECRET}
BAD_SETTINGS = [
    *(
        ({"api_key": key, "api_url": ""}, "MAILCHIMP_API_KEY must end with its data centre")
        for key in ("abc", "abc-", "abc-US6!", "-")
    ),
    *(({"list_id": one}, "MAILCHIMP_LIST_ID") for one in ("", "a b", "../x")),
]
SHOWN = {"authorization": basic_of("portal", API_KEY)}
MEMBER = f"/lists/abc123/members/{hashlib.md5(ZOE.encode(), usedforsecurity=False).hexdigest()}"
FIELDS = {"TOPICS": "Topics", "FORMAT": "Format", "FNAME": "Name", "PREFS": "Preferences link"}
PERSON = {
    "email_address": ZOE, "status": "subscribed",
    "merge_fields": dict(zip(FIELDS, CHOSEN.values(), strict=True)),
}
CALLS = campaigns.CALLS | {
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
    "who_left": {},
    "install_hooks": [
        *(
            ("POST /lists/abc123/merge-fields", {"tag": tag, "name": name, "type": "text"})
            for tag, name in FIELDS.items()
        ),
        ("POST /lists/abc123/webhooks", {
            "url": f"{SITE.events_url}?secret={SECRET.replace('=', '%3D')}",
            "events": {
                **dict.fromkeys(("subscribe", "profile", "upemail", "campaign"), False),
                **dict.fromkeys(("unsubscribe", "cleaned"), True),
            },
            "sources": {"user": True, "admin": True, "api": False},
        }),
    ],
}
MANY = 501, 500
STATES = [({"status": "archived"}, None)]

ANSWERS = [
    ("upsert", 403, None, Busy, "403"),  # too many connections at a time: it has no body then
    ("upsert", 403, {"title": "Forbidden"}, Denied, "Forbidden"),
    ("upsert", 401, {"title": "API Key Invalid"}, Denied, "MAILCHIMP_API_KEY"),
    ("upsert", 400, {"detail": "Zoe has signed up to a lot of lists"}, TryLater, "a lot of lists"),
    ("upsert", 400, {"title": "Forgotten Email Not Subscribed"}, Suppressed, "Only the person can"),
    ("upsert", 400, {"title": "Invalid Resource", "detail": "No."}, Refused, "Invalid Resource No"),
    ("upsert", 429, {}, Busy, "429"),
    ("lookup", 200, {"email_address": ZOE}, TryLater, "cannot read"),
    ("create_audience", 200, {"id": None}, Uncertain, "cannot read"),
    ("send_campaign", 403, {"title": "Forbidden"}, Denied, "Forbidden"),
    ("add_to_audience", 200, {"error_count": 0}, TryLater, "cannot read"),
    ("count_audience", 200, {"member_count": None}, TryLater, "cannot read"),
    ("read_campaign", 200, {"id": "201"}, TryLater, "cannot read"),
    ("read_campaign", 404, {"title": "Resource Not Found"}, Refused, "Not Found"),
    *(
        ("upsert_many", 200, data, Refused, "did not say that it took all 1")
        for data in ({"error_count": 1}, {"error_count": 0, "errors": [{"error": "No"}]}, {}, [])
    ),
]
UNDESCRIBED = ("/verified-domains",)  # it is in the description of campaigns
BAD_EXAMPLES = {"upsert_many", "check"}
CAMPAIGN_BAD_EXAMPLES = {"send_campaign"}  # to send has no body there: ours says that it left


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
    call = called(what, form.encode(), X_Mailchimp_Signature=f"t={stamp},v1={digest}")
    return with_headers(call, Content_Type="application/x-www-form-urlencoded")


def also_right(call):
    """It may carry our secret in its address instead, or as other providers do."""
    yield replace(call, headers={}, query={"secret": SECRET})


def wrong(call):
    """What is not rightly signed."""
    for given in ("", "t=,v1=", "v1=é"):
        yield with_headers(call, X_Mailchimp_Signature=given)


RIGHT = (
    "The key works. hello@example.com may send. Subscribers go into the audience “The newsletter”. "
    "Contacts have all that we keep of a choice. The webhook is there."
)
BROKEN = [
    *(
        (lambda fake, rows=rows: setattr(fake, "domains", rows), "may not send yet. Verify", False)
        for rows in ([], [{"domain": "example.com", "verified": False}], [{"domain": "a.example"}])
    ),
    (lambda fake: fake.hooks.clear(), "The webhook is missing.", True),
    (lambda fake: fake.hooks[0]["sources"].update(user=False), "not tell of what people do.", True),
    (lambda fake: fake.fields.pop(), "Contacts lack PREFS", True),
]
MISFIT = [({"list_id": "0123"}, "MAILCHIMP_LIST_ID")]
