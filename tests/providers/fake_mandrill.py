"""A small Mailchimp Transactional for tests: mail alone, with the key in each body."""

from __future__ import annotations

from .fake import FakeProvider


class FakeMandrill(FakeProvider):
    """Takes mails; `rejected` says why an address is not mailed."""

    prefix = "/api/1.4"

    def __init__(self, *args, **options):
        self.rejected, self.hooks, self.routes = {}, [], []
        super().__init__(*args, **options)

    def api_key_of(self, call):
        return call["body"].get("key", "") if isinstance(call["body"], dict) else ""

    def complaint(self, status, code, words):
        names = {401: "Invalid_Key", 400: "ValidationError"}
        name = names.get(status, "GeneralError" if status == 500 else code)
        return {"status": "error", "code": -1, "name": name, "message": words}

    def act(self, call):  # noqa: PLR0911 - one place for each call
        body = call["body"]
        match call["path"]:
            case "/messages/send":
                return 200, [self._send(body["message"])]
            case "/messages/search":
                address = body["query"].removeprefix("full_email:")
                return 200, [one for one in self.mails if one["to"][0]["email"] == address]
            case "/users/info":
                return 200, {"username": "the-charity"}
            case "/webhooks/list":
                return 200, self.hooks
            case "/webhooks/add":
                self.hooks.append({**body, "auth_key": "the-key-of-this-webhook"})
                return 200, self.hooks[-1]
            case "/inbound/routes":
                return 200, self.routes
            case "/inbound/add-route":
                self.routes.append(body)
                return 200, body
        return 404, self.complaint(404, "Unknown_Path", "Not here")

    def _send(self, mail):
        address = mail["to"][0]["email"]
        if reason := self.rejected.get(address):
            return {"email": address, "status": "rejected", "reject_reason": reason, "_id": "0"}
        self.mails.append({**mail, "_id": f"{len(self.mails) + 1:032x}"})
        return {"email": address, "status": "queued", "_id": self.mails[-1]["_id"]}
