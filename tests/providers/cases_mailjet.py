"""Mailjet, by its description, version 1.0.0, and its guides on events and parsing."""

from base64 import b64encode

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain
from portal.providers.values import Address, EventKind, Finding, InboundAttachment

from .fake_mailjet import FakeMailjet
from .ours import API_KEY, AT, CHOSEN, EMAIL, HEADERS, KEY, SECONDS, SECRET, SITE, ZOE, basic

# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET}
BAD_SETTINGS = [
    ({"api_secret": ""}, "MAILJET_API_SECRET"),
    *(({"list_id": one}, "MAILJET_LIST_ID") for one in ("seven", "7.5", "-1", "\uff17", "1 2")),
]
PAIR = f"{API_KEY}:{FakeMailjet.settings['api_secret']}"
SHOWN = {"authorization": f"Basic {b64encode(PAIR.encode()).decode()}"}
UNWATCHED = {"TrackOpens": "disabled", "TrackClicks": "disabled", "CustomID": KEY}
PERSON = {"Email": ZOE, "Name": "Zoë Müller", "Properties": CHOSEN}
CONTACT = "/v3/REST/contact/zoe%40example.org"
PAGE = "Limit=1000&Offset=0&Sort=ID"
ONE = f"ContactsList=7&ContactEmail=zoe%40example.org&{PAGE}"
HANDED_ON = SITE.events_url.replace("://", f"://portal:{SECRET.replace('=', '%3D')}@")
CALLS = {
    "send": {"POST /v3.1/send": {"Messages": [{
        **UNWATCHED,
        "From": {"Email": "hello@example.com", "Name": "Get Yourself Active"},
        "To": [{"Email": ZOE, "Name": "Zoë Müller, Leeds"}],
        "ReplyTo": {"Email": "team@example.com", "Name": "The media team"},
        "Subject": EMAIL.subject, "TextPart": EMAIL.text, "HTMLPart": EMAIL.html,
        "CustomCampaign": "confirm_signup", "Headers": HEADERS,
        "Attachments": [{
            "ContentType": "image/png", "Filename": "zoë.png",
            "Base64Content": "aGVsbG8=",
        }],
    }]}},
    "find": {f"GET /v3/REST/message?CustomID={KEY}&ShowCustomID=true&{PAGE}": {}},
    "upsert": {
        "POST /v3/REST/contactslist/7/managecontact": {"Action": "addforce", **PERSON},
        f"PUT {CONTACT}": {"IsExcludedFromCampaigns": False},
    },
    "upsert_many": {"POST /v3/REST/contactslist/7/managemanycontacts": {
        "Action": "addforce", "Contacts": [{**PERSON, "IsExcludedFromCampaigns": False}],
    }},
    "unsubscribe": {
        f"PUT {CONTACT}": {"IsExcludedFromCampaigns": True},
        "POST /v3/REST/contactslist/7/managecontact": {"Action": "unsub", "Email": ZOE},
    },
    "erase": {f"GET {CONTACT}": {}, "DELETE /v4/contacts/1": {}},
    "lookup": {
        f"GET {CONTACT}": {}, f"GET /v3/REST/contactdata?ContactEmail=zoe%40example.org&{PAGE}": {},
        f"GET /v3/REST/listrecipient?{ONE}": {},
    },
    "everyone": {
        f"GET /v3/REST/listrecipient?Unsub=true&ContactsList=7&{PAGE}": {},
        f"GET /v3/REST/contactdata?ContactsList=7&{PAGE}": {},
        f"GET /v3/REST/contact?ContactsList=7&{PAGE}": {},
    },
    "install_hooks": [
        *(
            ("POST /v3/REST/contactmetadata",
             {"Name": name, "Datatype": "str", "NameSpace": "static"})
            for name in CHOSEN
        ),
        *(
            ("POST /v3/REST/eventcallbackurl",
             {"EventType": name, "Url": HANDED_ON, "Status": "alive", "Version": 2})
            for name in ("sent", "bounce", "blocked", "spam", "unsub")
        ),
        ("POST /v3/REST/parseroute", {"Url": HANDED_ON.replace("events", "inbound")}),
    ],
}
MANY = 1005, 300


def refused(code, status):
    """An answer of success that says no."""
    error = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": "Not like this."}
    return {"Messages": [{"Status": "error", "Errors": [error]}]}


LEFT_OUT = {"Name", "ReplyTo", "CustomCampaign", "Attachments", "ContentType", "Filename",
            "Base64Content", *HEADERS}
NAMED = {"send": "576460752303423488", "upsert_many": "1"}  # as receipts name what was taken
ANSWERS = [
    *(
        ("send", 200, refused(code, status), error, f"{code} Not like this")
        for code, status, error in (
            ("mj-0003", 400, Refused),
            ("mj-0013", None, Refused),
            ("mj-0013", "400", Refused),
            ("mj-0015", 401, Denied),
            ("send-0008", 403, Denied),
            ("mj-9999", 429, Busy),
            ("mj-9999", 500, TryLater),
        )
    ),
    ("send", 403, refused("send-0008", 403), Denied, "MAIL_FROM"),
    ("send", 401, {"ErrorCode": "mj-0015"}, Denied, "MAILJET_API_KEY"),
    *(
        ("send", 200, data, Uncertain, "cannot read")
        for data in (None, [], {}, {"Messages": []}, {"Messages": [7]}, {"Messages": [{"To": []}]})
    ),
    *(
        (deed, 200, data, TryLater, "")
        for deed in ("erase", "lookup")
        for data in (None, [], {}, {"Data": [{}]}, {"Data": [{"ID": "7"}]})
    ),
]
SANDBOX = {"SandboxMode": True}


def event(name, **more):
    """What Mailjet tells of a mail."""
    return {
        "event": name, "time": SECONDS, "MessageID": 576460752303423500,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0aa1b2c", "email": "ada@example.org",
        "mj_campaign_id": 7257, "customcampaign": "confirm_signup", "CustomID": KEY, "Payload": "",
        **more,
    }


def bounce(error, *, hard=False, about="recipient"):
    """A mail that came back."""
    return event("bounce", hard_bounce=hard, error_related_to=about, error=error)


TOLD = {"key": KEY, "message_id": "576460752303423500", "at": AT}
EVENTS = [
    (event("sent", smtp_reply="250 OK"), EventKind.DELIVERED, {"reason": "250 OK"}),
    (bounce("user unknown", hard=True), EventKind.BOUNCED, {"reason": "recipient: user unknown"}),
    (bounce("greylisted", hard=True), EventKind.BOUNCED, {"reason": "recipient: greylisted"}),
    (bounce("quota"), EventKind.SOFT_BOUNCED, {"reason": "recipient: quota"}),
    (bounce("greylisted", about="domain"), EventKind.DEFERRED, {"reason": "domain: greylisted"}),
    (event("blocked", error="preblocked"), EventKind.REJECTED, {"reason": "preblocked"}),
    (event("spam", source="JMRPP"), EventKind.COMPLAINED, {}),
    (event("unsub", mj_list_id=7, geo="FR", agent=""), EventKind.UNSUBSCRIBED, {}),
    (event("unsub", MessageID=None, CustomID=None), EventKind.UNSUBSCRIBED,
     {"key": "", "message_id": ""}),
    (event("open", ip="127.0.0.1", agent="Mozilla/5.0"), EventKind.UNKNOWN, {}),
]
sign = basic


def part(kind, ref=None, **headers):
    """A part of a mail, which names the field that has its content."""
    headers = {"Content-Type": [kind], **{k.replace("_", "-"): [v] for k, v in headers.items()}}
    return {"Headers": headers, **({"ContentRef": ref} if ref else {})}


def named(*names):
    """Parts that are files with such names."""
    kinds = [f'a/b; name="{name}"' for name in names]
    return [part(kind, "Attachment1") for kind in kinds]


MAIL = {
    "Sender": "bounce@example.org", "Recipient": "reply+1-x@in.example.org",
    "From": '"Grace Hopper" <grace@example.org>', "Subject": "Re: Is the pool warm?",
    "Headers": {
        "Received": ["from a by b", "from b by c"], "Message-ID": "<a@example.org>",
        "To": "The charity <reply@in.example.org>, b@example.org",
        "Cc": '"Hopper, Vincent" <c@example.org>',
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
    "Attachment3": "aGVsbG8=", "SpamAssassinScore": "1.7", "CustomID": "",
}
ODD_NAMES = ["=?nothing?b?w6k=?=", "=?utf-8?b?a?=", "=?"]
MAILS = [
    (
        MAIL,
        {
            "sender": Address("grace@example.org", "Grace Hopper"),
            "recipients": (
                *("reply+1-x@in.example.org", "reply@in.example.org"),
                *("b@example.org", "c@example.org"),
            ),
            "subject": "Re: Is the pool warm?", "text": "Yes, pleäse.\n", "html": "<p>Yes</p>",
            "message_id": "<a@example.org>",
            "headers": (
                *(("Received", "from a by b"), ("Received", "from b by c")),
                ("Message-ID", "<a@example.org>"),
                ("To", "The charity <reply@in.example.org>, b@example.org"),
                ("Cc", '"Hopper, Vincent" <c@example.org>'),
            ),
            "attachments": (
                InboundAttachment("a;b.pdf", b"hello", size=5),
                InboundAttachment("zoë.txt", "Zoë".encode(), size=4),
                InboundAttachment("é.png", b"hello", size=5),
                InboundAttachment("Attachment3", b"hello", size=5),
            ),
        },
    ),
    (MAIL | {"Parts": named(*ODD_NAMES)},
     {"attachments": tuple(InboundAttachment(one, b"hello", size=5) for one in ODD_NAMES)}),
    ({"Sender": "a@example.org", "Recipient": "b@c.d"},
     {"sender": Address("a@example.org"), "recipients": ("b@c.d",)}),
]
NO_MAILS = [{}, bounce("user unknown")]

RIGHT = [
    Finding("The keys work."),
    Finding("hello@example.com may send."),
    Finding("Subscribers go on the list “The newsletter”."),
    Finding("Contacts have all that we keep of a choice."),
    Finding("The webhooks for events are there."),
    Finding("Mail that comes in is handed on."),
]


def senders(*rows):
    """A change of those who may send."""
    return lambda fake: setattr(fake, "senders", [{"Email": one, "Status": s} for one, s in rows])


OTHER = {"EventType": "bounce", "Url": "https://elsewhere.example/"}
BROKEN = [
    (senders(), "hello@example.com may not send yet", False),
    (senders(("hello@example.com", "Inactive")), "hello@example.com may not send yet", False),
    (senders(("*@example.net", "Active")), "hello@example.com may not send yet", False),
    (senders(("Hello@example.com", "Active")), "", True),
    # More than are given without asking for more.
    (senders(*[("a@example.net", "")] * 20, ("*@example.com", "Active")), "", True),
    (lambda fake: fake.hooks.pop(), "Webhooks are missing for: unsub", True),
    (lambda fake: fake.hooks[1].update(OTHER), "Webhooks are missing for: bounce", False),
    (lambda fake: fake.routes.clear(), "Mail that comes in is not handed on", True),
    (lambda fake: fake.fields.pop(), "Contacts lack preferences_url", True),
]
MISFIT = [
    ({"list_id": "8"}, "MAILJET_LIST_ID"),
    ({"webhook_secret": "another-secret-that-is-long-enough"}, "Mail that comes in is not handed"),
    ({"webhook_secret": f"another-secret-that-is-long-enough {SECRET}"}, ""),
]

BAD_EXAMPLES = {"install_hooks"}
