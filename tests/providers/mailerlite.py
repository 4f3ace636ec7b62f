"""MailerLite, by its pages "Subscribers", "Groups", "Webhooks" and "Batching"."""

import hashlib
import hmac

from portal.providers.errors import Denied, Refused, TryLater, Uncertain
from portal.providers.values import EventKind

from .campaigns import mailerlite as campaigns
from .campaigns.mailerlite import FakeMailerLiteCampaigns
from .fake import hook_is
from .ours import API_KEY, AT, CHOSEN, ISO, SITE, ZOE
from .theirs import called, with_headers

SECRET = "ybmcD7PQ9R"  # as long as those that MailerLite makes


class FakeMailerLite(FakeMailerLiteCampaigns):
    """Takes contacts and webhooks. A contact is found by address or id, and changed by id."""

    prefix = "/api"

    def complaint(self, status, code, words):
        return {"message": words}

    def acts(self):
        return {
            **self.campaign_acts(),
            "GET /webhooks": lambda _: {"data": self.hooks},
            "POST /webhooks": lambda call: {"data": self.add_to(self.hooks, secret=SECRET)(call)},
            "PUT|DELETE /webhooks/*": self.change_in(self.hooks),
            "GET /subscribers": self._list,
            "POST /subscribers": lambda call: self._upsert(call["body"]),
            "POST /batch": self._batch,
            "GET|PUT /subscribers/*": self._contact,
            "POST /subscribers/*/forget": self._contact,
        }

    def _upsert(self, body):
        contact = self.contacts.setdefault(
            body["email"].lower(),
            {"id": f"{len(self.contacts) + 31}", "fields": {}, "groups": [], "forget_at": None},
        )
        if {*body.get("groups", [])} - {"7", "8", *self.audiences}:
            wrong = {"groups.0": ["The selected groups.0 is invalid."]}
            return 422, {"message": "The given data was invalid.", "errors": wrong}
        groups = {one["id"] for one in contact["groups"]} | {*body.get("groups", [])}
        contact |= {
            "email": body["email"],
            "status": body.get("status", contact.get("status", "active")),
            "fields": contact["fields"] | body["fields"],
            "groups": [{"id": one, "name": "A group"} for one in sorted(groups)],
        }
        return {"data": contact}

    def _list(self, call):
        start, wanted = int(call["query"].get("cursor") or 0), call["query"].get("filter[status]")
        everyone = [one for one in self.contacts.values() if wanted in (None, one["status"])]
        end = start + int(call["query"]["limit"])
        page = [dict(one) for one in everyone[start:end]]
        for contact in page if call["query"].get("include") != "groups" else ():
            del contact["groups"]
        return {"data": page, "meta": {"next_cursor": str(end) if end < len(everyone) else None}}

    def _batch(self, call):
        if len(call["body"]["requests"]) > 50:
            return 422, {"message": "Too many requests in a batch."}
        told = [self._upsert(one["body"]) for one in call["body"]["requests"]]
        told = [one if isinstance(one, tuple) else (200, one) for one in told]
        return {"responses": [{"code": code, "body": body} for code, body in told]}

    def _contact(self, call, name):
        known = {contact["id"]: contact for contact in self.contacts.values()}
        known |= self.contacts if call["method"] == "GET" else {}
        contact = known.get(name.lower())
        if contact is None:
            return self.gone()
        if call["method"] == "PUT":
            contact |= call["body"]
        if call["method"] == "POST":
            del self.contacts[contact["email"].lower()]
        return {"data": contact}


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"list_id": "7", "webhook_secret": SECRET}
MADE_THERE = "webhook_secret"
BAD_SETTINGS = [({"webhook_secret": SECRET[:9]}, "at least 10 characters")]
SHOWN = {"authorization": f"Bearer {API_KEY}"}
PERSON = {"email": ZOE, "status": "active", "fields": CHOSEN, "groups": ["7"]}
FIND = {"GET /subscribers/zoe%40example.org": {}}
HOOK = {
    "url": SITE.events_url, "enabled": True, "batchable": True,
    "events": ["subscriber.unsubscribed", "subscriber.bounced", "subscriber.spam_reported"],
}
CALLS = campaigns.CALLS | {
    "upsert": {"POST /subscribers": PERSON},
    "upsert_many": {
        "POST /batch": {"requests": [{"method": "POST", "path": "api/subscribers", "body": PERSON}]}
    },
    "unsubscribe": {**FIND, "PUT /subscribers/31": {"status": "unsubscribed"}},
    "erase": {**FIND, "POST /subscribers/31/forget": {}}, "lookup": FIND,
    "everyone": {"GET /subscribers?limit=100&include=groups": {}},
    "who_left": {
        f"GET /subscribers?limit=100&filter%5Bstatus%5D={one}": {}
        for one in ("bounced", "junk", "unsubscribed")
    },
    "install_hooks": {"POST /webhooks": {"name": "Portal", **HOOK}},
}
MANY = 250, 500
STATES = [
    *(({"status": one}, (False, True)) for one in ("unsubscribed", "bounced", "junk")),
    ({"status": "unconfirmed"}, (False, False)),
    ({"forget_at": "2026-12-24 10:00:00"}, None),
]

NO_ADDRESS = {"message": "It was invalid.", "errors": {"email": ["It must be an address."]}}
GROUP_IS_GONE = {"message": "It was invalid.", "errors": {"groups.0": ["It is invalid."]}}
ANSWERS = [
    ("create_audience", 201, {"data": {"id": None}}, Uncertain, "cannot read"),
    ("create_campaign", 201, {"data": []}, Uncertain, "cannot read"),
    ("add_to_audience", 200, {"responses": [{"code": 422, "body": GROUP_IS_GONE}] * 2}, Refused,
     "It is invalid"),
    ("add_to_audience", 200, {"responses": [{"code": 200}, {"code": 500}]}, TryLater, "500"),
    ("add_to_audience", 200, {"responses": [{"code": 200}]}, TryLater, "cannot read"),
    ("count_audience", 200, {"data": []}, Refused, "no group 101"),
    ("read_campaign", 200, {"data": {"id": "201"}}, TryLater, "cannot read"),
    ("read_campaign", 404, {"message": "Not found"}, Refused, "Not found"),
    ("send_campaign", 404, {"message": "Not found"}, Uncertain, "Not found"),
    ("send_campaign", 403, {"message": "Forbidden"}, Denied, "paid plans"),
    ("upsert", 422, NO_ADDRESS, Refused, r"invalid\. It must be an address"),
    ("upsert", 401, {"message": "Unauthenticated."}, Denied, "MAILERLITE_API_KEY"),
    *(
        ("upsert_many", 200, {"responses": [{"code": code, "body": {}}]}, error, "")
        for code, error in ((422, Refused), (500, TryLater), (504, TryLater), ("x", TryLater))
    ),
    *(
        ("upsert_many", 200, {"responses": told}, TryLater, "cannot read")
        for told in ([], [{"code": 200}] * 2, None)
    ),
    *(
        ("lookup", 200, data, TryLater, "cannot read")
        for data in ({}, {"data": []}, {"data": {"id": "1"}}, {"data": {"id": 1}})
    ),
]
# A list that goes round in a circle ends.
TAKEN = [("everyone", 200, {"data": [], "meta": {"next_cursor": "same"}}, [])]
DESCRIPTION = "mailerlite.derived.openapi.yaml"
CAMPAIGN_DESCRIPTION = "mailerlite-campaigns.derived.openapi.yaml"
CAMPAIGN_UNDESCRIBED = "DELETE /groups/"  # in its libraries for Python and Node
# What it says of groups is not described.
CAMPAIGN_BAD_EXAMPLES = {"create_audience", "add_to_audience", "count_audience"}
BAD_EXAMPLES = {"upsert_many"}


def event(name):
    """What MailerLite tells of a contact."""
    return {
        "id": "100000000000000000", "email": "ada@example.org", "unsubscribed_at": None,
        "updated_at": ISO, "fields": {"name": "Ada"}, "event": f"subscriber.{name}",
    }


TOLD = {"key": "", "message_id": "", "at": AT}
EVENTS = [
    (event("unsubscribed"), EventKind.UNSUBSCRIBED, {}),
    (event("bounced"), EventKind.BOUNCED, {}),
    (event("spam_reported"), EventKind.COMPLAINED, {}),
    ({"type": "subscriber.added_to_group", "subscriber": event("x")}, EventKind.UNKNOWN, {}),
]
UNREADABLE = [b"", b"no json", b"7", b"1" * 5000, b'["x"]', b'{"events": 7}']


def batch(items):
    """A call of a webhook that is batchable."""
    return {"events": items, "total": len(items)}


def sign(body, what="events", secret=SECRET):
    """A call as MailerLite signs it: hex HMAC-SHA256 over the raw body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return called(what, body, Signature=digest)


def wrong(call):
    """What is not rightly signed."""
    yield with_headers(call, Signature="é")


RIGHT = (
    "The key works. Subscribers go into the group “Newsletter”. See “Fields”: are there the text "
    "fields topics, format and preferences_url? The webhook is there, and signed. See “Domains”: "
    "is that of hello@example.com verified, for newsletters?"
)
BROKEN = [
    (hook_is(enabled=False), "The webhook is off", True),
    (hook_is(events=7), "does not tell of", True),
    (hook_is(url=f"{SITE.events_url}?a=b"), "does not show our address alone", True),
    (hook_is(events=[*HOOK["events"], "campaign.open"]), "tells of opens or clicks", True),
]
MISFIT = [
    ({"list_id": "8"}, "MAILERLITE_LIST_ID"),
    ({"webhook_secret": "another-one"}, "MAILERLITE_WEBHOOK_SECRET does not hold the secret of"),
]
