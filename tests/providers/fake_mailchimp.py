"""A small Mailchimp for tests: one audience."""

import hashlib
from base64 import b64decode
from typing import ClassVar

from .fake import FakeProvider


class FakeMailchimp(FakeProvider):
    """Takes contacts; `left` are the names of those who left by a link in a mail."""

    settings: ClassVar = {"list_id": "abc123"}
    prefix = "/3.0"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.left = set()

    def api_key_of(self, call):
        pair = call["headers"].get("authorization", "").removeprefix("Basic ")
        return b64decode(pair).decode().partition(":")[2]

    def complaint(self, status, code, words):
        return {"type": "about:blank", "title": code, "status": status, "detail": words}

    def acts(self):
        ours, member = "/lists/abc123", "/lists/abc123/members/*"
        return {
            "GET /ping": lambda _: {"health_status": "Everything's Chimpy!"},
            f"GET {ours}": lambda _: {"id": "abc123", "name": "The newsletter"},
            f"GET {ours}/webhooks": lambda _: {"webhooks": self.hooks},
            f"POST {ours}/webhooks": lambda call: self.keep(self.hooks, call["body"]),
            f"GET {ours}/merge-fields": lambda _: {"merge_fields": self.fields},
            f"POST {ours}/merge-fields": lambda call: self.keep(self.fields, call["body"]),
            f"GET {ours}/members": self._list,
            f"POST {ours}": self._put_many,
            f"PUT {member}": self._put,
            f"GET {member}": self._member,
            f"PATCH {member}": self._member,
            f"POST {member}/actions/delete-permanent": self._member,
        }

    def _list(self, call):
        start, count = int(call["query"]["offset"]), int(call["query"]["count"])
        return {"members": list(self.contacts.values())[start : start + count]}

    def _put_many(self, call):
        for member in call["body"]["members"]:
            self._keep(member)
        return {"error_count": 0, "errors": []}

    def _put(self, call, name):
        if name in self.left and call["body"]["status"] != "pending":
            words = "It is in a compliance state due to unsubscribe and cannot be subscribed."
            return 400, self.complaint(400, "Member In Compliance State", words)
        return self._keep(call["body"])

    def _keep(self, body):
        email = body["email_address"].lower()
        before = self.contacts.get(email, {"merge_fields": {}})
        fields = before["merge_fields"] | body["merge_fields"]
        self.contacts[email] = {**body, "merge_fields": fields}
        return self.contacts[email]

    def _member(self, call, name):
        known = {
            hashlib.md5(one.encode(), usedforsecurity=False).hexdigest(): one
            for one in self.contacts
        }
        if name not in known:
            return self.gone()
        contact = self.contacts[known[name]]
        if call["method"] == "POST":
            del self.contacts[known[name]]
        if call["method"] == "PATCH":
            contact |= call["body"]
        return contact
