"""A small Mailchimp for tests: one audience."""

import hashlib
from base64 import b64decode
from typing import ClassVar

from .fake import FakeProvider


class FakeMailchimp(FakeProvider):
    """Takes contacts; `forgotten` were deleted for good and `left` by a link, by MD5."""

    settings: ClassVar = {"list_id": "abc123"}
    prefix = "/3.0"

    def __init__(self, *args, **options):
        self.left = set()
        self.forgotten, self.hooks, self.fields = set(), [], []
        super().__init__(*args, **options)

    def api_key_of(self, call):
        pair = call["headers"].get("authorization", "").removeprefix("Basic ")
        return b64decode(pair).decode().partition(":")[2]

    def complaint(self, status, code, words):
        return {"type": "about:blank", "title": code, "status": status, "detail": words}

    def act(self, call):  # noqa: PLR0911 - one place for each call
        body = call["body"]
        match [call["method"], *call["path"].split("/")[1:]]:
            case ["GET", "ping"]:
                return 200, {"health_status": "Everything's Chimpy!"}
            case ["GET", "lists", "abc123"]:
                return 200, {"id": "abc123", "name": "The newsletter"}
            case ["POST", "lists", "abc123"]:
                for member in body["members"]:
                    self._put(_name(member["email_address"]), member)
                return 200, {"error_count": 0, "errors": []}
            case ["GET", "lists", "abc123", "members"]:
                start = int(call["query"]["offset"])
                rows = list(self.contacts.values())[start : start + int(call["query"]["count"])]
                return 200, {"members": rows}
            case [method, "lists", "abc123", "members", name, *more]:
                return self._member(method, name, more, body)
            case ["GET" | "POST" as method, "lists", "abc123", "webhooks" | "merge-fields" as what]:
                kept = {"webhooks": self.hooks, "merge-fields": self.fields}[what]
                kept += [body] if method == "POST" else []
                return 200, body if method == "POST" else {what.replace("-", "_"): kept}
        return _not_found()

    def _member(self, method, name, more, body):
        known = {_name(email): email for email in self.contacts}
        if method == "PUT":
            if name in self.forgotten:
                words = "It was permanently deleted and cannot be re-imported."
                return 400, self.complaint(400, "Forgotten Email Not Subscribed", words)
            if name in self.left and body.get("status") != "pending":
                words = "It is in a compliance state due to unsubscribe and cannot be subscribed."
                return 400, self.complaint(400, "Member In Compliance State", words)
            return 200, self._put(name, body)
        if name not in known:
            return _not_found()
        if more == ["actions", "delete-permanent"]:
            del self.contacts[known[name]]
            return 204, None
        if method == "PATCH":
            self.contacts[known[name]] |= body
        return 200, self.contacts[known[name]]

    def _put(self, name, body):
        email = body["email_address"].lower()
        before = self.contacts.get(email, {})
        status = body.get("status") or before.get("status") or body.get("status_if_new")
        fields = before.get("merge_fields", {}) | body.get("merge_fields", {})
        self.contacts[email] = {
            "id": name,
            "email_address": body["email_address"],
            "status": status,
            "merge_fields": fields,
        }
        return self.contacts[email]


def _name(address):
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def _not_found():
    return 404, {"title": "Resource Not Found", "status": 404, "detail": "Not here"}
