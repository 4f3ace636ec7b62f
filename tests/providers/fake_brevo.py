"""A small Brevo for tests: mail, contacts and their attributes (`fields`)."""

from typing import ClassVar

from .fake import FakeProvider


class FakeBrevo(FakeProvider):
    """Takes mails and contacts.

    With `repeats` as "same", a key that is known gets the first answer again
    instead of `duplicate_request`: which of them Brevo does, its description
    leaves open.
    """

    prefix = "/v3"
    settings: ClassVar = {"list_id": "7"}
    repeats = "duplicate_request"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.senders = [{"email": "hello@example.com", "active": True}]

    def api_key_of(self, call):
        return call["headers"].get("api-key", "")

    def key_of(self, call):
        return call["body"].get("headers", {}).get("idempotencyKey", "")

    def acts(self):
        return {
            "GET /account": lambda _: {"companyName": "The charity"},
            "GET /senders": lambda _: {"senders": self.senders},
            "GET /contacts/lists/7": lambda _: {"id": 7, "name": "The newsletter"},
            "GET /contacts/attributes": lambda _: {"attributes": self.fields},
            "POST /contacts/attributes/normal/*": lambda _, name: self.keep(
                self.fields, {"name": name}
            ),
            "GET /webhooks": self._webhooks,
            "POST /webhooks": lambda call: self.keep(self.hooks, call["body"]),
            "POST /smtp/email": self._send,
            "DELETE /smtp/log/*": self._forget,
            "GET /contacts": self._list,
            "POST /contacts": lambda call: self._upsert(call["body"]),
            "POST /contacts/import": self._import,
            "GET /contacts/*": self._contact,
            "PUT /contacts/*": self._contact,
            "DELETE /contacts/*": self._contact,
        }

    def _webhooks(self, call):
        return {"webhooks": [one for one in self.hooks if one["type"] == call["query"]["type"]]}

    def _send(self, call):
        body, key = call["body"], self.key_of(call)
        if key in self.keys and self.repeats == "same":
            return 201, {"messageId": self.keys[key]}
        if key in self.keys:
            return 400, {"code": "duplicate_request", "message": "This key was used before"}
        message_id = f"<{len(self.keys) + 1}.{len(self.calls)}@fake.example>"
        self.mails.append(body)
        if key:
            self.keys[key] = message_id
        return 201, {"messageId": message_id}

    def _forget(self, _, email):
        known = [mail for mail in self.mails if mail["to"][0]["email"] == email]
        self.mails = [mail for mail in self.mails if mail not in known]
        return (204, None) if known else self.gone()

    def _list(self, call):
        start, limit = int(call["query"]["offset"]), int(call["query"]["limit"])
        wanted = int(call["query"].get("listIds", 0))
        rows = [one for one in self.contacts.values() if not wanted or wanted in one["listIds"]]
        return {"contacts": rows[start : start + limit], "count": len(rows)}

    def _import(self, call):
        body = call["body"]
        for one in body["jsonBody"]:
            self._upsert({**one, "listIds": body.get("listIds", []), "updateEnabled": True})
        return 202, {"processId": 1}

    def _upsert(self, body):
        email = body["email"].lower()
        known = self.contacts.get(email)
        if known and not body.get("updateEnabled"):
            return 400, {"code": "duplicate_parameter", "message": "Contact already exist"}
        contact = known or {"email": email, "attributes": {}, "listIds": []}
        contact["attributes"] |= body["attributes"]
        contact["listIds"] = sorted({*contact["listIds"], *body.get("listIds", [])})
        contact["emailBlacklisted"] = body.get("emailBlacklisted", False)
        self.contacts[email] = contact
        return 204, None

    def _contact(self, call, email):
        email = email.lower()
        if email not in self.contacts:
            return self.gone()
        if call["method"] == "GET":
            return self.contacts[email]
        if call["method"] == "DELETE":
            del self.contacts[email]
        else:
            self.contacts[email] |= call["body"]
        return 204, None
