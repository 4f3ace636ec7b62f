"""A small Postmark for tests: mail alone."""

import uuid

from .fake import FakeProvider


class FakePostmark(FakeProvider):
    """Takes mails, and finds them again. `server_values` are what the server is set to."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.server_values = {"Name": "The portal"}

    def api_key_of(self, call):
        return call["headers"].get("x-postmark-server-token", self.api_key)

    def complaint(self, status, code, words):
        return {"ErrorCode": {401: 10, 400: 300}.get(status, status), "Message": words}

    def acts(self):
        return {
            "POST /email": self._send,
            "GET /messages/outbound": self._search,
            "GET /messages/outbound/*/details": lambda _, name: next(
                mail for mail in self.mails if mail["MessageID"] == name
            ),
            "POST /data-removals": lambda _: {"ID": 1, "Status": "Pending"},
            "GET /server": lambda _: self.server_values,
            "PUT /server": lambda call: self.server_values.update(call["body"]),
            "GET /webhooks": lambda _: {"Webhooks": self.hooks},
            "POST /webhooks": lambda call: self.keep(self.hooks, call["body"], ID=len(self.hooks)),
            "PUT /webhooks/*": lambda call, number: self.hooks[int(number)].update(call["body"]),
        }

    def _search(self, call):
        found = [mail for mail in self.mails if call["query"]["recipient"] in mail["To"]]
        return {"TotalCount": len(found), "Messages": found[::-1]}

    def _send(self, call):
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, str(len(self.mails))))
        self.mails.append({**call["body"], "MessageID": name})
        return {"To": call["body"]["To"], "MessageID": name, "ErrorCode": 0, "Message": "OK"}
