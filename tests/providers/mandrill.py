"""Mailchimp Transactional, by its description, version 1.4.0, and its pages on webhooks."""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import replace
from urllib.parse import urlencode

from portal.providers.errors import Busy, Denied, Refused, Suppressed, TryLater, Uncertain
from portal.providers.values import EventKind, InboundAttachment, Receipt, Screening

from .fake import FakeProvider
from .ours import API_KEY, AT, EMAIL, HEADERS, KEY, READ, SECONDS, SITE, ZOE
from .theirs import called, with_headers

HOOK_KEY = "gplJ8yWptFTqCoq5S1SHPA"


class FakeMandrill(FakeProvider):
    """Takes mails, and finds them again."""

    prefix = "/api/1.4"

    def begin(self):
        self.routes, self.domains = [], [{"domain": "in.example.com", "valid_mx": True}]

    def complaint(self, status, code, words):
        names = {401: "Invalid_Key", 400: "ValidationError", 500: "GeneralError"}
        return {"status": "error", "name": names.get(status, code), "message": words}

    def acts(self):
        return {
            "POST /users/info": lambda _: {"username": "the-charity"},
            "POST /webhooks/list": lambda _: self.hooks,
            "POST /webhooks/add": self.add_to(self.hooks, auth_key=HOOK_KEY, id=7),
            "POST /webhooks/update": lambda call: self.hooks[0].update(call["body"]),
            "POST /webhooks/delete": lambda call: self.change_in(self.hooks)(
                {"method": "DELETE"}, str(call["body"]["id"])
            ),
            "POST /inbound/domains": lambda _: self.domains,
            "POST /inbound/routes": lambda _: self.routes,
            "POST /inbound/add-route": self._add_route,
            "POST /messages/send": self._send,
            "POST /messages/search": self._search,
        }

    def _add_route(self, call):
        known = call["body"]["domain"] in [one["domain"] for one in self.domains]
        return self.add_to(self.routes)(call) if known else self.gone()

    def _send(self, call):
        mail = {**call["body"]["message"], "_id": f"{len(self.mails) + 1:032x}"}
        self.mails.append(mail)
        return [{"email": mail["to"][0]["email"], "status": "queued", "_id": mail["_id"]}]

    def _search(self, call):
        address = call["body"]["query"].removeprefix("full_email:")
        return [one for one in self.mails if one["to"][0]["email"] == address]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": HOOK_KEY}
MADE_THERE = "webhook_secret"
SHOWN = {"authorization": None}  # the key is in each body
WANTED = ["send", "delivered", "deferral", "hard_bounce", "soft_bounce", "spam", "unsub", "reject"]
CALLS = {
    "send": {"POST /messages/send": {"key": API_KEY, "async": False, "message": {
        "metadata": {"key": KEY}, "track_opens": False, "track_clicks": False,
        "auto_text": False, "auto_html": False, "preserve_recipients": True, "merge": False,
        "view_content_link": False, "html": EMAIL.html, "text": EMAIL.text,
        "subject": EMAIL.subject, "from_email": "hello@example.com",
        "from_name": "Get Yourself Active",
        "to": [{"email": ZOE, "name": "Zoë Müller, Leeds", "type": "to"}],
        "headers": {**HEADERS, "Reply-To": '"The media team" <team@example.com>'},
        "tags": ["confirm_signup"],
        "attachments": [{"type": "image/png", "name": "zoë.png", "content": "aGVsbG8="}],
    }}},
    "find": {"POST /messages/search": {
        "key": API_KEY, "query": "full_email:zoe@example.org",
        "date_from": "2026-08-30",  # two days before the day of these tests
    }},
    "install_hooks": {
        "POST /webhooks/add": {
            "key": API_KEY, "url": SITE.events_url, "events": WANTED, "description": "The portal",
        },
        "POST /inbound/add-route": {
            "key": API_KEY, "domain": "in.example.com", "pattern": "*", "url": SITE.inbound_url,
        },
    },
}
READS = ("/webhooks/list", "/inbound/domains", "/inbound/routes")  # by POST, as everything there


def answered(status, reason=None):
    """What became of a mail, in an answer of success."""
    return [{"email": ZOE, "status": status, "reject_reason": reason, "_id": "1a"}]


ANSWERS = [
    *(
        ("send", 200, answered("rejected", reason), Suppressed, reason)
        for reason in ("hard-bounce", "soft-bounce", "spam", "unsub", "custom")
    ),
    ("send", 200, answered("rejected", "invalid"), Refused, "rejected, invalid"),
    ("send", 200, answered("rejected", "rule"), Refused, "rejected, rule"),
    ("send", 200, answered("invalid"), Refused, "invalid"),
    ("send", 200, answered("rejected", "invalid-sender"), Denied, "MAIL_FROM"),
    ("send", 200, answered("rejected", "unsigned"), Denied, "Sending domains"),
    ("send", 200, answered("rejected", "test-mode-limit"), Denied, "key is one for tests"),
    *(
        ("send", 200, data, Uncertain, "cannot read")
        for data in ([7], [{"_id": "1a"}], [{"status": "sent"}], [{"_id": "1a", "status": "odd"}])
    ),
    *(
        ("send", status, {"name": name, "message": "Not now"}, error, f"{name} Not now")
        for status, name, error in (
            (401, "Invalid_Key", Denied), (500, "Invalid_Key", Denied),
            (402, "PaymentRequired", Denied), (404, "Unknown_Subaccount", Denied),
            (422, "ValidationError", Refused), (500, "ValidationError", Refused),
            (429, "RequestLimitExceeded", Busy), (503, "ServiceUnavailable", Busy),
            (500, "GeneralError", TryLater),
        )
    ),
]
TAKEN = [  # it says why a mail waits there, where a person has to mend that
    ("send", 200, [{"status": status, "_id": "1a", "queued_reason": why}], Receipt("1a", held))
    for status, why, held in (
        ("sent", None, ""), ("scheduled", None, ""), ("queued", "hourly-quota-exhausted", ""),
        *(("queued", why, why) for why in ("monthly-limit-reached", "sending-paused")),
    )
]


def event(name, **more):
    """An event of a mail; `more` is what is told of the mail beside the usual."""
    mail_id = "abcdef012345789abcdef012345789ab"
    msg = {"_id": mail_id, "ts": SECONDS, "email": "ada@example.org", "metadata": {"key": KEY}}
    return {"event": name, "_id": mail_id, "ts": SECONDS, "msg": {**msg, **more}}


LISTED = {
    "type": "blacklist", "action": "add", "ts": SECONDS,
    "reject": {"email": "ada@example.org", "reason": "manual edit"},
}
MAIL = {"event": "inbound", "ts": SECONDS, "msg": {
    "raw_msg": "From: Grace Hopper <grace@example.org>\r\n\r\nNot all of it: \ufffd",
    "headers": {
        "Received": ["from a by b", "from b by c"], "Message-Id": "<a@example.org>",
        "Delivered-To": "reply+1-x@in.example.org",
    },
    "from_email": "grace@example.org", "from_name": "Grace Hopper",
    "to": [["reply@in.example.org", "The charity"], ["b@example.org", None]],
    "cc": [["c@example.org", ""]], "email": "reply@in.example.org",
    "subject": "Re: Is the pool warm?", "text": "Yes, pleäse.\r\n", "html": "<p>Yes</p>",
    "sender": None, "spam_report": {"score": 1.7},
    "spf": {"result": "pass", "detail": "sender SPF authorized"},
    "dkim": {"signed": True, "valid": False},
    "attachments": {
        "lake.pdf": {"name": "lake.pdf", "content": "aGVs\nbG8=", "base64": True},
        "é.txt": {"name": "é.txt", "content": "Zoë", "base64": False},
    },
    "images": {"lake.png": {"name": "lake.png", "type": "image/png", "content": "aGVsbG8="}},
}}
TOLD = {"key": KEY, "message_id": "abcdef012345789abcdef012345789ab", "at": AT}
NO_MAIL = {"key": "", "message_id": ""}
EVENTS = [
    (event("send", state="sent", reject=None), EventKind.SENT, {}),
    (event("delivered", diag="250 OK"), EventKind.DELIVERED, {"reason": "250 OK"}),
    (event("deferral", diag="451 later"), EventKind.DEFERRED, {"reason": "451 later"}),
    (event("hard_bounce", bounce_description="bad_mailbox", diag="550 5.1.1 nobody"),
     EventKind.BOUNCED, {"reason": "550 5.1.1 nobody"}),
    (event("soft_bounce", bounce_description="mailbox_full", diag=""), EventKind.SOFT_BOUNCED,
     {"reason": "mailbox_full"}),
    (event("spam", state="spam"), EventKind.COMPLAINED, {}),
    (event("unsub", state="unsub"), EventKind.UNSUBSCRIBED, {}),
    (event("reject", reject={"reason": "unsub"}), EventKind.REJECTED, {"reason": "unsub"}),
    (event("open", opens=[{"ts": SECONDS}]), EventKind.UNKNOWN, {}),
    (LISTED, EventKind.UNKNOWN, {"reason": "manual edit", **NO_MAIL}),
    # A mail has a hook of its own, and is not kept with the events.
    (MAIL, EventKind.UNKNOWN, {**NO_MAIL, "address": "", "at": None, "original": {}}),
]


def sign(body, what="events", secret=HOOK_KEY, url="", **fields):
    """A call as it is signed: HMAC-SHA1 over the address and the fields, sorted by name."""
    fields["mandrill_events"] = body.decode(errors="replace")
    call = called(what, urlencode(fields, errors="replace").encode())
    call = replace(call, url=url or call.url)
    signed = call.url + "".join(name + value for name, value in sorted(fields.items()))
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "replace"), hashlib.sha1)
    kind = "application/x-www-form-urlencoded"
    return with_headers(call, X_Mandrill_Signature=b64encode(digest).decode(), Content_Type=kind)


def also_right(call):
    """The address is signed with its query, and all fields are."""
    yield sign(b"[]", url=f"{SITE.events_url}?a=b")
    yield sign(b"[]", zebra="1", apple="é &=+")


def wrong(call):
    """What is not rightly signed."""
    for one in ("", "é\ud800", call.headers["X-Mandrill-Signature"].lower()):
        yield with_headers(call, X_Mandrill_Signature=one)
    for url in (f"{call.url}/", f"{call.url}?x=1", call.url.replace("https", "http")):
        yield replace(call, url=url)
    yield replace(call, body=call.body + b"&more=1")
    yield replace(call, body=b"")


def with_file(content):
    """A mail with a file of that content."""
    file = {"name": "a.png", "content": content}
    return {"event": "inbound", "msg": {"attachments": {"a": file}}}


MAILS = [
    ([MAIL], {
        **READ,
        "recipients": (
            *("reply@in.example.org", "b@example.org"),
            *("c@example.org", "reply+1-x@in.example.org"),
        ),
        "headers": (
            ("Received", "from a by b"), ("Received", "from b by c"),
            ("Message-Id", "<a@example.org>"), ("Delivered-To", "reply+1-x@in.example.org"),
        ),
        "attachments": (
            InboundAttachment("lake.pdf", b"hello"),
            InboundAttachment("é.txt", "Zoë".encode()),
            InboundAttachment("lake.png", b"hello"),
        ),
        "screening": Screening(1.7, "pass", "fail"),
    }),
    *(
        ([with_file(one)], {"attachments": (InboundAttachment("a.png", kept),)})
        for one, kept in (("a", b"a"), ("é", "é".encode()), (None, b""), (7, b""), (["x"], b""))
    ),
]
NOT_OF_MAIL = [event("send"), LISTED]

RIGHT = (
    "The key works. It is for the account “the-charity”. Look at “Sending domains” whether "
    "example.com is verified. The webhook for events is there, and signed. Mail to in.example.com "
    "comes to Mailchimp Transactional. Mail that comes in is handed on. Look at “Inbound” whether "
    "the key of that route is in MANDRILL_WEBHOOK_SECRET."
)
NO_DOMAIN = "Add the domain in.example.com under “Inbound” first."
BROKEN = [
    (lambda fake: fake.hooks[0]["events"].append("open"), "tells of opens or clicks", True),
    (lambda fake: fake.hooks.clear(), "webhook for events is missing", True),
    (lambda fake: fake.routes.clear(), "Mail that comes in is not handed on", True),
    (lambda fake: fake.domains[0].update(valid_mx=False),
     "The MX records of in.example.com do not lead", False),
    (lambda fake: (fake.domains.clear(), fake.routes.clear()), NO_DOMAIN, False),
]
ROUTE_KEY = "the-key-of-the-inbound-route"  # which the API does not show
MISFIT = [
    ({"webhook_secret": key}, "MANDRILL_WEBHOOK_SECRET does not hold the key of the webhook.")
    for key in ("", ROUTE_KEY)
]
