"""What MailerLite calls our hook with: the examples of its page "Webhooks"."""

from __future__ import annotations

import hashlib
import hmac
import json

from portal.providers.values import HookCall

from .fake_mailerlite import SECRET

URL = "https://portal.example/hooks/mailerlite/events"


def event(name, status):
    return {
        "id": "100000000000000000",
        "email": "zoe@example.org",
        "status": status,
        "source": "api",
        "unsubscribed_at": None,
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "fields": {"name": "Zoë", "topics": "walking"},
        "event": f"subscriber.{name}",
        "account_id": 1,
    }


RECORDED = {
    "unsubscribed": event("unsubscribed", "unsubscribed"),
    "bounced": event("bounced", "bounced"),
    "complained": event("spam_reported", "junk"),
    "unknown": {
        "type": "subscriber.added_to_group",
        "subscriber": event("x", "active"),
        "group": {"id": "7", "name": "Newsletter"},
        "account_id": 1,
    },
}


def signed(body, secret=SECRET):
    """A call as MailerLite signs it: over the raw body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return HookCall(URL, {"signature": signature, "Content-Type": "application/json"}, {}, content)


def batch(*items):
    """A call of a webhook that is batchable."""
    return signed({"events": list(items), "total": len(items)})
