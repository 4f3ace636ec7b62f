"""A small Postmark for tests: mail alone."""

import uuid
from urllib.parse import unquote

from .fake import FakeProvider


class FakePostmark(FakeProvider):
    """Takes mails, and finds them again."""

    def __init__(self, *args, **options):
        self.hooks, self.server_values, self.removed = [], {}, []
        super().__init__(*args, **options)

    def api_key_of(self, call):
        return call["headers"].get("x-postmark-server-token", self.api_key)

    def complaint(self, status, code, words):
        number = {401: 10, 400: 300}.get(status, status)
        return {"ErrorCode": number, "Message": words}

    def act(self, call):  # noqa: C901, PLR0911 - one place for each call
        parts = [unquote(part) for part in call["path"].split("/")[1:]]
        match [call["method"], *parts]:
            case ["POST", "email"]:
                return self._send(call["body"])
            case ["GET", "messages", "outbound"]:
                address = call["query"]["recipient"]
                found = [mail for mail in self.mails if address in mail["To"]]
                return 200, {"TotalCount": len(found), "Messages": found[::-1]}
            case ["GET", "messages", "outbound", name, "details"]:
                return 200, next(mail for mail in self.mails if mail["MessageID"] == name)
            case ["POST", "data-removals"]:
                self.removed.append(call["body"]["RequestedFor"])
                return 200, {"ID": len(self.removed), "Status": "Pending"}
            case ["GET" | "PUT" as method, "server"]:
                if method == "PUT":
                    self.server_values |= call["body"]
                return 200, {"Name": "The portal", **self.server_values}
            case ["GET", "webhooks"]:
                return 200, {"Webhooks": self.hooks}
            case ["POST", "webhooks"]:
                self.hooks.append({"ID": len(self.hooks), **call["body"]})
                return 200, self.hooks[-1]
            case ["PUT", "webhooks", number]:
                self.hooks[int(number)] |= call["body"]
                return 200, self.hooks[int(number)]
        return 404, {"ErrorCode": 701, "Message": "Not here"}

    def _send(self, body):
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, str(len(self.mails))))
        self.mails.append({**body, "MessageID": name})
        return 200, {"To": body["To"], "MessageID": name, "ErrorCode": 0, "Message": "OK"}
