"""Postmark, by its description, version 1.0.0, and its pages on errors and webhooks."""

import uuid
from base64 import b64encode

from portal.providers.errors import Busy, Denied, Refused, Suppressed, Uncertain, UsedUp
from portal.providers.values import Address, EventKind, InboundAttachment, Screening

from .fake import FakeProvider, hook_is
from .ours import API_KEY, AT, EMAIL, HEADERS, ISO, KEY, OTHER_KEY, READ, SECRET, SITE, ZOE
from .theirs import basic, with_password


class FakePostmark(FakeProvider):
    """Takes mails, and finds them again. `server_values` are what the server is set to."""

    def begin(self):
        self.server_values = {"Name": "The portal"}

    def complaint(self, status, code, words):
        return {"ErrorCode": {401: 10, 400: 300}.get(status, status), "Message": words}

    def acts(self):
        return {
            "POST /email": lambda call: self._send(call["body"]),
            "POST /email/batch": lambda call: [self._send(one) for one in call["body"]],
            "GET /messages/outbound": self._search,
            "GET /messages/outbound/*/details": self._details,
            "POST /data-removals": self._forget,
            "GET /server": lambda _: self.server_values,
            "PUT /server": lambda call: self.server_values.update(call["body"]),
            "GET /webhooks": lambda call: {"Webhooks": self._of_stream(call, self.hooks)},
            "POST /webhooks": self.add_to(self.hooks, ID=len(self.hooks)),
            "PUT|DELETE /webhooks/*": self.change_in(self.hooks),
        }

    def _forget(self, call):
        shown = call["headers"].get("x-postmark-account-token")
        return {"ID": 1} if shown == SETTINGS["api_secret"] else (401, self.complaint(401, "", ""))

    def _details(self, _, name):
        return next(mail for mail in self.mails if mail["MessageID"] == name)

    def _search(self, call):
        to = call["query"]["recipient"]
        found = self._of_stream(call, [mail for mail in self.mails if to in mail["To"]])
        return {"TotalCount": len(found), "Messages": found[::-1]}

    def _of_stream(self, call, rows):
        return [one for one in rows if one["MessageStream"] in call["query"].values()]

    def _send(self, mail):
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, str(len(self.mails))))
        self.mails.append({**mail, "MessageID": name})
        return {"To": mail["To"], "MessageID": name, "ErrorCode": 0, "Message": "OK"}


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET, "api_secret": "made-up-account-token"}
LACKING = [("api_secret", "erase")]
SHOWN = {"x-postmark-server-token": API_KEY}
MAIL_IDS = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(2)]
WRITTEN = {
    "Metadata": {"key": KEY}, "MessageStream": "outbound", "TrackOpens": False,
    "TrackLinks": "None", "From": '"Get Yourself Active" <hello@example.com>',
    "To": '"Zoë Müller, Leeds" <zoe@example.org>',
    "ReplyTo": '"The media team" <team@example.com>', "Subject": EMAIL.subject,
    "TextBody": EMAIL.text, "HtmlBody": EMAIL.html, "Tag": "confirm_signup",
    "Headers": [{"Name": name, "Value": value} for name, value in HEADERS.items()],
    "Attachments": [{"Name": "zoë.png", "Content": "aGVsbG8=", "ContentType": "image/png"}],
}
BARE_ONE = {
    "Metadata": {"key": OTHER_KEY}, "MessageStream": "broadcast", "TrackOpens": False,
    "TrackLinks": "None", "From": "b@example.com", "To": "a@example.org", "Subject": "Hi",
    "TextBody": "Hi", "Headers": [],
}
CALLS = {
    "send": {"POST /email": WRITTEN},
    "send_many": {"POST /email/batch": [WRITTEN | {"MessageStream": "broadcast"}, BARE_ONE]},
    "find": {
        "GET /messages/outbound?count=20&offset=0&recipient=zoe%40example.org"
        "&messagestream=outbound": {},
        f"GET /messages/outbound/{MAIL_IDS[1]}/details": {},
    },
    "erase": {"POST /data-removals": {
        "RequestedBy": ZOE, "RequestedFor": ZOE, "NotifyWhenCompleted": False,
    }},
    "install_hooks": [
        *(
            ("POST /webhooks", {
                "Url": SITE.events_url, "HttpAuth": {"Username": "portal", "Password": SECRET},
                "MessageStream": stream, "Triggers": {
                    "Delivery": {"Enabled": True},
                    "Bounce": {"Enabled": True, "IncludeContent": False},
                    "SpamComplaint": {"Enabled": True, "IncludeContent": False},
                    "SubscriptionChange": {"Enabled": True}, "Open": {"Enabled": False},
                    "Click": {"Enabled": False},
                },
            })
            for stream in ("outbound", "broadcast")
        ),
        ("PUT /server", {
            "InboundHookUrl": with_password(SITE.inbound_url), "InboundDomain": "in.example.com",
            "RawEmailEnabled": True,
        }),
    ],
}
# What is said of the two mails of a call, and what became of them.
NOT_TAKEN = {"ErrorCode": 406, "Message": "The recipient has been marked as inactive"}
FATES = [
    (200, [{"MessageID": "1", "ErrorCode": 0}, NOT_TAKEN], ["1", Suppressed]),
    (200, [NOT_TAKEN | {"ErrorCode": 300}, {"MessageID": "2", "ErrorCode": 0}], [Refused, "2"]),
    (200, [{}, {"MessageID": "2", "ErrorCode": 405}], [Uncertain, UsedUp]),
    # The stream for newsletters is none of other mail's, which must not rest for it.
    (200, [NOT_TAKEN | {"ErrorCode": code} for code in (1235, 1236)], [Refused, Refused]),
]

ANSWERS = [
    ("send_many", 422, {"ErrorCode": 1235, "Message": "The stream is gone"}, Refused, "is gone"),
    ("send_many", 422, {"ErrorCode": 402, "Message": "That is no JSON"}, Refused, "no JSON"),
    ("send_many", 200, [{"MessageID": "1", "ErrorCode": 0}], Uncertain, "cannot read"),
    *(
        ("send", status, {"ErrorCode": code, "Message": said}, error, f"{code} {said}")
        for status in (200, 422)  # the code in the body counts, and not the status
        for code, said, error in (
            (10, "No Account or Server API tokens were supplied", Denied),
            (100, "Offline for maintenance", Busy),
            (300, "Invalid 'To' address", Refused),
            (400, "The From address is not a Sender Signature", Denied),
            (401, "The Sender Signature is not confirmed", Denied),
            (405, "The limit of emails was exceeded", UsedUp),
            (406, "The recipient has been marked as inactive", Suppressed),
            (412, "The account is pending approval", Denied),
            (413, "The account may not send", Denied),
            (1235, "The stream does not exist", Denied),
            (1236, "The stream is not for sending", Denied),
        )
    ),
    ("send", 503, {"ErrorCode": 100}, Busy, "100"),
    *(
        ("send", 200, data, Uncertain, "cannot read")
        for data in ({"ErrorCode": 0}, {"MessageID": "1"}, {"MessageID": "1", "ErrorCode": "406"})
    ),
]


def event(kind, moment, **more):
    """What Postmark tells of a mail."""
    return {
        "RecordType": kind, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"key": KEY}, "MessageStream": "outbound", moment: ISO,
        "Recipient" if kind in {"Delivery", "SubscriptionChange"} else "Email": "ada@example.org",
        **more,
    }


def suppressed(why, *, is_so=True):
    """What Postmark tells of an address."""
    return event("SubscriptionChange", "ChangedAt", SuppressSending=is_so, SuppressionReason=why)


TOLD = {"key": KEY, "message_id": "883953f4-6105-42a2-a16a-77a8eac79483", "at": AT}
DELIVERED = event("Delivery", "DeliveredAt", Details="250 OK")
BOUNCE = event("Bounce", "BouncedAt", Type="HardBounce", Description="It came back.")
EVENTS = [
    (DELIVERED, EventKind.DELIVERED, {"reason": "250 OK"}),
    (BOUNCE, EventKind.BOUNCED, {"reason": "It came back."}),
    (event("SpamComplaint", "BouncedAt", ID=42), EventKind.COMPLAINED, {}),
    *(
        (event("Bounce", "BouncedAt", Type=one), kind, {})
        for kind, types in {
            EventKind.BOUNCED: ["BadEmailAddress", "ManuallyDeactivated"],
            EventKind.SOFT_BOUNCED: ["SoftBounce", "Unknown"],
            EventKind.DEFERRED: ["Transient"],
            EventKind.COMPLAINED: ["SpamComplaint"],
            EventKind.UNSUBSCRIBED: ["Unsubscribe"],
            EventKind.REJECTED: [
                *("Blocked", "DMARCPolicy", "DnsError", "SMTPApiError", "SpamNotification"),
                *("TemplateRenderingFailed", "Unconfirmed", "VirusNotification", "a new one"),
            ],
            EventKind.UNKNOWN: [
                *("AutoResponder", "AddressChange", "ChallengeVerification"),
                *("Subscribe", "OpenRelayTest", "InboundError"),
            ],
        }.items()
        for one in types
    ),
    (suppressed("HardBounce"), EventKind.BOUNCED, {}),
    (suppressed("SpamComplaint"), EventKind.COMPLAINED, {}),
    (suppressed("ManualSuppression"), EventKind.UNSUBSCRIBED, {}),
    (suppressed(None), EventKind.UNKNOWN, {}),
    (suppressed("HardBounce", is_so=False), EventKind.UNKNOWN, {}),
    (event("NewOne", "ChangedAt"), EventKind.UNKNOWN, {}),
]
sign = basic

SCREENED = {
    "X-Spam-Status": "Yes", "X-Spam-Score": "5.1",
    "X-Spam-Tests": "DKIM_SIGNED,DKIM_VALID,SPF_FAIL",
    "Received-SPF": "Fail (sender SPF not authorized) identity=mailfrom",
}
MAIL = {
    "FromFull": {"Email": "grace@example.org", "Name": "Grace Hopper"},
    "ToFull": [{"Email": "team@example.com", "Name": ""}], "Subject": "Re: Is the pool warm?",
    "TextBody": "Yes, pleäse.\n", "HtmlBody": "<p>Yes</p>", "MessageID": "postmarks-own",
    "Headers": [
        {"Name": "Message-ID", "Value": "<a@example.org>"},
        {"Name": "Delivered-To", "Value": "reply@in.example.org"},
        *({"Name": name, "Value": value} for name, value in SCREENED.items()),
    ],
    "Attachments": [{"Name": "lake.png", "Content": b64encode(b"\x89PNG").decode()}],
}
MAILS = [
    (MAIL, {
        **READ, "recipients": ("team@example.com", "reply@in.example.org"),
        "attachments": (InboundAttachment("lake.png", b"\x89PNG"),),
        "screening": Screening(5.1, "fail", "pass"),
    }),
    (
        {
            "From": "Ada <ada@example.org>",
            "ToFull": [{"Email": "list@example.com"}, {"Name": "no address"}, "odd"],
            "CcFull": [{"Email": "list@example.com"}], "OriginalRecipient": "reply@in.example.org",
            "Headers": [{"Name": "Message-Id", "Value": "<a@b>"}], "ReplyTo": "b@example.org",
            "Attachments": [{"Name": "a.png", "Content": "no base64!"}, 7],
        },
        {
            "sender": Address("ada@example.org", "Ada"),
            "recipients": ("list@example.com", "reply@in.example.org"), "message_id": "<a@b>",
            "headers": (("Message-Id", "<a@b>"), ("Reply-To", "b@example.org")),
            "attachments": (InboundAttachment("a.png", b"no base64!"),),
        },
    ),
]

RIGHT = (
    "The key works. It is for the server “The portal”. Look at “Sender Signatures” whether "
    "hello@example.com is confirmed: a token of a server cannot ask. The webhook for the stream "
    "“outbound” is there. The webhook for the stream “broadcast” is there. Mail to "
    "in.example.com is handed on."
)
BAD_EXAMPLES = {"send_many"}
BROKEN = [
    (hook_is(HttpAuth=None), "does not show POSTMARK_WEBHOOK", True),
    (hook_is(Triggers=None), "does not tell of Delivery", True),
    (lambda fake: fake.hooks[0]["Triggers"]["Open"].update(Enabled=True), "tells of opens", True),
    *(
        (lambda fake, to=to: fake.server_values.update(to),
         "Mail to in.example.com is not handed on", True)
        for to in (
            {"InboundHookUrl": SITE.inbound_url}, {"InboundDomain": "elsewhere.example"},
            {"RawEmailEnabled": False},
        )
    ),
]
