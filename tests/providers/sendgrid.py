"""SendGrid, by its description, version 1.0.0, and its pages on its webhooks."""

import json
import time
from base64 import b64encode
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain, UsedUp
from portal.providers.values import Address, EventKind, InboundAttachment, Screening

from .campaigns import sendgrid as campaigns
from .campaigns.sendgrid import FakeSendGridCampaigns
from .fake import hook_is
from .ours import API_KEY, AT, CHOSEN, EMAIL, HEADERS, KEY, READ, SECONDS, SECRET, SITE, ZOE
from .theirs import basic_of, called, with_headers, with_password

LIST = "2f0c1d6e-8b8a-4f57-9a53-0d6f3f9a1100"
PRIVATE = ec.derive_private_key(4711, ec.SECP256R1())
OTHER = ec.derive_private_key(4712, ec.SECP256R1())


def key_of(private):
    """The public key as SendGrid shows it."""
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


PUBLIC_KEY = key_of(PRIVATE)


class FakeSendGrid(FakeSendGridCampaigns):
    """Takes mails, contacts, suppressions, fields and webhooks; its jobs are done at once.

    `fields` are ids by name, `left` whom it mails no more, `left_group` who left by the link in a
    newsletter, `parse` where mail that comes in is handed on, by domain.
    """

    def begin(self):
        self.fields = {"Topics": "w1_T", "format": "w2_T", "preferences_url": "w3_T"}
        self.groups, self.tracking = (
            [{"id": 12, "name": "Newsletter"}],
            {"open": False, "click": True},
        )
        self.left, self.left_group, self.jobs, self.parse = [], [], 0, {}

    def complaint(self, status, code, words):
        return {"errors": [{"message": words, "field": None, "help": None}], "id": "1"}

    def headers_of(self, call, status):
        return {"X-Message-Id": f"id-{len(self.mails)}"} if status == 202 else {}

    def acts(self):
        contacts, left = "/v3/marketing/contacts", "/v3/asm/suppressions/global"
        events, parse = "/v3/user/webhooks/event/settings", "/v3/user/webhooks/parse/settings"
        return {
            "POST /v3/mail/send": self._send,
            f"PUT {contacts}": self._upsert,
            f"DELETE {contacts}": self._erase,
            f"POST {contacts}/search/emails": self._search,
            "POST /v3/recipients/erasejob": self._job,
            f"POST {left}": self._leave,
            f"GET|DELETE {left}/*": self._suppression,
            "GET /v3/suppression/unsubscribes": self._page,
            "GET /v3/marketing/field_definitions": self._fields,
            "POST /v3/marketing/field_definitions": self._add_field,
            f"GET /v3/marketing/lists/{LIST}": lambda _: {"id": LIST, "name": "Newsletter"},
            **self.campaign_acts(),
            "GET /v3/asm/groups": lambda _: self.groups,
            "POST /v3/asm/groups": self._add_group,
            "GET /v3/tracking_settings/*": lambda _, name: {"enabled": self.tracking[name]},
            "PATCH /v3/tracking_settings/*": self._track,
            "GET /v3/asm/groups/12/suppressions": lambda _: self.left_group,
            "DELETE /v3/asm/groups/12/suppressions/*": self._back,
            f"GET {events}/all": lambda _: {"webhooks": self.hooks},
            f"POST {events}": self.add_to(self.hooks, public_key=""),
            f"PATCH|DELETE {events}/*": self.change_in(self.hooks),
            f"PATCH {events}/signed/*": self._sign,
            f"GET {parse}": lambda _: {"result": list(self.parse.values())},
            f"POST {parse}": lambda call: self._hand_on(call, call["body"]["hostname"]),
            f"PATCH {parse}/*": self._hand_on,
        }

    def _send(self, call):
        self.mails.append({**call["body"], "id": f"id-{len(self.mails) + 1}"})
        return 200 if "sandbox_mode" in call["body"]["mail_settings"] else 202, None

    def _job(self, _):
        self.jobs += 1
        return 202, {"job_id": f"job-{self.jobs}"}

    def _upsert(self, call):
        body = call["body"]
        if any({*one["custom_fields"]} - {*self.fields.values()} for one in body["contacts"]):
            return 400, self.complaint(400, "", "There is no such custom field.")
        if {*body.get("list_ids", [])} - {LIST, OTHER_LIST, *self.audiences}:
            return 400, self.complaint(400, "", "There is no such list.")
        for one in body["contacts"]:
            email = one["email"].lower()
            new = {"id": f"id {len(self.contacts)}", "list_ids": [], "custom_fields": {}}
            known = self.contacts.setdefault(email, new)
            fields = known["custom_fields"] | one["custom_fields"]
            lists = sorted({*known["list_ids"], *body.get("list_ids", [])})
            known |= {**one, "email": email, "custom_fields": fields, "list_ids": lists}
        return self._job(call)

    def _erase(self, call):
        ids = call["query"]["ids"].split(",")
        self.contacts = {k: v for k, v in self.contacts.items() if v["id"] not in ids}
        return self._job(call)

    def _search(self, call):
        names = {id_: name for name, id_ in self.fields.items()}
        found = {}
        for email in (one.lower() for one in call["body"]["emails"]):
            if known := self.contacts.get(email):
                fields = {names[id_]: value for id_, value in known["custom_fields"].items()}
                found[email] = {"contact": {**known, "custom_fields": fields}}
        return {"result": found} if found else self.gone()

    def _leave(self, call):
        emails = [one.lower() for one in call["body"]["recipient_emails"]]
        self.left += [one for one in emails if one not in self.left]
        return 201, {"recipient_emails": emails}

    def _suppression(self, call, email):
        email = email.lower()
        if call["method"] == "DELETE" and email not in self.left:
            return self.gone()
        if call["method"] == "DELETE":
            self.left.remove(email)
        return {"recipient_email": email} if email in self.left else {}

    def _add_group(self, call):
        self.groups.append({"id": 12, "is_default": False, **call["body"]})
        return 201, self.groups[-1]

    def _track(self, call, name):
        self.tracking[name] = call["body"]["enabled"]
        return call["body"]

    def _back(self, _, email):
        self.left_group = [one for one in self.left_group if one != email.lower()]
        return 204, None

    def _page(self, call):
        start, size = int(call["query"]["offset"]), int(call["query"]["limit"])
        return [{"created": 1, "email": email} for email in self.left[start : start + size]]

    def _fields(self, _):
        rows = [{"id": id_, "name": name} for name, id_ in self.fields.items()]
        return {"custom_fields": rows, "reserved_fields": []}

    def _add_field(self, call):
        name = call["body"]["name"]
        self.fields[name] = f"w{len(self.fields) + 5}_T"
        return {"id": self.fields[name], "name": name}

    def _sign(self, call, name):
        self.hooks[int(name)]["public_key"] = PUBLIC_KEY if call["body"]["enabled"] else ""
        return self.hooks[int(name)]

    def _hand_on(self, call, domain):
        self.parse[domain] = self.parse.get(domain, {}) | call["body"]
        return self.parse[domain]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {
    "list_id": LIST, "webhook_secret": SECRET, "webhook_key": PUBLIC_KEY, "unsubscribe_group": "12",
}
BAD_SETTINGS = [
    *(({"list_id": one}, "SENDGRID_LIST_ID") for one in ("a/b", "a b", "x" * 37, "é")),
    *(({"unsubscribe_group": one}, "SENDGRID_UNSUBSCRIBE_GROUP") for one in ("x", "-1", "1 2")),
    *(({"webhook_key": one}, "SENDGRID_WEBHOOK_KEY") for one in ("no key", "bm8=", SECRET)),
]
OTHER_LIST = "another"
SECRETS_IN, ANOTHER = "webhook_key", key_of(OTHER)  # what its events are signed with
MADE_THERE = "webhook_key"
SHOWN = {"authorization": f"Bearer {API_KEY}"}
GLOBAL, HOOKS = "/v3/asm/suppressions/global", "/v3/user/webhooks"
SEARCH = {"POST /v3/marketing/contacts/search/emails": {"emails": [ZOE]}}
PUT = {
    "GET /v3/marketing/field_definitions": {},
    "PUT /v3/marketing/contacts": {"list_ids": [LIST], "contacts": [{
        "email": ZOE, "first_name": "Zoë Müller", "custom_fields": {
            "w1_T": CHOSEN["topics"], "w2_T": CHOSEN["format"], "w3_T": CHOSEN["preferences_url"],
        },
    }]},
}
WANTED = (
    *("processed", "deferred", "delivered", "bounce", "dropped"),
    *("spam_report", "unsubscribe", "group_unsubscribe"),
)
GROUP = "/v3/asm/groups/12/suppressions"
CALLS = campaigns.CALLS | {
    "send": {"POST /v3/mail/send": {
        "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False}, "subscription_tracking": {"enable": False},
        },
        "personalizations": [
            {"to": [{"email": ZOE, "name": "Zoë Müller, Leeds"}], "custom_args": {"key": KEY}}
        ],
        "from": {"email": "hello@example.com", "name": "Get Yourself Active"},
        "reply_to": {"email": "team@example.com", "name": "The media team"},
        "subject": EMAIL.subject,
        "content": [
            {"type": "text/plain", "value": EMAIL.text}, {"type": "text/html", "value": EMAIL.html},
        ],
        "headers": HEADERS, "categories": ["confirm_signup"],
        "attachments": [{
            "filename": "zoë.png", "content": "aGVsbG8=", "type": "image/png",
            "disposition": "attachment",
        }],
    }},
    "add_to_audience": {
        "PUT /v3/marketing/contacts": {"list_ids": [campaigns.LIST], "contacts": [
            *PUT["PUT /v3/marketing/contacts"]["contacts"],
            {"email": "poor@example.org", "first_name": "", "custom_fields": {
                "w1_T": "", "w2_T": CHOSEN["format"], "w3_T": "",
            }},
        ]},
    },
    "upsert": {
        f"DELETE {GLOBAL}/zoe%40example.org": {}, f"DELETE {GROUP}/zoe%40example.org": {}, **PUT,
    },
    "upsert_many": {
        f"GET {GROUP}": {}, "GET /v3/suppression/unsubscribes?limit=500&offset=0": {}, **PUT,
    },
    "unsubscribe": {f"POST {GLOBAL}": {"recipient_emails": [ZOE]}},
    "erase": {
        **SEARCH, "DELETE /v3/marketing/contacts?ids=id%200": {},
        f"DELETE {GLOBAL}/zoe%40example.org": {},
        "DELETE /v3/suppression/bounces/zoe%40example.org": {},
        "DELETE /v3/suppression/spam_reports/zoe%40example.org": {},
        "POST /v3/recipients/erasejob": {"email_addresses": [ZOE]},
    },
    "who_left": {f"GET {GROUP}": {}, "GET /v3/suppression/unsubscribes?limit=500&offset=0": {}},
    "lookup_many": {
        "POST /v3/marketing/contacts/search/emails": {"emails": [ZOE, "nobody@example.org"]},
    },
    "lookup": {**SEARCH, f"GET {GLOBAL}/zoe%40example.org": {}},
    "install_hooks": {
        f"POST {HOOKS}/event/settings": {
            "url": SITE.events_url, "enabled": True, "friendly_name": "Portal",
            **dict.fromkeys(WANTED, True), "open": False, "click": False,
        },
        f"PATCH {HOOKS}/event/settings/signed/0": {"enabled": True},
        f"POST {HOOKS}/parse/settings": {
            "hostname": "in.example.com", "url": with_password(SITE.inbound_url),
            "spam_check": True, "send_raw": True,
        },
        "PATCH /v3/tracking_settings/click": {"enabled": False},
    },
}

ANSWERS = [
    ("create_audience", 201, {"id": None}, Uncertain, "cannot read"),
    ("find_audience", 200, {}, TryLater, "cannot read"),
    ("count_audience", 200, {"contact_count": "7"}, TryLater, "cannot read"),
    ("read_campaign", 200, {"id": "201"}, TryLater, "cannot read"),
    ("read_campaign", 404, {}, Refused, "404"),
    ("send_campaign", 404, {}, Uncertain, "404"),
    ("send_campaign", 403, {"errors": [{"message": "access forbidden"}]}, Denied, "forbidden"),
    *(
        ("send", status, {"errors": [{"message": said, "field": "from.email"}]}, error, words)
        for status, said, error, words in (
            (401, "Maximum credits exceeded", UsedUp, "plan at SendGrid allows is used up"),
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
SANDBOX = "mail_settings", "sandbox_mode", {"enable": True}
BAD_EXAMPLES = {"send", "send bare", "send another"}  # they lack the header with the id


def event(name, **more):
    """What SendGrid tells of a mail."""
    return {
        "email": "ada@example.org", "timestamp": SECONDS, "event": name, "key": KEY,
        "sg_event_id": "-".join(map(str, ("event", name, *more.values()))),
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", **more,
    }


TOLD = {"key": KEY, "message_id": "14c5d75ce93.dfd.64b469", "at": AT}
MAILBOX = "Invalid Address", "Mailbox Unavailable", "Unclassified"
SENDER = "Content", "Reputation", "Frequency or Volume Too High"
EVENTS = [
    (event("processed"), EventKind.QUEUED, {"id": "event-processed"}),
    (event("deferred", response="400 later"), EventKind.DEFERRED, {"reason": "400 later"}),
    (event("delivered", response="250 OK"), EventKind.DELIVERED, {"reason": "250 OK"}),
    (event("bounce", reason="500", type="bounce"), EventKind.BOUNCED, {"reason": "500"}),
    *(
        (event("bounce", reason="no", type=kind, bounce_classification=why), told, {"reason": "no"})
        for kind, why, told in (
            *(("bounce", why, EventKind.BOUNCED) for why in (*MAILBOX, "Technical Failure", None)),
            ("blocked", "Mailbox Unavailable", EventKind.SOFT_BOUNCED),
            *(("blocked", why, EventKind.REJECTED) for why in ("Unclassified", "Content", None)),
            *(("bounce", why, EventKind.REJECTED) for why in SENDER),
        )
    ),
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
SIGNATURE = "X_Twilio_Email_Event_Webhook_Signature"
TIMESTAMP = "X_Twilio_Email_Event_Webhook_Timestamp"


def sign(body, what="events", secret=PRIVATE, at=None):
    """A call as SendGrid signs it: with its own key, over the moment and the raw body."""
    private = secret if isinstance(secret, ec.EllipticCurvePrivateKey) else OTHER
    stamp = str(int(time.time()) if at is None else at).partition(".")[0]
    signature = private.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
    shown = {SIGNATURE: b64encode(signature).decode(), TIMESTAMP: stamp}
    return called(what, body, **shown)


def wrong(call):
    """What is not rightly signed."""
    for name, value in (
        (SIGNATURE, "bm8="), (SIGNATURE, "no base64"), (TIMESTAMP, "0"), (TIMESTAMP, "\u0663"),
    ):
        yield with_headers(call, **{name: value})
    yield sign(call.body, at="")


RAW_MAIL = (  # as mail programs write it
    b"From: =?utf-8?q?Grace?= Hopper <grace@example.org>\r\nMIME-Version: 1.0\r\n"
    b"To: reply@in.example.org, b@example.org\r\nCc: c@example.org\r\n"
    b"Delivered-To: d@example.org\r\nSubject: =?utf-8?q?Re:?= Is the pool warm?\r\n"
    b'Message-ID: <a@example.org>\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=latin-1\r\n\r\nYes, ple\xe4se.\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''l%C3%A4ke.png\r\n\r\naGVsbG8=\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nHello\r\n--b--\r\n"
)
ENVELOPE = b'{"to": ["reply+1-x@in.example.org"], "from": "grace@example.org"}'


def form(*fields, secret=SECRET):
    """A call of the inbound parse: fields are (name, content) or (name, content, file name)."""
    body = b""
    for name, content, *file_name in fields:
        named = f'; filename="{file_name[0]}"' if file_name else ""
        head = f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    call = called("inbound", body + b"--xYzZY--\r\n", Authorization=basic_of("portal", secret))
    return with_headers(call, Content_Type="multipart/form-data; boundary=xYzZY")


def raw_form(**more):
    """A mail that is handed on whole."""
    return form(("email", RAW_MAIL), ("envelope", ENVELOPE), **more)


def parsed_form(text=b"Yes, ple\xe4se.", charset="iso-8859-1"):
    """A mail that is handed on in parts."""
    return form(
        ("headers", RAW_MAIL.partition(b"\r\n\r\n")[0]),
        ("from", b"Grace Hopper <grace@example.org>"), ("to", b"reply@in.example.org"),
        ("subject", b"Re: Is the pool warm?"), ("text", text), ("html", b"<p>Yes</p>"),
        ("envelope", ENVELOPE),
        ("charsets", json.dumps({"text": charset, "subject": "UTF-8"}).encode()),
        ("attachment-info", b'{"attachment1": {"filename": "lake.png"}}'),
        ("attachment1", b"hello", "lake.png"),
    )


WHOLE = READ | {
    "text": "Yes, pleäse.\n\n[A mail that came with this one: “inner”]\n\nHello",
    "recipients": (
        "reply@in.example.org", *(f"{one}@example.org" for one in "bcd"), "reply+1-x@in.example.org"
    ),
    "attachments": (
        InboundAttachment("läke.png", b"hello"),
        InboundAttachment("inner.eml", b"Subject: inner\r\n\r\nHello"),
    ),
}
SCREENED = [
    ("spam_score", b"6.2"), ("SPF", b"softfail"),
    ("dkim", b"{@a.example : fail, @b.example : pass}"),
]
PARSED = WHOLE | READ | {"attachments": (InboundAttachment("lake.png", b"hello"),)}
MAILS = [
    (raw_form(), WHOLE),
    (parsed_form(), PARSED),
    (form(("email", RAW_MAIL), *SCREENED), {"screening": Screening(6.2, "softfail", "pass")}),
    (form(("from", b"a@b.example"), ("dkim", b"{@b.example : fail}"), ("spam_score", b"?")),
     {"screening": Screening(dkim="fail")}),
    (form(("from", b"Zo\xc3\xab <zoe@example.org>"), ("to", b"a@b.example, Y <c@d.example>")),
     {"sender": Address(ZOE, "Zoë"), "recipients": ("a@b.example", "c@d.example")}),
    # A charset that nobody knows loses no mail.
    *(
        (parsed_form("Zoë".encode(), charset), PARSED | {"text": "Yes\n\nZoë"})
        for charset in ("no-such-charset", "", 7, None, "hex", "\0")
    ),
]
NO_MAILS = [
    form(), form(("spam_score", b"1")), form(*[("from", b"a@example.org")] * 1001),
    replace(sign(b"[]"), url=SITE.inbound_url),
]

# They are in the description of campaigns.
UNDESCRIBED = ("/v3/tracking_settings/", "/v3/marketing/senders")
CAMPAIGN_UNDESCRIBED = f"DELETE {campaigns.LISTS}/"  # page "Delete a list"
CAMPAIGN_BAD_EXAMPLES = {"create_campaign", "fill_campaign"}  # with nobody's sender
RIGHT = (
    "The key works. Look at “Sender Authentication” whether hello@example.com or its domain is "
    "verified. Subscribers go on the list “Newsletter”. Contacts have all that we keep of a "
    "choice. The webhook for events is there, and signed. Mail to in.example.com is handed on. "
    "Newsletters track neither opens nor clicks. Newsletters may come from hello@example.com. "
    "Links to leave a newsletter have their group."
)
ELSEWHERE = {"url": "https://elsewhere.example/"}
BROKEN = [
    (hook_is(enabled=False), "The webhook for events is off", True),
    (hook_is(click=True), "The webhook for events tells of opens", True),
    (lambda fake: fake.tracking.update(open=True), "Newsletters track each open", True),
    (lambda fake: fake.groups.clear(), "There is no unsubscribe group 12", False),
    (lambda fake: fake.hooks.clear(), "The webhook for events is missing", True),
    (lambda fake: fake.fields.pop("Topics"), "Contacts lack the custom fields topics", True),
    (lambda fake: fake.parse["in.example.com"].update(ELSEWHERE), "is not handed on", True),
]
MISFIT = [
    ({"list_id": "gone"}, "SENDGRID_LIST_ID"),
    ({"webhook_key": ""}, "SENDGRID_WEBHOOK_KEY does not hold the key of the webhook"),
]
