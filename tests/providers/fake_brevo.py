"""A small Brevo for tests. `python -m tests.providers.fake_brevo` runs it as a program."""

from __future__ import annotations

from urllib.parse import unquote

from .fake import FakeProvider, main


class FakeBrevo(FakeProvider):
    """Takes mails and contacts.

    With `repeats` as "same", a key that is known gets the first answer again
    instead of `duplicate_request`: which of them Brevo does, its description
    leaves open.
    """

    prefix = "/v3"

    def __init__(self, port=0, record=None, api_key="", repeats="duplicate_request"):
        self.repeats = repeats
        super().__init__(port, record, api_key)

    def api_key_of(self, call):
        return call["headers"].get("api-key", "")

    def key_of(self, call):
        return call["body"].get("headers", {}).get("idempotencyKey", "")

    def act(self, call):
        parts = [unquote(part) for part in call["path"].split("/")[1:]]
        match [call["method"], *parts]:
            case ["POST", "smtp", "email"]:
                return self._send(call["body"])
            case ["POST", "contacts"]:
                return self._upsert(call["body"])
            case ["PUT" | "GET" | "DELETE" as method, "contacts", email]:
                return self._contact(method, email.lower(), call["body"])
            case ["DELETE", "smtp", "log", email]:
                before = len(self.mails)
                self.mails = [mail for mail in self.mails if mail["to"][0]["email"] != email]
                return (204, None) if len(self.mails) < before else _not_found()
        return _not_found()

    def _send(self, body):
        key = body.get("headers", {}).get("idempotencyKey")
        if key in self.keys:
            if self.repeats == "same":
                return 201, {"messageId": self.keys[key]}
            return 400, {"code": "duplicate_request", "message": "This key was used before"}
        missing = {"sender", "to", "subject", "htmlContent"} - {k for k, v in body.items() if v}
        if missing:
            return 400, {"code": "missing_parameter", "message": f"{min(missing)} is missing"}
        message_id = f"<{len(self.keys) + 1}.{len(self.calls)}@fake.example>"
        self.mails.append(body)
        if key:
            self.keys[key] = message_id
        return 201, {"messageId": message_id}

    def _upsert(self, body):
        email = body["email"].lower()
        known = self.contacts.get(email)
        if known and not body.get("updateEnabled"):
            return 400, {"code": "duplicate_parameter", "message": "Contact already exist"}
        contact = known or {"email": email, "id": len(self.contacts) + 1, "attributes": {}}
        contact["attributes"] |= body.get("attributes", {})
        contact["listIds"] = sorted({*contact.get("listIds", []), *body.get("listIds", [])})
        contact["emailBlacklisted"] = body.get("emailBlacklisted", False)
        self.contacts[email] = contact
        return (204, None) if known else (201, {"id": contact["id"]})

    def _contact(self, method, email, body):
        if email not in self.contacts:
            return _not_found()
        if method == "GET":
            return 200, self.contacts[email]
        if method == "DELETE":
            del self.contacts[email]
        else:
            self.contacts[email] |= body
        return 204, None


def _not_found():
    return 404, {"code": "document_not_found", "message": "Not here"}


if __name__ == "__main__":
    main(FakeBrevo)
