"""A small MailerLite for tests: contacts in groups."""

from typing import ClassVar

from .fake import FakeProvider

GROUP = "7"
SECRET = "ybmcD7PQ9R"  # as long as those that MailerLite makes


class FakeMailerLite(FakeProvider):
    """Takes contacts and webhooks. A contact is found by address or id, and changed by id."""

    prefix = "/api"
    settings: ClassVar = {"list_id": GROUP}

    def complaint(self, status, code, words):
        return {"message": words}

    def acts(self):
        return {
            "GET /groups": lambda _: {"data": [{"id": GROUP, "name": "Newsletter"}]},
            "GET /webhooks": lambda _: {"data": self.hooks},
            "POST /webhooks": lambda call: {
                "data": self.keep(self.hooks, call["body"], secret=SECRET)
            },
            "PUT /webhooks/*": lambda call, name: self.hooks[int(name)].update(call["body"]),
            "GET /subscribers": self._list,
            "POST /subscribers": lambda call: self._upsert(call["body"]),
            "POST /batch": self._batch,
            "GET /subscribers/*": self._contact,
            "PUT /subscribers/*": self._contact,
            "POST /subscribers/*/forget": self._contact,
        }

    def _upsert(self, body):
        contact = self.contacts.setdefault(
            body["email"].lower(),
            {"id": f"{len(self.contacts) + 31}", "fields": {}, "groups": [], "forget_at": None},
        )
        groups = {one["id"] for one in contact["groups"]} | {*body.get("groups", [])}
        contact |= {
            "email": body["email"],
            "status": body["status"],
            "fields": contact["fields"] | body["fields"],
            "groups": [{"id": one, "name": "A group"} for one in sorted(groups)],
        }
        return {"data": contact}

    def _list(self, call):
        start, everyone = int(call["query"].get("cursor") or 0), list(self.contacts.values())
        end = start + int(call["query"]["limit"])
        page = [dict(one) for one in everyone[start:end]]
        for contact in page if call["query"].get("include") != "groups" else ():
            del contact["groups"]
        return {"data": page, "meta": {"next_cursor": str(end) if end < len(everyone) else None}}

    def _batch(self, call):
        bodies = [self._upsert(one["body"]) for one in call["body"]["requests"]]
        return {"responses": [{"code": 200, "body": body} for body in bodies]}

    def _contact(self, call, name):
        known = {contact["id"]: contact for contact in self.contacts.values()}
        known |= self.contacts if call["method"] == "GET" else {}
        contact = known.get(name.lower())
        if contact is None:
            return self.gone()
        if call["method"] == "PUT":
            contact |= call["body"]
        if call["method"] == "POST":
            del self.contacts[contact["email"].lower()]
        return {"data": contact}
