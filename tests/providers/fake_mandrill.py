"""A small Mailchimp Transactional for tests: mail alone, with the key in each body."""

from .fake import FakeProvider

HOOK_KEY = "gplJ8yWptFTqCoq5S1SHPA"


class FakeMandrill(FakeProvider):
    """Takes mails, and finds them again."""

    prefix = "/api/1.4"

    def __init__(self, *args, **options):
        self.hooks, self.routes = [], []
        self.domains = [{"domain": "in.example.com", "valid_mx": True}]
        super().__init__(*args, **options)

    def api_key_of(self, call):
        return call["body"].get("key", "") if isinstance(call["body"], dict) else ""

    def complaint(self, status, code, words):
        names = {401: "Invalid_Key", 400: "ValidationError", 500: "GeneralError"}
        name = names.get(status, code)
        return {"status": "error", "code": -1, "name": name, "message": words}

    def act(self, call):
        acts = {
            "/messages/send": lambda body: [self._send(body["message"])],
            "/messages/search": self._search,
            "/users/info": lambda _: {"username": "the-charity"},
            "/webhooks/list": lambda _: self.hooks,
            "/webhooks/add": self._add_hook,
            "/webhooks/update": self._update_hook,
            "/inbound/domains": lambda _: self.domains,
            "/inbound/routes": lambda _: self.routes,
            "/inbound/add-route": self._add_route,
        }
        if call["path"] not in acts:
            return 404, self.complaint(404, "Unknown_Path", "Not here")
        return 200, acts[call["path"]](call["body"])

    def _search(self, body):
        address = body["query"].removeprefix("full_email:")
        return [one for one in self.mails if one["to"][0]["email"] == address]

    def _add_hook(self, body):
        self.hooks.append({**body, "id": 7, "auth_key": HOOK_KEY})
        return self.hooks[-1]

    def _update_hook(self, body):
        self.hooks[0] |= body
        return self.hooks[0]

    def _add_route(self, body):
        self.routes.append(body)
        return body

    def _send(self, mail):
        address = mail["to"][0]["email"]
        self.mails.append({**mail, "_id": f"{len(self.mails) + 1:032x}"})
        return {"email": address, "status": "queued", "_id": self.mails[-1]["_id"]}
