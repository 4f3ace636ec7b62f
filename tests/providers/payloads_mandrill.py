"""What Mailchimp Transactional calls our hooks with: its pages' fields, for a mail of ours."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from urllib.parse import urlencode

from portal.providers.values import HookCall

from .conftest import KEY

EVENTS_URL = "https://portal.example/hooks/mandrill/events"
INBOUND_URL = "https://portal.example/hooks/mandrill/inbound"
SECRET = "gplJ8yWptFTqCoq5S1SHPA"
ID = "abcdef012345789abcdef012345789ab"


def event(name, **more):
    """An event of a mail; `more` is what is told of the mail beside the usual."""
    return {
        "event": name,
        "_id": ID,
        "ts": 1461095246,
        "msg": {
            "_id": ID,
            "ts": 1461095211,
            "email": "zoe@example.org",
            "sender": "hello@example.com",
            "subject": "Confirm your address",
            "tags": ["confirm_signup"],
            "metadata": {"key": KEY},
            **more,
        },
    }


RECORDED = {
    "sent": event("send", state="sent", reject=None),
    "delivered": event("delivered", state="sent", diag="250 OK"),
    "deferred": event("deferral", diag="451 try again later"),
    "bounced": event("hard_bounce", bounce_description="bad_mailbox", diag="550 5.1.1 nobody"),
    "soft-bounced": event("soft_bounce", bounce_description="mailbox_full", diag=""),
    "complained": event("spam", state="spam"),
    "unsubscribed": event("unsub", state="unsub"),
    "rejected": event("reject", reject={"reason": "unsub", "last_event_at": "2016-04-19 19:47"}),
    "unknown": event("open", opens=[{"ts": 1461095242}]),
}
REASONS = {
    "delivered": "250 OK",
    "deferred": "451 try again later",
    "bounced": "550 5.1.1 nobody",
    "soft-bounced": "mailbox_full",
    "rejected": "unsub",
}
LISTED = {
    "type": "blacklist",
    "action": "add",
    "ts": 1461095246,
    "reject": {"email": "zoe@example.org", "reason": "manual edit"},
}
MAIL = {
    "event": "inbound",
    "ts": 1507856722,
    "msg": {
        "raw_msg": "From: Grace Hopper <grace@example.org>\r\n\r\nYes",
        "headers": {
            "Received": ["from a by b", "from b by c"],
            "Message-Id": "<a@example.org>",
            "In-Reply-To": "<b@example.org>",
            "Delivered-To": "reply+1-x@in.example.org",
        },
        "from_email": "grace@example.org",
        "from_name": "Grace Hopper",
        "to": [["reply@in.example.org", "The charity"], ["b@example.org", None]],
        "cc": [["c@example.org", ""]],
        "email": "reply@in.example.org",
        "subject": "Re: Is the pool warm?",
        "text": "Yes, pleäse.\r\n",
        "html": "<p>Yes</p>",
        "sender": None,
        "tags": [],
        "spam_report": {"score": 1.7},
        "attachments": {
            "lake.pdf": {
                "name": "lake.pdf",
                "type": "application/pdf",
                "content": "aGVs\nbG8=",
                "base64": True,
            },
            "é.txt": {
                "name": "é.txt",
                "type": "text/plain",
                "content": "Zoë",
                "base64": False,
            },
        },
        "images": {
            "lake.png": {"name": "lake.png", "type": "image/png", "content": "aGVsbG8="},
        },
    },
}


def signed(items, *, url=EVENTS_URL, secret=SECRET, **fields):
    """A call as it is signed: over the address and the fields, sorted by name."""
    fields["mandrill_events"] = items if isinstance(items, str) else json.dumps(items)
    content = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    signature = hmac.new(secret.encode(), content.encode("utf-8", "replace"), hashlib.sha1)
    headers = {
        "X-Mandrill-Signature": b64encode(signature.digest()).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode(fields, errors="replace").encode()
    return HookCall(url, headers, {}, body)
