"""A small MailerLite for tests, and as a program: `python -m tests.providers.fake_mailerlite`."""

from typing import ClassVar
from urllib.parse import unquote

from .fake import FakeProvider, main

GROUP = "7"
SECRET = "ybmcD7PQ9R"  # as long as those that MailerLite makes


class FakeMailerLite(FakeProvider):
    """Takes contacts and webhooks. A contact is found by address or id, and changed by id."""

    prefix = "/api"
    settings: ClassVar = {"list_id": GROUP}

    def __init__(self, port=0, record=None, api_key=""):
        self.webhooks = []
        super().__init__(port, record, api_key)

    def complaint(self, status, code, words):
        return {"message": words}

    def act(self, call):
        body, parts = call["body"], [unquote(part) for part in call["path"].split("/")[1:]]
        match [call["method"], *parts]:
            case [method, "subscribers"]:
                return self._upsert(body) if method == "POST" else self._list(call["query"])
            case ["POST", "batch"]:
                return self._batch(body["requests"])
            case [method, "subscribers", name, *deed]:
                return self._contact(method, name, deed, body)
            case ["GET", "groups"]:
                return 200, {"data": [{"id": GROUP, "name": "Newsletter"}]}
            case [method, "webhooks", *name]:
                return self._webhook(method, name, body)
        return _not_found()

    def _upsert(self, body):
        if "@" not in body["email"]:
            words = "The email must be a valid email address."
            return 422, {"message": "The given data was invalid.", "errors": {"email": [words]}}
        known = self.contacts.get(body["email"].lower())
        contact = known or {"id": f"{len(self.contacts) + 31}", "fields": {}, "groups": []}
        groups = {one["id"] for one in contact["groups"]} | {*body.get("groups", [])}
        contact |= {
            "email": body["email"],
            "status": body.get("status", "active"),
            "fields": {**contact["fields"], **body.get("fields", {})},
            "groups": [{"id": one, "name": "A group"} for one in sorted(groups)],
            "forget_at": None,
        }
        self.contacts[body["email"].lower()] = contact
        return (200 if known else 201), {"data": contact}

    def _list(self, query):
        start, everyone = int(query.get("cursor") or 0), list(self.contacts.values())
        end = start + int(query["limit"])
        page = [dict(one) for one in everyone[start:end]]
        for contact in page if query.get("include") != "groups" else ():
            del contact["groups"]
        following = str(end) if end < len(everyone) else None
        return 200, {"data": page, "meta": {"next_cursor": following}}

    def _batch(self, requests):
        done = [self._upsert(one["body"]) for one in requests if one["path"] == "api/subscribers"]
        responses = [{"code": code, "body": body} for code, body in done]
        return 200, {"total": len(requests), "responses": responses}

    def _contact(self, method, name, deed, body):
        known = {contact["id"]: contact for contact in self.contacts.values()}
        contact = known.get(name) or (self.contacts.get(name.lower()) if method == "GET" else None)
        if contact is None:
            return _not_found()
        if deed == ["forget"]:
            del self.contacts[contact["email"].lower()]
            contact = {**contact, "forget_at": "2026-12-24 10:00:00"}
        elif method == "PUT":
            contact.update(body)
        return 200, {"data": contact}

    def _webhook(self, method, name, body):
        if method == "GET":
            return 200, {"data": self.webhooks}
        if method == "POST":
            self.webhooks.append({"id": f"{len(self.webhooks)}", "secret": SECRET, **body})
            return 201, {"data": self.webhooks[-1]}
        (webhook,) = (one for one in self.webhooks if [one["id"]] == name)
        webhook.update(body)
        return 200, {"data": webhook}


def _not_found():
    return 404, {"message": "Resource not found."}


if __name__ == "__main__":
    main(FakeMailerLite)
