"""Mailjet, by its description, version 1.0.0, and its guides on events and parsing."""

from base64 import b64encode

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain
from portal.providers.values import Address, EventKind, InboundAttachment, Receipt, Screening

from .campaigns import mailjet as campaigns
from .campaigns.mailjet import FakeMailjetCampaigns
from .ours import (
    API_KEY,
    AT,
    CHOSEN,
    EMAIL,
    HEADERS,
    KEY,
    OTHER_KEY,
    READ,
    SECONDS,
    SECRET,
    SITE,
    ZOE,
)
from .theirs import basic, basic_of, with_password


class FakeMailjet(FakeMailjetCampaigns):
    """Takes mails and contacts.

    It keeps a contact with what was chosen (`Properties`) and whether it is on
    the list and left it. Without a limit it gives ten objects.
    """

    def begin(self):
        self.routes, self.made = [], 0
        self.senders = [{"Email": "*@example.com", "Status": "Active"}]

    def complaint(self, status, code, words):
        number = {401: "mj-0015", 400: "mj-0013"}.get(status, "mj-0001")
        return {"ErrorCode": number, "StatusCode": status, "ErrorMessage": words}

    def acts(self):
        return {
            "POST /v3.1/send": self._send,
            "POST /v3/REST/contactslist/7/*": self._manage,
            "POST /v3/REST/contactslist/*/managemanycontacts": self.join,
            **self.campaign_acts(),
            "GET|PUT /v3/REST/contact/*": self._contact,
            "DELETE /v4/contacts/*": self._delete,
            "GET /v3/REST/*": self._page,
            "POST /v3/REST/*": self._add,
            "PUT|DELETE /v3/REST/eventcallbackurl/*": self.change_in(self.hooks),
            "PUT /v3/REST/parseroute/*": self.change_in(self.routes),
        }

    def _rows(self, kind, query):
        """The objects of a kind; of contacts, those on the list, or one with that address."""
        email = query.get("ContactEmail", "").lower()
        people = [one for name, one in self.contacts.items() if email in {"", name}]
        if "ContactsList" in query:
            people = [one for one in people if self.is_on(one, query["ContactsList"])]
        if "Unsub" in query:
            people = [one for one in people if one["IsUnsubscribed"]]
        if "IsExcludedFromCampaigns" in query:
            people = [one for one in people if one["IsExcludedFromCampaigns"]]
        return {
            "sender": self.senders,
            "contactslist": [{"ID": 7, "Name": "The newsletter"}, *self.lists(query)],
            "eventcallbackurl": self.hooks,
            "parseroute": self.routes,
            "contactmetadata": self.fields,
            "message": [{**one, "ID": one["MessageID"]} for one in self.mails],
            "contact": people,
            "contactdata": [{"ContactID": it["ID"], "Data": chosen_by(it)} for it in people],
            "listrecipient": [{**it, "Contact": str(it["ID"])} for it in people],
        }[kind]

    def _page(self, call, kind):
        if "countOnly" in call["query"]:
            return self.count(call)
        found, start = self._rows(kind, call["query"]), int(call["query"].get("Offset", 0))
        return {"Data": found[start : start + int(call["query"].get("Limit", 10))]}

    def _add(self, call, kind):
        rows = self._rows(kind, {})
        return {"Data": [self.add_to(rows, ID=len(rows), Email="made@parse.example")(call)]}

    def _send(self, call):
        is_tried = call["body"].get("SandboxMode")
        return {"Messages": [self._take(one, is_tried) for one in call["body"]["Messages"]]}

    def _take(self, mail, is_tried):
        self.mails.append({**mail, "MessageID": 576460752303423488 + len(self.mails)})
        to = {"Email": mail["To"][0]["Email"], "MessageID": self.mails[-1]["MessageID"]}
        told = [] if is_tried else [to]
        return {"Status": "success", "CustomID": mail["CustomID"], "To": told}

    def _manage(self, call, _):
        people = call["body"].get("Contacts", [call["body"]])
        for one in people:
            contact = self.upserted(one)
            contact |= {"IsUnsubscribed": call["body"]["Action"] == "unsub", "IsOnList": True}
        return 201, {"Count": len(people), "Data": [{"JobID": self.made}]}

    def upserted(self, one):
        """The contact, with what is said of it."""
        self.made += 1
        new = {"ID": self.made, "IsExcludedFromCampaigns": False, "Properties": {}}
        new |= {"Lists": [], "IsOnList": False, "IsUnsubscribed": False}
        contact = self.contacts.setdefault(one["Email"].lower(), new)
        contact |= {name: value for name, value in one.items() if name != "Action"}
        return contact

    def _contact(self, call, email):
        before = self.contacts.get(email.lower(), {})
        if call["method"] == "PUT" and before.items() >= call["body"].items():
            return 304, None
        found = self.contact(call, email)
        return {"Data": [found]} if before else found

    def _delete(self, _, number):
        self.contacts = {k: v for k, v in self.contacts.items() if str(v["ID"]) != number}
        return 200, None


def chosen_by(contact):
    """What a contact chose, as Mailjet lists it."""
    return [{"Name": name, "Value": value} for name, value in contact["Properties"].items()]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"list_id": "7", "api_secret": "made-up-secret-for-tests", "webhook_secret": SECRET}
BAD_SETTINGS = [
    ({"api_secret": ""}, "MAILJET_API_SECRET"),
    *(({"list_id": one}, "MAILJET_LIST_ID") for one in ("seven", "7.5", "-1", "\uff17", "1 2")),
]
LACKING = [("list_id", deed) for deed in ("upsert", "upsert_many", "everyone")]
SHOWN = {"authorization": basic_of(API_KEY, SETTINGS["api_secret"])}
PERSON = {"Email": ZOE, "Name": "Zoë Müller", "Properties": CHOSEN}
CONTACT, LISTED = "/v3/REST/contact/zoe%40example.org", "/v3/REST/contactslist/7"
PAGE = "Limit=1000&Offset=0&Sort=ID"
WRITTEN = {
    "TrackOpens": "disabled", "TrackClicks": "disabled", "CustomID": KEY,
    "From": {"Email": "hello@example.com", "Name": "Get Yourself Active"},
    "To": [{"Email": ZOE, "Name": "Zoë Müller, Leeds"}],
    "ReplyTo": {"Email": "team@example.com", "Name": "The media team"},
    "Subject": EMAIL.subject, "TextPart": EMAIL.text, "HTMLPart": EMAIL.html,
    "CustomCampaign": "confirm_signup", "Headers": HEADERS,
    "Attachments": [
        {"ContentType": "image/png", "Filename": "zoë.png", "Base64Content": "aGVsbG8="}
    ],
}
BARE_ONE = {
    "TrackOpens": "disabled", "TrackClicks": "disabled", "CustomID": OTHER_KEY,
    "From": {"Email": "b@example.com"}, "To": [{"Email": "a@example.org"}],
    "Subject": "Hi", "TextPart": "Hi", "Headers": {},
}
CALLS = campaigns.CALLS | {
    "send": {"POST /v3.1/send": {"Messages": [WRITTEN]}},
    "send_many": {"POST /v3.1/send": {"Messages": [WRITTEN, BARE_ONE]}},
    "find": {f"GET /v3/REST/message?CustomID={KEY}&ShowCustomID=true&{PAGE}": {}},
    "upsert": {
        f"POST {LISTED}/managecontact": {"Action": "addforce", **PERSON},
        f"PUT {CONTACT}": {"IsExcludedFromCampaigns": False},
    },
    "upsert_many": {f"POST {LISTED}/managemanycontacts": {
        "Action": "addforce", "Contacts": [{**PERSON, "IsExcludedFromCampaigns": False}],
    }},
    "unsubscribe": {
        f"PUT {CONTACT}": {"IsExcludedFromCampaigns": True},
        f"POST {LISTED}/managecontact": {"Action": "unsub", "Email": ZOE},
    },
    "erase": {f"GET {CONTACT}": {}, "DELETE /v4/contacts/1": {}},
    "lookup": {
        f"GET {CONTACT}": {}, f"GET /v3/REST/contactdata?ContactEmail=zoe%40example.org&{PAGE}": {},
        f"GET /v3/REST/listrecipient?ContactsList=7&ContactEmail=zoe%40example.org&{PAGE}": {},
    },
    "everyone": {
        f"GET /v3/REST/listrecipient?Unsub=true&ContactsList=7&{PAGE}": {},
        f"GET /v3/REST/contactdata?ContactsList=7&{PAGE}": {},
        f"GET /v3/REST/contact?ContactsList=7&{PAGE}": {},
    },
    "who_left": {f"GET /v3/REST/contact?IsExcludedFromCampaigns=true&{PAGE}": {}},
    "install_hooks": [
        *(
            ("POST /v3/REST/contactmetadata",
             {"Name": name, "Datatype": "str", "NameSpace": "static"})
            for name in CHOSEN
        ),
        *(
            ("POST /v3/REST/eventcallbackurl",
             {"EventType": name, "Url": with_password(SITE.events_url), "Status": "alive",
              "Version": 2})
            for name in ("sent", "bounce", "blocked", "spam", "unsub")
        ),
        ("POST /v3/REST/parseroute", {"Url": with_password(SITE.inbound_url)}),
    ],
}
MANY = 1005, 300
STATES = [
    *(({one: True}, (False, True)) for one in ("IsUnsubscribed", "IsExcludedFromCampaigns")),
    ({"IsOnList": False}, (False, False)),
]


def refused(code, status):
    """An answer of success that says no."""
    error = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": "Not like this."}
    return {"Messages": [{"Status": "error", "Errors": [error]}]}


ANSWERS = [
    ("send_many", 401, {"ErrorCode": "mj-0015"}, Denied, "MAILJET_API_KEY"),
    ("send_many", 200, {"Messages": [{}]}, Uncertain, "cannot read"),
    *(
        ("send", 200, refused(code, status), error, f"{code} Not like this")
        for code, status, error in (
            ("mj-0003", 400, Refused), ("mj-0013", None, Refused), ("mj-0013", "400", Refused),
            ("mj-0015", 401, Denied), ("send-0008", 403, Denied),
            ("mj-9999", 429, Busy), ("mj-9999", 500, TryLater),
        )
    ),
    ("send", 403, refused("send-0008", 403), Denied, "MAIL_FROM"),
    ("send", 401, {"ErrorCode": "mj-0015"}, Denied, "MAILJET_API_KEY"),
    *(
        ("send", 200, data, Uncertain, "cannot read")
        for message in (7, {"To": [{"MessageID": 7}]}, {"Status": "success", "To": []})
        for data in ({"Messages": [message]},)
    ),
    *(
        (deed, 200, data, TryLater, "")
        for deed in ("erase", "lookup")
        for data in (None, [], {}, {"Data": [{}]}, {"Data": [{"ID": "7"}]})
    ),
    ("create_campaign", 201, {"Data": [{"ID": None}]}, Uncertain, "cannot read"),
    ("send_campaign", 400, {"ErrorMessage": "Not a draft"}, Uncertain, "Not a draft"),
    ("count_audience", 200, {"Data": []}, TryLater, "cannot read"),
    ("read_campaign", 200, {"Data": []}, TryLater, "cannot read"),
    ("read_campaign", 404, {"ErrorMessage": "Object not found"}, Refused, "not found"),
]
# What is said of the two mails of a call, and what became of them.
YES = {"Status": "success", "To": [{"MessageID": 7}]}
NO = refused("mj-0013", 400)["Messages"]
FATES = [
    (200, {"Messages": [YES, *NO]}, ["7", Refused]),
    (400, {"Messages": [*refused("mj-9999", 500)["Messages"], YES]}, [TryLater, "7"]),
    (200, {"Messages": [{}, YES | {"To": []}]}, [Uncertain, Uncertain]),
]
NOBODY = {"Count": 0, "Data": []}
TAKEN = [("lookup", 200, NOBODY, None), ("erase", 200, NOBODY, Receipt())]
SANDBOX = "", "SandboxMode", True
BAD_EXAMPLES = {"install_hooks", "send_many"}
CAMPAIGN_BAD_EXAMPLES = {"create_audience"}
CAMPAIGN_UNDESCRIBED = "DELETE /v3/REST/contactslist/"  # its reference has it: "Contact list"
UNDESCRIBED = ("/eventcallbackurl/",)  # how one is changed is on the page "Webhook" alone


def event(name, **more):
    """What Mailjet tells of a mail."""
    return {
        "event": name, "time": SECONDS, "MessageID": 576460752303423500,
        "email": "ada@example.org", "CustomID": KEY, "Payload": "", **more,
    }


def bounce(error, *, hard=False, about="recipient"):
    return event("bounce", hard_bounce=hard, error_related_to=about, error=error)


TOLD = {"key": KEY, "message_id": "576460752303423500", "at": AT}
NO_MAIL = {"key": "", "message_id": ""}
EVENTS = [
    (event("sent", smtp_reply="250 OK"), EventKind.DELIVERED, {"reason": "250 OK"}),
    (bounce("user unknown", hard=True), EventKind.BOUNCED, {"reason": "recipient: user unknown"}),
    (bounce("greylisted", hard=True), EventKind.BOUNCED, {"reason": "recipient: greylisted"}),
    (bounce("quota"), EventKind.SOFT_BOUNCED, {"reason": "recipient: quota"}),
    (bounce("greylisted", about="domain"), EventKind.DEFERRED, {"reason": "domain: greylisted"}),
    *(
        (bounce("policy issue", about=about, hard=hard), EventKind.REJECTED,
         {"reason": f"{about}: policy issue"})
        for about in ("content", "spam", "system", "mailjet") for hard in (True, False)
    ),
    (event("blocked", error="preblocked"), EventKind.REJECTED, {"reason": "preblocked"}),
    (event("spam", source="JMRPP"), EventKind.COMPLAINED, {}),
    (event("unsub", mj_list_id=7), EventKind.UNSUBSCRIBED, {}),
    (event("unsub", MessageID=None, CustomID=None), EventKind.UNSUBSCRIBED, NO_MAIL),
    (event("open", ip="127.0.0.1"), EventKind.UNKNOWN, {}),
]
sign = basic


def part(kind, ref=None, **headers):
    """A part of a mail, which names the field that has its content."""
    headers = {"Content-Type": [kind], **{k.replace("_", "-"): [v] for k, v in headers.items()}}
    return {"Headers": headers, **({"ContentRef": ref} if ref else {})}


MAIL = {
    "Sender": "bounce@example.org", "Recipient": "reply+1-x@in.example.org",
    "From": '"Grace Hopper" <grace@example.org>', "Subject": "Re: Is the pool warm?",
    "Headers": {
        "Received": ["from a by b", "from b by c"], "Message-ID": "<a@example.org>",
        "To": "The charity <reply@in.example.org>", "Cc": '"Hopper, Vincent" <c@example.org>',
    },
    "Parts": [
        part('multipart/mixed; boundary="b"'),
        part("text/plain; charset=utf-8", "Text-part"),
        part("a/b", "Attachment1", Content_Disposition='attachment; filename="a;b.pdf"'),
        part("a/b", "Attachment2", Content_Disposition="attachment; filename*=UTF-8''zo%C3%AB.txt"),
        part('image/png; name="=?utf-8?b?w6kucG5n?="', "InlineAttachment1", Content_ID="<abc>"),
        part("message/rfc822", "Attachment3", Content_Disposition="attachment"),
    ],
    "Text-part": "Yes, pleäse.\r\n", "Html-part": "<p>Yes</p>", "Attachment1": "aGVs\nbG8=",
    "Attachment2": b64encode("Zoë".encode()).decode(), "InlineAttachment1": "aGVsbG8=",
    "Attachment3": "aGVsbG8=", "SpamAssassinScore": "7.5",
}
ODD_NAMES = ["=?nothing?b?w6k=?=", "=?utf-8?b?a?=", "=?"]
MAILS = [
    (MAIL, {
        **READ,
        "text": "Yes, pleäse.\n\n[A mail that came with this one]\n\nhello",
        "recipients": ("reply+1-x@in.example.org", "reply@in.example.org", "c@example.org"),
        "headers": (
            ("Received", "from a by b"), ("Received", "from b by c"),
            ("Message-ID", "<a@example.org>"), ("To", "The charity <reply@in.example.org>"),
            ("Cc", '"Hopper, Vincent" <c@example.org>'),
        ),
        "attachments": (
            InboundAttachment("a;b.pdf", b"hello"),
            InboundAttachment("zoë.txt", "Zoë".encode()),
            InboundAttachment("é.png", b"hello"),
            InboundAttachment("Attachment3.eml", b"hello"),
        ),
        "screening": Screening(7.5),
    }),
    (MAIL | {"Parts": [part(f'a/b; name="{name}"', "Attachment1") for name in ODD_NAMES]},
     {"attachments": tuple(InboundAttachment(one, b"hello") for one in ("é", "a", "=?"))}),
    ({"Sender": "a@example.org", "Recipient": "b@c.d"},
     {"sender": Address("a@example.org"), "recipients": ("b@c.d",)}),
]
NO_MAILS = [{}, bounce("user unknown")]

KINDS = "sent", "bounce", "blocked", "spam", "unsub"
RIGHT = (
    "The keys work. hello@example.com may send. Subscribers go on the list “The newsletter”. "
    "Contacts have all that we keep of a choice. "
    + "".join(f"The webhook for “{kind}” is there. " for kind in KINDS)
    + "Mail that comes in is handed on."
)


def senders(*rows):
    """A change of those who may send."""
    return lambda fake: setattr(fake, "senders", [{"Email": one, "Status": s} for one, s in rows])


OTHER = {"EventType": "bounce", "Url": "https://elsewhere.example/"}
BROKEN = [
    *(
        (senders(*rows), "hello@example.com may not send yet", False)
        for rows in ([], [("hello@example.com", "Inactive")], [("*@example.net", "Active")])
    ),
    (senders(("Hello@example.com", "Active")), "", True),
    # More than are given without asking for more.
    (senders(*[("a@example.net", "")] * 20, ("*@example.com", "Active")), "", True),
    (lambda fake: fake.hooks.pop(), "The webhook for “unsub” is missing", True),
    (lambda fake: fake.hooks[1].update(Status="dead"), "The webhook for “bounce” is off", True),
    (lambda fake: fake.hooks[1].update(OTHER), "Another webhook for “bounce” stands in", False),
    (lambda fake: fake.hooks.append({**fake.hooks[0], "id": 5, "ID": 5, "EventType": "click"}),
     "The webhook for “click” tells what is nobody's business", True),
    (lambda fake: fake.hooks[1].update({**OTHER, "IsBackup": True}), "“bounce” is missing", True),
    (lambda fake: fake.routes.clear(), "Mail that comes in is not handed on", True),
    (lambda fake: fake.fields.pop(), "Contacts lack preferences_url", True),
]
MISFIT = [
    ({"list_id": "8"}, "MAILJET_LIST_ID"),
    ({"webhook_secret": "another-secret-that-is-long-enough"}, "Mail that comes in is not handed"),
    ({"webhook_secret": f"another-secret-that-is-long-enough {SECRET}"}, ""),
]
