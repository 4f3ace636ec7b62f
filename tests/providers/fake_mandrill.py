"""A small Mailchimp Transactional for tests: mail alone, with the key in each body."""

from .fake import FakeProvider

HOOK_KEY = "gplJ8yWptFTqCoq5S1SHPA"


class FakeMandrill(FakeProvider):
    """Takes mails, and finds them again."""

    prefix = "/api/1.4"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.routes, self.domains = [], [{"domain": "in.example.com", "valid_mx": True}]

    def api_key_of(self, call):
        return call["body"].get("key", "") if isinstance(call["body"], dict) else ""

    def complaint(self, status, code, words):
        names = {401: "Invalid_Key", 400: "ValidationError", 500: "GeneralError"}
        return {"status": "error", "name": names.get(status, code), "message": words}

    def acts(self):
        return {
            "POST /users/info": lambda _: {"username": "the-charity"},
            "POST /webhooks/list": lambda _: self.hooks,
            "POST /webhooks/add": lambda call: self.keep(
                self.hooks, call["body"], id=7, auth_key=HOOK_KEY
            ),
            "POST /webhooks/update": lambda call: self.hooks[0].update(call["body"]),
            "POST /inbound/domains": lambda _: self.domains,
            "POST /inbound/routes": lambda _: self.routes,
            "POST /inbound/add-route": lambda call: self.keep(self.routes, call["body"]),
            "POST /messages/send": self._send,
            "POST /messages/search": self._search,
        }

    def _send(self, call):
        mail = {**call["body"]["message"], "_id": f"{len(self.mails) + 1:032x}"}
        self.mails.append(mail)
        return [{"email": mail["to"][0]["email"], "status": "queued", "_id": mail["_id"]}]

    def _search(self, call):
        address = call["body"]["query"].removeprefix("full_email:")
        return [one for one in self.mails if one["to"][0]["email"] == address]
