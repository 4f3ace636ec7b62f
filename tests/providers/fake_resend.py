"""A small Resend for tests: mail and contacts."""

import uuid
from typing import ClassVar

from .fake import FakeProvider
from .ours import SECRET

SEGMENT = "5d5c8a3c-0f0e-4c0f-8a55-6a4ec5e4f0aa"


class FakeResend(FakeProvider):
    """Takes mails and contacts; `received` are mails that came in, by id.

    `suppressed` are addresses that it does not mail.
    """

    settings: ClassVar = {"list_id": SEGMENT}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.received, self.suppressed = {}, set()

    def key_of(self, call):
        return call["headers"].get("idempotency-key", "")

    def complaint(self, status, code, words):
        names = {401: "invalid_api_key", 429: "rate_limit_exceeded", 400: "validation_error"}
        return {"statusCode": status, "name": names.get(status, code), "message": words}

    def acts(self):
        return {
            f"GET /segments/{SEGMENT}": lambda _: {"id": SEGMENT, "name": "The newsletter"},
            "GET /webhooks": lambda _: {"has_more": False, "data": self.hooks},
            "POST /webhooks": self._add_webhook,
            "GET /webhooks/*": self._webhook,
            "PATCH /webhooks/*": self._webhook,
            "GET /contact-properties": lambda _: {"has_more": False, "data": self.fields},
            "POST /contact-properties": lambda call: self.keep(self.fields, call["body"]),
            "POST /emails": self._send,
            "GET /emails/receiving/*": lambda _, name: self.received.get(name, self.gone()),
            "GET /contacts": self._page,
            "POST /contacts": self._add,
            "GET /contacts/*": self._contact,
            "PATCH /contacts/*": self._contact,
            "DELETE /contacts/*": self._contact,
            "GET /contacts/*/segments": self._segments,
            "POST /contacts/*/segments/*": self._segments,
            "GET /suppressions/*": self._suppression,
            "DELETE /suppressions/*": self._suppression,
        }

    def _add_webhook(self, call):
        name = str(uuid.UUID(int=len(self.hooks)))
        made = {"id": name, "status": "enabled", "signing_secret": SECRET}
        return 201, self.keep(self.hooks, call["body"], **made)

    def _webhook(self, call, name):
        hook = self.hooks[uuid.UUID(name).int]
        hook |= call["body"]
        return hook

    def _send(self, call):
        key, body = self.key_of(call), call["body"]
        name, before = self.keys.setdefault(key, (str(uuid.uuid4()), body))
        if before != body:
            return 409, {"name": "invalid_idempotent_request", "message": "Another mail had it"}
        self.mails += [{**body, "id": name}] * all(one["id"] != name for one in self.mails)
        return {"id": name}

    def _add(self, call):
        self.contacts[call["body"]["email"].lower()] = {
            "id": str(uuid.uuid4()),
            "segments": [],
            **call["body"],
        }
        return 201, {}

    def _page(self, call):
        rows = list(self.contacts.values())
        ids = [row["id"] for row in rows]
        start = ids.index(call["query"]["after"]) + 1 if "after" in call["query"] else 0
        page = rows[start : start + int(call["query"]["limit"])]
        return {"has_more": start + len(page) < len(rows), "data": page}

    def _contact(self, call, email):
        email = email.lower()
        if email not in self.contacts:
            return self.gone()
        if call["method"] == "DELETE":
            return self.contacts.pop(email)
        self.contacts[email] |= call["body"]
        return self.contacts[email]

    def _segments(self, call, email, *name):
        segments = self.contacts[email.lower()]["segments"]
        segments += {*name} - {*segments}
        return {"has_more": False, "data": [{"id": one} for one in segments]}

    def _suppression(self, call, email):
        if email not in self.suppressed:
            return self.gone()
        if call["method"] == "DELETE":
            self.suppressed.remove(email)
        return {"object": "suppression", "email": email}
