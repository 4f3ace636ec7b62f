"""Amazon SES, by its developer guide and botocore's description `sesv2/2019-09-27`, and SNS's."""

import json
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from html import escape

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain, UsedUp
from portal.providers.ses import notices
from portal.providers.values import EventKind

from .certificates import certificate as made_certificate
from .fake import FakeProvider, hook_is
from .ours import AT, EMAIL, HEADERS, ISO, KEY, SITE
from .theirs import called, with_headers

REGION, API_SECRET = "eu-west-2", "made-up-secret"
TOPIC = "arn:aws:sns:eu-west-2:123456789012:portal-portal-example-com"
OTHER_TOPIC = "arn:aws:sns:eu-west-2:123456789012:another"
AMAZON = OUTSIDE = "https://sns.eu-west-2.amazonaws.com"
CERTIFICATE, EXPIRED = (f"{AMAZON}/SimpleNotificationService-{n}.pem" for n in ("5ab1", "01d5"))
YES = f"{AMAZON}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=23"


class FakeSES(FakeProvider):
    """Takes mails; has event destinations in `hooks`, and `subscriptions` to topics."""

    other_id = "another"

    def begin(self):
        self.account = {"ProductionAccessEnabled": True, "SendingEnabled": True}
        self.identities = {"example.com": True}
        self.sets, self.subscriptions = [], []

    def shows_key(self, call):
        """Whether a call is signed, as botocore would have signed it; some anybody may make."""
        if call["host"].startswith("sns."):
            return True
        told = call["headers"].get("authorization", "")
        return told.startswith("AWS4") and told.endswith(f"Signature={signature_of(call)}")

    def complaint(self, status, code, words):
        return {"__type": f"com.amazonaws#{code}", "message": words}

    def headers_of(self, call, status):
        is_xml = call["path"] == "/" and status == 200
        return {"Content-Type": "text/xml"} if is_xml else {}

    def acts(self):
        one = "/v2/email/configuration-sets/*"
        return {
            "POST /v2/email/outbound-emails": self._send,
            "GET /v2/email/account": lambda _: self.account,
            "GET /v2/email/identities/*": self._identity,
            "POST /v2/email/configuration-sets": self._add_set,
            f"GET {one}": lambda _, name: self._in(name, {"ConfigurationSetName": name}),
            f"GET {one}/event-destinations": lambda _, name: self._in(
                name, {"EventDestinations": self.hooks}
            ),
            f"POST {one}/event-destinations": self._add_hook,
            f"PUT|DELETE {one}/event-destinations/*": self._change_hook,
            "POST /": self._topics,
            "GET /": lambda _: xml("ConfirmSubscription", ""),
            "GET /*": lambda *_: certificate()[0],
        }

    def _send(self, call):
        self.mails.append(call["body"])
        return {"MessageId": message_id(len(self.mails) - 1)}

    def _identity(self, _, name):
        known = {"IdentityType": "DOMAIN", "VerifiedForSendingStatus": self.identities.get(name)}
        return known if name in self.identities else self.gone()

    def _add_set(self, call):
        self.sets.append(call["body"]["ConfigurationSetName"])
        return {}

    def _in(self, name, answer):
        return answer if name in self.sets else self.gone()

    def _add_hook(self, call, _):
        told = call["body"]
        self.hooks.append({"Name": told["EventDestinationName"], **told["EventDestination"]})
        return {}

    def _change_hook(self, call, _, name):
        self.change_in(self.hooks)({**call, "body": call["body"].get("EventDestination")}, name)
        return {}

    def _topics(self, call):
        told = call["body"]
        match told["Action"]:
            case "CreateTopic":
                arn = TOPIC.rpartition(":")[0] + f":{told['Name']}"
                return xml("CreateTopic", f"<TopicArn>{arn}</TopicArn>")
            case "Subscribe":
                one = {"Endpoint": told["Endpoint"], "TopicArn": told["TopicArn"]}
                self.subscriptions = [{**one, "SubscriptionArn": f"{told['TopicArn']}:7"}]
            case "ListSubscriptionsByTopic":
                mine = [one for one in self.subscriptions if one["TopicArn"] == told["TopicArn"]]
                members = "".join(f"<member>{fields(one)}</member>" for one in mine)
                return xml(told["Action"], f"<Subscriptions>{members}</Subscriptions>")
        return xml(told["Action"], "")


def fields(one):
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in one.items())


def xml(action, result):
    whole = f"<{action}Result>{result}</{action}Result>"
    return f"<{action}Response>{whole}</{action}Response>".encode()


def message_id(number):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))


def signature_of(call, region=REGION, secret=API_SECRET):
    """The signature that botocore makes for a call."""
    service = "ses" if call["path"].startswith("/v2/") else "sns"
    signer = SigV4Auth(Credentials("key", secret), service, region)
    headers = {"Content-Type": call["headers"]["content-type"], "Host": call["host"]}
    headers["X-Amz-Date"] = call["headers"]["x-amz-date"]
    url = f"http://{call['host']}{call['target']}"
    request = AWSRequest(call["method"], url, headers, data=call["raw"])
    request.context["timestamp"] = headers["X-Amz-Date"]
    told = signer.string_to_sign(request, signer.canonical_request(request))
    return signer.signature(told, request)


def certificate(days=3650):
    """A certificate of Amazon's in PEM, and its key."""
    return made_certificate("sns.amazonaws.com", days, is_rsa=True)


def prepared(provider):
    """The adapter, with what it has seen before: else it would ask Amazon."""
    provider._certificates |= {CERTIFICATE: certificate()[0], EXPIRED: certificate(days=-1)[0]}
    return provider


def signed(notice, *, version="2", url=CERTIFICATE, key=None):
    """The call with that notice, signed."""
    notice = {"Timestamp": ISO, "MessageId": "a1", **notice, "SignatureVersion": version}
    names = sorted({"Token", "SubscribeURL", *notices.SIGNED["Notification"]})
    text = "".join(f"{name}\n{notice[name]}\n" for name in names if name in notice)
    how = SHA1() if version == "1" else SHA256()
    made = (key or certificate()[1]).sign(text.encode("utf-8", "replace"), PKCS1v15(), how)
    notice |= {"Signature": b64encode(made).decode(), "SigningCertURL": url}
    return with_headers(called("events", json.dumps(notice).encode()), x_amz_sns_topic_arn="x")


def notice_of(body, topic=TOPIC):
    return {"Type": "Notification", "TopicArn": topic, "Message": body.decode("utf-8", "replace")}


def asks(**changes):
    """The call that asks whether we want what the topic tells."""
    notice = {"Type": "SubscriptionConfirmation", "TopicArn": TOPIC, "Message": "Do you?"}
    return signed(notice | {"Token": "23", "SubscribeURL": YES} | changes)


def sign(body, what="events", secret=TOPIC):
    return signed(notice_of(body, secret))


def elsewhere(url, *more):
    """Addresses almost like this one of Amazon's, which are none."""
    changes = [("https:", "http:"), (".com/", ".com.example/"), ("eu-west-2.", "us-east-1."), *more]
    changes += [("sns.", "s3."), ("https://", "https://a@"), (".com/", ".com:8443/")]
    return [url.replace(*change) for change in changes]


def wrong(call):
    notice = notice_of(json.loads(call.body)["Message"].encode())
    stranger = rsa.generate_private_key(65537, 2048)
    urls = elsewhere(CERTIFICATE, (".pem", ".txt"), ("SimpleNotificationService-", "x/"))
    return [
        signed(notice, key=stranger),
        signed(notice, version="3"),
        signed(notice, url=EXPIRED, key=certificate(days=-1)[1]),
        *(signed(notice, url=url) for url in urls),
        signed({**notice, "Type": "Other"}),
        asks(TopicArn=OTHER_TOPIC),
    ]


def also_right(call):
    notice = notice_of(json.loads(call.body)["Message"].encode())
    return [signed(notice, version="1"), signed({**notice, "Subject": "News"}), asks()]


# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"api_secret": API_SECRET, "region": REGION, "webhook_topic": TOPIC}
SECRETS_IN, ANOTHER, MADE_THERE = "webhook_topic", OTHER_TOPIC, "webhook_topic"
DESCRIPTION = None  # test_ses.py has botocore look at each call
NAME = TOPIC.rpartition(":")[2]
RULES = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "sns:Publish",
    "Resource": TOPIC, "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}},
}]}
EVENT_TYPES = ["SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT", "REJECT"]


def sns(action, **fields):
    return "POST /", {"Action": action, "Version": "2010-03-31", **fields}


CALLS = {
    "send": {"POST /v2/email/outbound-emails": {
        "FromEmailAddress": '"Get Yourself Active" <hello@example.com>',
        "Destination": {"ToAddresses": [
            "=?utf-8?b?Wm/DqyBNw7xsbGVyLCBMZWVkcw==?= <zoe@example.org>",
        ]},
        "Content": {"Simple": {
            "Subject": {"Data": EMAIL.subject, "Charset": "UTF-8"},
            "Body": {
                "Text": {"Data": EMAIL.text, "Charset": "UTF-8"},
                "Html": {"Data": EMAIL.html, "Charset": "UTF-8"},
            },
            "Headers": [{"Name": name, "Value": value} for name, value in HEADERS.items()],
            "Attachments": [
                {"FileName": "zoë.png", "RawContent": "aGVsbG8=", "ContentType": "image/png"},
            ],
        }},
        "EmailTags": [{"Name": "key", "Value": KEY}],
        "ConfigurationOverrides": {"Tracking": {
            "OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED",
        }},
        "ReplyToAddresses": ['"The media team" <team@example.com>'], "ConfigurationSetName": NAME,
    }},
    "install_hooks": [
        sns("CreateTopic", Name=NAME),
        *(
            sns("SetTopicAttributes", TopicArn=TOPIC, AttributeName=name, AttributeValue=value)
            for name, value in (("Policy", json.dumps(RULES)), ("SignatureVersion", "2"))
        ),
        sns("Subscribe", TopicArn=TOPIC, Protocol="https", Endpoint=SITE.events_url),
        ("POST /v2/email/configuration-sets", {"ConfigurationSetName": NAME}),
        (f"POST /v2/email/configuration-sets/{NAME}/event-destinations", {
            "EventDestinationName": "portal",
            "EventDestination": {
                "Enabled": True, "MatchingEventTypes": EVENT_TYPES,
                "SnsDestination": {"TopicArn": TOPIC},
            },
        }),
    ],
}
READS, SHOWN = ["ListSubscriptionsByTopic"], {}

ANSWERS = [
    *(
        ("send", status, {"__type": code, "message": said}, error, words)
        for status, code, said, error, words in (
            (400, "MessageRejected", "Address is not verified.", Denied, "production access"),
            (400, "MessageRejected", "Bad content", Refused, "Bad content"),
            (400, "BadRequestException", "Illegal address", Refused, "Illegal"),
            (400, "AccountSuspendedException", "", Denied, "SES_API_KEY"),
            (400, "SendingPausedException", "", Denied, "SES_API_KEY"),
            (400, "MailFromDomainNotVerifiedException", "", Denied, "account"),
            (400, "ThrottlingException", "Maximum sending rate exceeded.", Busy, "rate"),
            (400, "ThrottlingException", "Daily message quota exceeded.", UsedUp, "quota"),
            (429, "TooManyRequestsException", "Daily message quota exceeded.", UsedUp, "quota"),
            (429, "TooManyRequestsException", "Slow down", Busy, "Slow"),
            (400, "LimitExceededException", "", Busy, "Limit"),
            (404, "NotFoundException", "Configuration set <a> does not exist", Denied, "<a>"),
            (403, "SignatureDoesNotMatch", "", Denied, "SES_API_KEY"),
            (400, "IncompleteSignature", "", Denied, "SES_API_KEY"),
            (500, "InternalFailure", "", TryLater, "InternalFailure"),
        )
    ),
    ("send", 200, {"MessageId": ""}, Uncertain, "cannot read"),
]
BAD_SETTINGS = [
    ({"region": ""}, "SES_REGION is missing"), ({"region": "London"}, "SES_REGION must be"),
    ({"api_secret": ""}, "SES_API_SECRET is missing"),
    ({"webhook_topic": "portal"}, "SES_WEBHOOK_TOPIC must be"),
    ({"webhook_topic": TOPIC.replace(":sns:", ":sqs:")}, "SES_WEBHOOK_TOPIC must be"),
]


def event(kind, **more):
    """What SES tells of a mail."""
    mail = {
        "timestamp": "2026-11-19T00:00:00.000Z", "messageId": message_id(0),
        "source": "hello@example.com", "destination": ["Ada <ada@example.org>"],
        "tags": {"ses:configuration-set": [NAME], "key": [KEY]},
    }
    name = kind[:1].lower() + kind[1:]
    return {"eventType": kind, "mail": mail, name: {"timestamp": ISO, **more}}


def bounce(kind, subtype, **more):
    return event("Bounce", bounceType=kind, bounceSubType=subtype, **more)


EARLIER = {"at": datetime(2026, 11, 19, tzinfo=UTC)}
TOLD = {"key": KEY, "message_id": message_id(0), "at": AT}
GONE = [{"emailAddress": "elsewhere@example.net", "diagnosticCode": "smtp; 550 5.1.1 gone"}]
SENT = {**event("Send"), "send": {}}
EVENTS = [
    (bounce("Permanent", "General", bouncedRecipients=GONE), EventKind.BOUNCED,
     {"reason": "smtp; 550 5.1.1 gone"}),
    (SENT, EventKind.SENT, EARLIER),
    (event("Delivery", smtpResponse="250 OK"), EventKind.DELIVERED, {"reason": "250 OK"}),
    (event("DeliveryDelay", delayType="General"), EventKind.DEFERRED, {"reason": "General"}),
    (event("Reject", reason="Bad content"), EventKind.REJECTED, {"reason": "Bad content"}),
    (event("Complaint"), EventKind.COMPLAINED, {}),
    (event("Complaint", complaintSubType="OnAccountSuppressionList"), EventKind.REJECTED, {}),
    *(
        (event("Complaint", complaintFeedbackType=one), kind, {"reason": one})
        for one, kind in {
            **dict.fromkeys(("abuse", "fraud", "other"), EventKind.COMPLAINED),
            **dict.fromkeys(("not-spam", "auth-failure", "virus"), EventKind.UNKNOWN),
        }.items()
    ),
    *(
        (bounce(kind, one), told, {"reason": one})
        for kind, told, subtypes in (
            ("Permanent", EventKind.BOUNCED, ["NoEmail", "a new one"]),
            ("Permanent", EventKind.REJECTED, ["Suppressed", "OnAccountSuppressionList"]),
            ("Permanent", EventKind.UNSUBSCRIBED, ["UnsubscribedRecipient"]),
            ("Transient", EventKind.SOFT_BOUNCED, ["General", "MailboxFull", "a new one"]),
            ("Transient", EventKind.REJECTED, ["MessageTooLarge", "ContentRejected"]),
            ("Transient", EventKind.REJECTED, ["AttachmentRejected", "CustomTimeoutExceeded"]),
            ("Undetermined", EventKind.SOFT_BOUNCED, ["Undetermined"]),
        )
        for one in subtypes
    ),
    (event("Open"), EventKind.UNKNOWN, {}),
]
BATCHES = False

RIGHT = (
    "The key works. It is for Amazon SES in eu-west-2. The account may send to everybody. "
    "hello@example.com may send. The webhook for events is there, and signed."
)
BROKEN = [
    (hook_is(Enabled=False), "is off", True),
    (hook_is(MatchingEventTypes=[*EVENT_TYPES, "OPEN"]), "tells of opens or clicks", True),
    (hook_is(SnsDestination={"TopicArn": OTHER_TOPIC}), "does not call us", True),
    (hook_is(SnsDestination=None), "does not call us", True),
    (lambda fake: fake.subscriptions.clear(), "does not call us", True),
    (lambda fake: fake.subscriptions[0].update(SubscriptionArn="PendingConfirmation"),
     "waits for our yes", True),
    (lambda fake: fake.identities.update({"example.com": False}), "may not send yet", False),
    (lambda fake: fake.identities.clear(), "hello@example.com may not send yet", False),
    (lambda fake: fake.account.update(ProductionAccessEnabled=False), "production access", False),
]
MISFIT = [
    ({"webhook_topic": ""}, "SES_WEBHOOK_TOPIC does not hold the topic of the webhook."),
    ({"webhook_topic": OTHER_TOPIC}, "The webhook for events is missing."),
]
