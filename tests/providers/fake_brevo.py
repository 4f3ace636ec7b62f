"""A small Brevo for tests. `python -m tests.providers.fake_brevo` runs it as a program."""

from typing import ClassVar
from urllib.parse import unquote

from .fake import FakeProvider, main


class FakeBrevo(FakeProvider):
    """Takes mails and contacts.

    With `repeats` as "same", a key that is known gets the first answer again
    instead of `duplicate_request`: which of them Brevo does, its description
    leaves open.
    """

    prefix = "/v3"

    settings: ClassVar = {"list_id": "7"}

    def __init__(self, port=0, record=None, api_key="", repeats="duplicate_request"):
        self.repeats = repeats
        self.hooks, self.attributes = [], []
        self.senders = [{"email": "hello@example.com", "active": True}]
        super().__init__(port, record, api_key)

    def api_key_of(self, call):
        return call["headers"].get("api-key", "")

    def key_of(self, call):
        return call["body"].get("headers", {}).get("idempotencyKey", "")

    def act(self, call):  # noqa: PLR0911 - one place for each call
        parts = [unquote(part) for part in call["path"].split("/")[1:]]
        match [call["method"], *parts]:
            case ["POST", "smtp", "email"]:
                return self._send(call["body"])
            case ["POST", "contacts"]:
                return self._upsert(call["body"])
            case ["GET", "contacts"]:
                return self._list(call["query"])
            case ["POST", "contacts", "import"]:
                return self._import(call["body"])
            case ["GET", "contacts", "attributes"]:
                return 200, {"attributes": [{"name": name} for name in self.attributes]}
            case ["PUT" | "GET" | "DELETE" as method, "contacts", email]:
                return self._contact(method, email.lower(), call["body"])
            case ["DELETE", "smtp", "log", email]:
                before = len(self.mails)
                self.mails = [mail for mail in self.mails if mail["to"][0]["email"] != email]
                return (204, None) if len(self.mails) < before else _not_found()
        return self._set_up(call, parts)

    def _set_up(self, call, parts):  # noqa: PLR0911 - one place for each call
        match [call["method"], *parts]:
            case ["GET", "account"]:
                return 200, {"companyName": "The charity"}
            case ["GET", "senders"]:
                return 200, {"senders": self.senders}
            case ["GET", "contacts", "lists", "7"]:
                return 200, {"id": 7, "name": "The newsletter"}
            case ["POST", "contacts", "attributes", "normal", name]:
                self.attributes.append(name)
                return 201, None
            case ["GET", "webhooks"]:
                kind = call["query"]["type"]
                return 200, {"webhooks": [one for one in self.hooks if one["type"] == kind]}
            case ["POST", "webhooks"]:
                self.hooks.append(call["body"])
                return 201, {"id": len(self.hooks)}
        return _not_found()

    def _list(self, query):
        start, limit = int(query["offset"]), int(query["limit"])
        wanted = query.get("listIds")
        rows = [
            one
            for one in self.contacts.values()
            if not wanted or int(wanted) in one.get("listIds", [])
        ]
        return 200, {"contacts": rows[start : start + limit], "count": len(rows)}

    def _import(self, body):
        for one in body["jsonBody"]:
            more = {"listIds": body.get("listIds", []), "updateEnabled": True}
            self._upsert({**one, **more, "emailBlacklisted": body["emailBlacklist"]})
        return 202, {"processId": 1}

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
