"""A small Resend for tests: mail and contacts."""

import uuid
from typing import ClassVar
from urllib.parse import unquote

from .fake import FakeProvider
from .ours import SECRET

HOOK_SECRET = SECRET
SEGMENT = "5d5c8a3c-0f0e-4c0f-8a55-6a4ec5e4f0aa"


class FakeResend(FakeProvider):
    """Takes mails and contacts; `received` are mails that came in, by id.

    `suppressed` are addresses that it does not mail.
    """

    settings: ClassVar = {"list_id": SEGMENT}

    def __init__(self, *args, **options):
        self.hooks, self.properties, self.received = [], [], {}
        self.suppressed = set()
        super().__init__(*args, **options)

    def key_of(self, call):
        return call["headers"].get("idempotency-key", "")

    def complaint(self, status, code, words):
        names = {401: "invalid_api_key", 429: "rate_limit_exceeded", 400: "validation_error"}
        name = names.get(status, "application_error")
        return {"statusCode": status, "name": name, "message": words}

    def act(self, call):  # noqa: C901, PLR0911 - one place for each call
        parts = [unquote(part) for part in call["path"].split("/")[1:]]
        body = call["body"]
        match [call["method"], *parts]:
            case ["POST", "emails"]:
                return self._send(body, self.key_of(call))
            case ["GET", "emails", "receiving", name] if name in self.received:
                return 200, self.received[name]
            case ["GET", "contacts"]:
                return self._page(list(self.contacts.values()), call["query"])
            case ["POST", "contacts"]:
                contact = {"id": str(uuid.uuid4()), "segments": [], **body}
                self.contacts[body["email"].lower()] = contact
                return 201, {"id": contact["id"]}
            case ["POST", "contacts", email, "segments", name]:
                segments = self.contacts[email.lower()]["segments"]
                segments += [name] * (name not in segments)
                return 200, {"segment_id": name}
            case ["GET", "contacts", email, "segments"]:
                segments = self.contacts[email.lower()]["segments"]
                return 200, {"has_more": False, "data": [{"id": name} for name in segments]}
            case [method, "contacts", email] if email.lower() in self.contacts:
                return self._contact(method, email.lower(), body)
            case ["GET" | "DELETE" as method, "suppressions", email] if email in self.suppressed:
                if method == "DELETE":
                    self.suppressed.remove(email)
                return 200, {"object": "suppression", "email": email}
        return self._set_up(call["method"], parts, body)

    def _set_up(self, method, parts, body):  # noqa: PLR0911 - one place for each call
        match [method, *parts]:
            case ["GET", "segments", name] if name == SEGMENT:
                return 200, {"id": name, "name": "The newsletter"}
            case ["GET", "webhooks"]:
                return 200, {"has_more": False, "data": self.hooks}
            case ["POST", "webhooks"]:
                name = str(uuid.UUID(int=len(self.hooks)))
                self.hooks.append({"id": name, "status": "enabled", **body})
                return 201, {"id": self.hooks[-1]["id"], "signing_secret": HOOK_SECRET}
            case ["GET" | "PATCH", "webhooks", name]:
                hook = self.hooks[uuid.UUID(name).int]
                hook |= body
                return 200, {**hook, "signing_secret": HOOK_SECRET}
            case ["GET", "contact-properties"]:
                return 200, {"has_more": False, "data": self.properties}
            case ["POST", "contact-properties"]:
                self.properties.append({"id": str(len(self.properties)), **body})
                return 201, {"id": "0"}
        return 404, {"statusCode": 404, "name": "not_found", "message": "Not here"}

    def _page(self, rows, query):
        ids = [row["id"] for row in rows]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        page = rows[start : start + int(query["limit"])]
        return 200, {"has_more": start + len(page) < len(rows), "data": page}

    def _send(self, body, key):
        if key in self.keys:
            name, before = self.keys[key]
            if before == body:
                return 200, {"id": name}
            return 409, {"name": "invalid_idempotent_request", "message": "Another mail had it"}
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, str(len(self.mails))))
        self.mails.append({**body, "id": name})
        self.keys[key] = name, body
        return 200, {"id": name}

    def _contact(self, method, email, body):
        if method == "DELETE":
            return 200, {"deleted": True, "id": self.contacts.pop(email)["id"]}
        if method == "PATCH":
            self.contacts[email] |= body
        return 200, self.contacts[email]
