"""Brevo, by its description, version 3.0.0, and its guides on webhooks and inbound mail."""

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain, UsedUp
from portal.providers.values import EventKind, InboundAttachment, Receipt, Screening

from .campaigns import brevo as campaigns
from .campaigns.brevo import FakeBrevoCampaigns
from .fake import hook_is
from .ours import API_KEY, AT, CHOSEN, EMAIL, HEADERS, KEY, READ, SECONDS, SECRET, SITE, ZOE
from .theirs import bearer


class FakeBrevo(FakeBrevoCampaigns):
    """Takes mails and contacts; `senders` may send."""

    prefix = "/v3"

    def begin(self):
        self.plan = [{"type": "subscription", "credits": 20_000}]
        self.senders = [{"email": "hello@example.com", "active": True}]

    def key_of(self, call):
        return call["body"].get("headers", {}).get("idempotencyKey", "")

    def acts(self):
        return {
            "GET /account": lambda _: {"companyName": "The charity", "plan": self.plan},
            "GET /senders": lambda _: {"senders": self.senders},
            "GET /contacts/lists/7": lambda _: {"id": 7, "name": "The newsletter"},
            **self.campaign_acts(),
            "GET /contacts/attributes": lambda _: {"attributes": self.fields},
            "POST /contacts/attributes/normal/*": self._add_attribute,
            "GET /webhooks": self._webhooks,
            "POST /webhooks": self.add_to(self.hooks),
            "PUT|DELETE /webhooks/*": self.change_in(self.hooks),
            "POST /smtp/email": self._send,
            "DELETE /smtp/log/*": self._forget,
            "GET /contacts": self._list,
            "POST /contacts": lambda call: self._upsert(call["body"]),
            "POST /contacts/import": self._import,
            "GET|PUT|DELETE /contacts/*": self.contact,
        }

    def _add_attribute(self, _, name):
        self.fields.append({"name": name})
        return 201, None

    def _webhooks(self, call):
        return {"webhooks": [one for one in self.hooks if one["type"] == call["query"]["type"]]}

    def _send(self, call):
        body, key = call["body"], self.key_of(call)
        if key in self.keys:
            return 400, {"code": "duplicate_request", "message": "This key was used before"}
        message_id = f"<{len(self.keys) + 1}.{len(self.calls)}@fake.example>"
        self.mails.append(body)
        if key:
            self.keys[key] = message_id
        return 201, {"messageId": message_id}

    def _forget(self, _, email):
        known = [mail for mail in self.mails if mail["to"][0]["email"] == email]
        self.mails = [mail for mail in self.mails if mail not in known]
        return (204, None) if known else self.gone()

    def _list(self, call):
        start, limit = int(call["query"]["offset"]), int(call["query"]["limit"])
        wanted = int(call["query"].get("listIds", 0))
        rows = [one for one in self.contacts.values() if not wanted or wanted in one["listIds"]]
        return {"contacts": rows[start : start + limit], "count": len(rows)}

    def _import(self, call):
        body = call["body"]
        for one in body["jsonBody"]:
            self._upsert({**one, "listIds": body.get("listIds", []), "updateEnabled": True})
        return 202, {"processId": 1}

    def _upsert(self, body):
        email = body["email"].lower()
        known = self.contacts.get(email)
        if known and not body.get("updateEnabled"):
            return 400, {"code": "duplicate_parameter", "message": "Contact already exist"}
        contact = known or {"email": email, "attributes": {}, "listIds": []}
        contact["attributes"] |= body["attributes"]
        contact["listIds"] = sorted({*contact["listIds"], *body.get("listIds", [])})
        contact["emailBlacklisted"] = body.get("emailBlacklisted", False)
        self.contacts[email] = contact
        return 204, None


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"list_id": "7", "webhook_secret": SECRET}
BAD_SETTINGS = [
    *(({"list_id": one}, "BREVO_LIST_ID") for one in ("seven", "7.5", "-1", "\uff17", "1 2")),
    *(({"api_key": one}, "BREVO_API_KEY") for one in ("", "  ", "a\r\nX: y", "schlüssel", "a\0b")),
    *(
        ({"api_url": one}, "BREVO_API_URL")
        for one in ("api.brevo.com", "ftp://api.example", "http://", "http://[", "//x")
    ),
]
SHOWN = {"api-key": API_KEY}
CHOICES = {name.upper(): value for name, value in CHOSEN.items()}
HOOK = {"description": "The portal", "auth": {"type": "bearer", "token": SECRET}}
KINDS = [f"The webhook of the kind “{kind}”" for kind in ("transactional", "marketing", "inbound")]
HOOKS = [
    {**HOOK, "type": "transactional", "url": SITE.events_url, "events": [
        *("sent", "delivered", "hardBounce", "softBounce"),
        *("blocked", "spam", "invalid", "deferred"),
    ]},
    {**HOOK, "type": "marketing", "url": SITE.events_url,
     "events": ["hardBounce", "softBounce", "spam", "delivered", "unsubscribed"]},
    {**HOOK, "type": "inbound", "url": SITE.inbound_url, "domain": "in.example.com",
     "events": ["inboundEmailProcessed"]},
]
CALLS = campaigns.CALLS | {
    "send": {"POST /smtp/email": {
        "sender": {"email": "hello@example.com", "name": "Get Yourself Active"},
        "to": [{"email": ZOE, "name": "Zoë Müller Leeds"}],
        "replyTo": {"email": "team@example.com", "name": "The media team"},
        "subject": EMAIL.subject, "htmlContent": EMAIL.html, "textContent": EMAIL.text,
        "headers": {
            **HEADERS, "X-Programme": "Sante", "idempotencyKey": KEY, "X-Mailin-custom": KEY,
        },
        "tags": ["confirm_signup"], "attachment": [{"name": "zoë.png", "content": "aGVsbG8="}],
    }},
    "upsert": {"POST /contacts": {
        "email": ZOE, "attributes": CHOICES, "updateEnabled": True, "emailBlacklisted": False,
        "listIds": [7],
    }},
    "upsert_many": {"POST /contacts/import": {
        "jsonBody": [{"email": ZOE, "attributes": CHOICES}], "emailBlacklist": False,
        "updateExistingContacts": True, "emptyContactsAttributes": True,
        "disableNotification": True, "listIds": [7],
    }},
    "unsubscribe": {"PUT /contacts/zoe%40example.org": {"emailBlacklisted": True}},
    "erase": {"DELETE /contacts/zoe%40example.org": {}, "DELETE /smtp/log/zoe%40example.org": {}},
    "lookup": {"GET /contacts/zoe%40example.org": {}},
    "everyone": {"GET /contacts?limit=500&offset=0&sort=asc&listIds=7": {}},
    "who_left": {"GET /contacts?limit=500&offset=0&sort=asc": {}},
    "install_hooks": [
        *((f"POST /contacts/attributes/normal/{name}", {"type": "text"}) for name in CHOICES),
        *(("POST /webhooks", hook) for hook in HOOKS),
    ],
}
MANY = 1001, 1500  # more contacts than a page has, with links so long

ANSWERS = [
    *(
        ("send", status, {"code": code}, error, code)
        for status, code, error in (
            (402, "not_enough_credits", UsedUp), (403, "permission_denied", Denied),
            (400, "account_under_validation", Denied), (400, "account_in_process", TryLater),
            (429, "too_many_requests", Busy),
        )
    ),
    ("send", 400, {"code": "invalid_parameter", "message": "In words."}, Refused, "r In words"),
    ("send", 200, {"messageId": "<1.7@smtp-relay.mailin.fr>"}, Uncertain, "cannot read"),
    *(
        ("send", 201, body, Uncertain, "cannot read")
        for body in (b"{", b'{"messageId": 7}', b"[" * 100_000, {"messageId": "1" * 251})
    ),
    *(("upsert", status, b"\n <!doctype>", TryLater, "BREVO_API_URL") for status in (200, 404)),
    ("lookup", 200, {"email": ZOE, "attributes": {}}, TryLater, "cannot read"),
    ("erase", 400, {"code": "bad_request"}, Refused, "bad_request"),
    ("send_campaign", 402, {"code": "not_enough_credits"}, UsedUp, "is used up"),
    ("send_campaign", 404, {"code": "document_not_found"}, Uncertain, "document_not_found"),
    ("create_campaign", 201, {"id": ""}, Uncertain, "cannot read"),
    ("count_audience", 200, {"uniqueSubscribers": "7"}, TryLater, "cannot read"),
    ("read_campaign", 200, {"id": 201}, TryLater, "cannot read"),
    ("read_campaign", 404, {"code": "document_not_found"}, Refused, "document_not_found"),
    ("add_to_audience", 400, {"code": "invalid_parameter", "message": "No"}, Refused, "r No"),
]
TAKEN = [  # a key that is known was taken, whichever way that is said
    ("send", 400, {"code": "duplicate_request"}, Receipt()),
    ("send", 409, {"code": "duplicate_parameter"}, Receipt()),
    ("send", 201, b'{"messageId": "<1@fake.example>"}', Receipt("<1@fake.example>")),
    # PostgreSQL takes no NUL, and no encoding takes half of a surrogate pair.
    ("send", 201, rb'{"messageId": "<1\u0000\ud800@fake>"}', Receipt("<1  @fake>")),
]
SANDBOX = "headers", "X-Sib-Sandbox", "drop"
# The examples of these answers are not as their own description says, or have a failure in them.
BAD_EXAMPLES = {"check", "install_hooks"}
# An example of a list is not as described, and to send has no body there: ours says that it left.
CAMPAIGN_BAD_EXAMPLES = {"count_audience", "send_campaign"}


def event(name, **more):
    """What Brevo tells of a mail."""
    return {
        "event": name, "email": "ada@example.org", "date": "2026-11-18 12:26:40", "ts": SECONDS,
        "ts_epoch": SECONDS * 1000, "message-id": "<1.7@smtp-relay.mailin.fr>",
        "X-Mailin-custom": KEY, **more,
    }


TOLD = {"key": KEY, "message_id": "<1.7@smtp-relay.mailin.fr>", "at": AT}
EVENTS = [
    (event("request"), EventKind.QUEUED, {}),
    (event("delivered"), EventKind.DELIVERED, {}),
    (event("deferred", reason="421 try later"), EventKind.DEFERRED, {"reason": "421 try later"}),
    (event("hard_bounce", reason="550 no user"), EventKind.BOUNCED, {"reason": "550 no user"}),
    (event("invalid_email"), EventKind.BOUNCED, {}),
    (event("soft_bounce", reason="452 full"), EventKind.SOFT_BOUNCED, {"reason": "452 full"}),
    (event("blocked"), EventKind.REJECTED, {}),
    (event("error"), EventKind.REJECTED, {}),
    (event("spam"), EventKind.COMPLAINED, {}),
    (event("unsubscribe"), EventKind.UNSUBSCRIBED, {}),
    (event("proxy_open"), EventKind.UNKNOWN, {}),
]
sign = bearer


def mail(**more):
    """A mail as Brevo hands it on."""
    return {
        "MessageId": " <a@example.org>", "Subject": "Re: Is the pool warm?",
        "From": {"Name": "Grace Hopper", "Address": "grace@example.org"},
        "To": [{"Name": None, "Address": "team@example.com"}], "Cc": ["Ada <ada@example.org>"],
        "Recipients": ["team@example.com"],
        "Headers": {"Delivered-To": "reply@in.example.org", "Received": ["a", "b"], "X": 7},
        "Attachments": [{"Name": "lake.png", "ContentLength": 100, "DownloadToken": "token-1"}],
        "RawHtmlBody": None, "RawTextBody": "Yes, pleäse.\r\n", "SpamScore": 2.5, **more,
    }


MAILS = [({"items": [mail()]}, {
    **READ,
    "recipients": ("team@example.com", "ada@example.org", "reply@in.example.org"),
    "headers": (("Delivered-To", "reply@in.example.org"), ("Received", "a"), ("Received", "b")),
    "attachments": (InboundAttachment("lake.png", token="token-1"),), "screening": Screening(2.5),
})]
NO_MAILS = [{"items": 7}, {"items": ["x"]}, {}, []]

RIGHT = (
    "The key works. It is for the account “The charity”. hello@example.com may send. Subscribers "
    "go on the list “The newsletter”. Contacts have all that we keep of a choice. "
    f"{' is there. '.join(KINDS)} is there. Look whether opens and clicks are tracked: "
    "Brevo has no way to say so in a mail."
)
AS_LISTED = ["request", "hardBounces", *HOOKS[0]["events"][1:2], *HOOKS[0]["events"][3:]]
BROKEN = [
    (lambda fake: fake.hooks.pop(), f"{KINDS[2]} is missing", True),
    (lambda fake: fake.hooks[0].pop("auth"), f"{KINDS[0]} does not show BREVO_WEB", True),
    (lambda fake: fake.hooks[1]["events"].append("click"), f"{KINDS[1]} tells of opens", True),
    (hook_is(events=AS_LISTED), "", True),
    (lambda fake: fake.fields.pop(), "Contacts lack PREFERENCES_URL", True),
    (lambda fake: fake.senders.clear(), "hello@example.com may not send yet", False),
]
MISFIT = [({"list_id": "8"}, "BREVO_LIST_ID")]
