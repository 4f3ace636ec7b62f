"""Brevo, by its description, version 3.0.0, and its guides on webhooks and inbound mail."""

from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain
from portal.providers.values import Address, EventKind, Finding, InboundAttachment

from .ours import API_KEY, AT, EMAIL, HEADERS, KEY, SECONDS, SECRET, SITE, bearer

# Laid out by hand: what belongs together stands on one line.
# fmt: off
SETTINGS = {"webhook_secret": SECRET}
BAD_SETTINGS = [
    ({"list_id": one}, "BREVO_LIST_ID") for one in ("seven", "7.5", "-1", "\uff17", "1 2")
]
SHOWN = {"api-key": API_KEY}
CHOICES = {
    "TOPICS": "walking,swimming", "FORMAT": "easy-read", "NAME": "Zoë Müller",
    "PREFERENCES_URL": "https://example.com/p/abc",
}
HOOK = {"description": "The portal", "auth": {"type": "bearer", "token": SECRET}}
HOOKS = [
    HOOK
    | {
        "type": "transactional", "url": SITE.events_url,
        "events": [
            *("sent", "delivered", "hardBounce", "softBounce"),
            *("blocked", "spam", "invalid", "deferred"),
        ],
    },
    HOOK
    | {
        "type": "marketing", "url": SITE.events_url,
        "events": ["hardBounce", "softBounce", "spam", "delivered", "unsubscribed"],
    },
    HOOK
    | {
        "type": "inbound", "url": SITE.inbound_url, "domain": "in.example.com",
        "events": ["inboundEmailProcessed"],
    },
]
CALLS = {
    "send": {"POST /smtp/email": {
        "sender": {"email": "hello@example.com", "name": "Get Yourself Active"},
        "to": [{"email": "zoe@example.org", "name": "Zoë Müller, Leeds"}],
        "replyTo": {"email": "team@example.com", "name": "The media team"},
        "subject": EMAIL.subject, "htmlContent": EMAIL.html, "textContent": EMAIL.text,
        "headers": {**HEADERS, "idempotencyKey": KEY, "X-Mailin-custom": KEY},
        "tags": ["confirm_signup"], "attachment": [{"name": "zoë.png", "content": "aGVsbG8="}],
    }},
    "upsert": {"POST /contacts": {
        "email": "zoe@example.org", "attributes": CHOICES, "updateEnabled": True,
        "emailBlacklisted": False, "listIds": [7],
    }},
    "upsert_many": {"POST /contacts/import": {
        "jsonBody": [{"email": "zoe@example.org", "attributes": CHOICES}],
        "emailBlacklist": False, "updateExistingContacts": True,
        "emptyContactsAttributes": True, "disableNotification": True, "listIds": [7],
    }},
    "unsubscribe": {"PUT /contacts/zoe%40example.org": {"emailBlacklisted": True}},
    "erase": {"DELETE /contacts/zoe%40example.org": {}, "DELETE /smtp/log/zoe%40example.org": {}},
    "lookup": {"GET /contacts/zoe%40example.org": {}},
    "everyone": {"GET /contacts?limit=500&offset=0&sort=asc&listIds=7": {}},
    "install_hooks": [
        *((f"POST /contacts/attributes/normal/{name}", {"type": "text"}) for name in CHOICES),
        *(("POST /webhooks", hook) for hook in HOOKS),
    ],
}
MANY = 1001, 1500  # more contacts than a page has, with links so long

LEFT_OUT = {"name", "replyTo", "tags", "attachment", "content", *HEADERS}
ANSWERS = [
    ("send", 402, {"code": "not_enough_credits"}, Denied, "not_enough_credits"),
    ("send", 403, {"code": "permission_denied"}, Denied, "permission_denied"),
    ("send", 400, {"code": "account_under_validation"}, Denied, "account_under_validation"),
    ("send", 400, {"code": "account_in_process"}, TryLater, "account_in_process"),
    ("send", 400, {"code": "invalid_parameter", "message": "In words."}, Refused, "r In words"),
    ("send", 429, {"code": "too_many_requests"}, Busy, "too_many_requests"),
    ("send", 201, "<html>", Uncertain, "BREVO_API_URL"),
    ("upsert", 200, b"\n <!doctype html>", TryLater, "BREVO_API_URL"),
    ("lookup", 200, {"email": "zoe@example.org", "attributes": {}}, TryLater, "cannot read"),
    ("erase", 400, {"code": "bad_request"}, Refused, "bad_request"),
]
SANDBOX = {"headers": {"X-Sib-Sandbox": "drop"}}


def event(name, **more):
    """What Brevo tells of a mail."""
    return {
        "event": name, "email": "ada@example.org", "id": 26224, "date": "2026-11-18 12:26:40",
        "ts": SECONDS, "ts_epoch": SECONDS * 1000, "message-id": "<1.7@smtp-relay.mailin.fr>",
        "X-Mailin-custom": KEY, "subject": "Confirm your address", "tags": ["confirm_signup"],
        **more,
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
        "Uuid": ["7b4a1f5e-0000-4000-8000-000000000001"], "MessageId": " <a@b>",
        "From": {"Name": "Grace Hopper", "Address": "grace@example.org"},
        "To": [{"Name": None, "Address": "team@example.com"}], "Cc": ["Ada <ada@example.org>"],
        "Recipients": ["team@example.com"], "Subject": "Re: Is the pool warm?",
        "Headers": {"Delivered-To": "reply@in.example.org", "Received": ["a", "b"], "X": 7},
        "Attachments": [{"Name": "lake.png", "ContentLength": 100, "DownloadToken": "token-1"}],
        "ExtractedMarkdownMessage": "Yes please.", "RawHtmlBody": None,
        "RawTextBody": "Yes please.\r\n", **more,
    }


MAILS = [(
    {"items": [mail()]},
    {
        "sender": Address("grace@example.org", "Grace Hopper"),
        "recipients": ("team@example.com", "ada@example.org", "reply@in.example.org"),
        "subject": "Re: Is the pool warm?", "text": "Yes please.\n", "html": "",
        "message_id": "<a@b>",
        "headers": (
            *(("Delivered-To", "reply@in.example.org"), ("Received", "a"), ("Received", "b")),
        ),
        "attachments": (InboundAttachment("lake.png", token="token-1", size=100),),
        "original": mail(RawTextBody="Yes please.\n"),
    },
)]
NO_MAILS = [{"items": 7}, {"items": ["x"]}, {}, []]

RIGHT = [
    Finding("The key works. It is for the account “The charity”."),
    Finding("hello@example.com may send."),
    Finding("Subscribers go on the list “The newsletter”."),
    Finding("Contacts have all that we keep of a choice."),
    Finding("The webhooks are there."),
    Finding(
        "Look whether opens and clicks are tracked: Brevo has no way to say so in a mail.", ok=None
    ),
]
BROKEN = [
    (lambda fake: fake.hooks.pop(), "Webhooks are missing: inbound", True),
    (lambda fake: fake.fields.pop(), "Contacts lack PREFERENCES_URL", True),
    (lambda fake: fake.senders.clear(), "hello@example.com may not send yet", False),
]
MISFIT = [({"list_id": "8"}, "BREVO_LIST_ID")]

# The examples of these answers are not as their own description says, or have a failure in them.
BAD_EXAMPLES = {"check", "install_hooks"}
