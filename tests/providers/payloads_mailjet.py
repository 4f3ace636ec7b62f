"""What Mailjet calls our hooks with: the fields of its guides, as for one mail of ours."""

from __future__ import annotations

import json
from base64 import b64encode

from portal.providers.values import HookCall

from .conftest import KEY

EVENTS_URL = "https://portal.example/hooks/mailjet/events"
INBOUND_URL = "https://portal.example/hooks/mailjet/inbound"
SECRET = "a-secret-of-the-webhooks"
NUMBER = 19421777835146490


def event(name, **more):
    return {
        "event": name,
        "time": 1433333949,
        "MessageID": NUMBER,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0aa1b2c",
        "email": "zoe@example.org",
        "mj_campaign_id": 7257,
        "mj_contact_id": 4,
        "customcampaign": "confirm_signup",
        "CustomID": KEY,
        "Payload": "",
        **more,
    }


def bounce(*, hard, error, about="recipient"):
    return event("bounce", blocked=hard, hard_bounce=hard, error_related_to=about, error=error)


RECORDED = {
    "delivered": event("sent", mj_message_id=str(NUMBER), smtp_reply="250 2.0.0 OK"),
    "bounced": bounce(hard=True, error="user unknown"),
    "soft-bounced": bounce(hard=False, error="quota exceeded"),
    "deferred": bounce(hard=False, error="greylisted", about="domain"),
    "rejected": event("blocked", error_related_to="mailjet", error="preblocked"),
    "complained": event("spam", source="JMRPP"),
    "unsubscribed": event("unsub", mj_list_id=7, ip="127.0.0.1", geo="FR", agent=""),
    "unknown": event("open", ip="127.0.0.1", geo="US", agent="Mozilla/5.0"),
}
REASONS = {
    "delivered": "250 2.0.0 OK",
    "bounced": "recipient: user unknown",
    "soft-bounced": "recipient: quota exceeded",
    "deferred": "domain: greylisted",
    "rejected": "mailjet: preblocked",
}


def part(kind, ref=None, **headers):
    headers = {"Content-Type": [kind], **{k.replace("_", "-"): [v] for k, v in headers.items()}}
    return {"Headers": headers, **({"ContentRef": ref} if ref else {})}


MAIL = {
    "Sender": "bounce@example.org",
    "Recipient": "reply+1-x@in.example.org",
    "Date": "20171012T013104",
    "From": '"Grace Hopper" <grace@example.org>',
    "Subject": "Re: Is the pool warm?",
    "Headers": {
        "Received": ["from a by b", "from b by c"],
        "Message-ID": "<a@example.org>",
        "In-Reply-To": "<b@example.org>",
        "To": "The charity <reply@in.example.org>, b@example.org",
        "Cc": '"Hopper, Vincent" <c@example.org>',
    },
    "Parts": [
        part('multipart/mixed; boundary="b"'),
        part("text/plain; charset=utf-8", "Text-part"),
        part("text/html; charset=utf-8", "Html-part"),
        part(
            "application/pdf", "Attachment1", Content_Disposition='attachment; filename="a;b.pdf"'
        ),
        part(
            "text/plain",
            "Attachment2",
            Content_Disposition="attachment; filename*=UTF-8''zo%C3%AB.txt",
        ),
        part('image/png; name="=?utf-8?b?w6kucG5n?="', "InlineAttachment1", Content_ID="<abc>"),
        part("message/rfc822", "Attachment3", Content_Disposition="attachment"),
    ],
    "Text-part": "Yes, pleäse.\r\n",
    "Html-part": "<p>Yes</p>",
    "Attachment1": "aGVs\nbG8=",
    "Attachment2": b64encode("Zoë".encode()).decode(),
    "InlineAttachment1": "aGVsbG8=",
    "Attachment3": "aGVsbG8=",
    "SpamAssassinScore": "1.7",
    "CustomID": "",
}


def called(items, *, url=EVENTS_URL, secret=SECRET):
    """A call as it is made to an address that has a password in it (RFC 7617)."""
    password = b64encode(f"portal:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {password}", "Content-Type": "application/json"}
    return HookCall(url, headers, {}, json.dumps(items).encode())
