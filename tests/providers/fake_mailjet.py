"""A small Mailjet for tests: mail and contacts."""

from __future__ import annotations

from base64 import b64decode
from typing import ClassVar
from urllib.parse import unquote

from .fake import FakeProvider


class FakeMailjet(FakeProvider):
    """Takes mails and contacts; `refuses` is an error that each mail gets."""

    settings: ClassVar = {"list_id": "7", "api_secret": "made-up-secret-for-tests"}

    def __init__(self, *args, **options):
        self.refuses, self.hooks, self.routes, self.fields = None, [], [], []
        self.senders = [{"Email": "*@example.com", "Status": "Active"}]
        super().__init__(*args, **options)

    def api_key_of(self, call):
        pair = call["headers"].get("authorization", "").removeprefix("Basic ")
        return b64decode(pair).decode().partition(":")[0]

    def complaint(self, status, code, words):
        number = {401: "mj-0015", 400: "mj-0013"}.get(status, "mj-0001")
        return {"ErrorCode": number, "StatusCode": status, "ErrorMessage": words}

    def act(self, call):  # noqa: PLR0911 - one place for each call
        parts = [unquote(part) for part in call["path"].split("/")[1:]]
        body, query = call["body"], call["query"]
        match [call["method"], *parts]:
            case ["POST", "v3.1", "send"]:
                return self._send(body["Messages"][0])
            case ["GET", "v3", "REST", "message"]:
                found = [one for one in self.mails if one["CustomID"] == query["CustomID"]]
                return 200, {"Data": [{**one, "ID": one["MessageID"]} for one in found]}
            case ["POST", "v3", "REST", "contactslist", "7", "managecontact"]:
                return self._manage(body)
            case ["GET", "v3", "REST", "contactdata"]:
                values = self.contacts.get(query["ContactEmail"].lower(), {}).get("Properties", {})
                pairs = [{"Name": name, "Value": value} for name, value in values.items()]
                return 200, {"Data": [{"Data": pairs}]}
            case ["GET", "v3", "REST", "listrecipient"]:
                known = self.contacts.get(query["ContactEmail"].lower())
                is_on = known and query["ContactsList"] == "7"
                return 200, {"Data": [{"IsUnsubscribed": known["IsUnsubscribed"]}] * bool(is_on)}
            case ["GET" | "PUT" as method, "v3", "REST", "contact", email]:
                return self._contact(method, email.lower(), body)
            case ["DELETE", "v4", "contacts", number]:
                before = len(self.contacts)
                self.contacts = {
                    email: one for email, one in self.contacts.items() if str(one["ID"]) != number
                }
                return (200, None) if len(self.contacts) < before else (404, {})
        return self._set_up(call, parts)

    def _set_up(self, call, parts):
        kept = {
            "sender": self.senders,
            "eventcallbackurl": self.hooks,
            "parseroute": self.routes,
            "contactmetadata": self.fields,
            "contactslist": [{"ID": 7, "Name": "The newsletter"}],
        }
        if parts[-1] not in kept:
            return 404, {}
        if call["method"] == "POST":
            more = {"Email": "made@parse.example"} if parts[-1] == "parseroute" else {}
            kept[parts[-1]].append({**more, **call["body"]})
            return 201, {"Data": kept[parts[-1]][-1:]}
        return 200, {"Data": kept[parts[-1]]}

    def _send(self, mail):
        if self.refuses:
            return 400, {"Messages": [{"Status": "error", "Errors": [self.refuses]}]}
        self.mails.append({**mail, "MessageID": 576460752303423488 + len(self.mails)})
        to = [{"Email": mail["To"][0]["Email"], "MessageID": self.mails[-1]["MessageID"]}]
        return 200, {"Messages": [{"Status": "success", "CustomID": mail["CustomID"], "To": to}]}

    def _manage(self, body):
        known = self.contacts.get(body["Email"].lower())
        contact = known or {"ID": len(self.contacts) + 1, "IsExcludedFromCampaigns": False}
        contact |= {"Email": body["Email"], "Name": body.get("Name", "")}
        contact |= {"Properties": body["Properties"], "IsUnsubscribed": body["Action"] == "unsub"}
        self.contacts[body["Email"].lower()] = contact
        return 201, {"Count": 1, "Data": [{"ContactID": contact["ID"]}]}

    def _contact(self, method, email, body):
        if email not in self.contacts:
            return 404, {"ErrorMessage": "Object not found", "StatusCode": 404}
        contact = self.contacts[email]
        if method == "PUT":
            before = contact["IsExcludedFromCampaigns"]
            if before == body["IsExcludedFromCampaigns"]:
                return 304, None
            contact["IsExcludedFromCampaigns"] = body["IsExcludedFromCampaigns"]
        return 200, {"Count": 1, "Data": [contact]}
