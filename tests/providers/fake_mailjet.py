"""A small Mailjet for tests: mail and contacts."""

from base64 import b64decode
from typing import ClassVar
from urllib.parse import unquote

from .fake import FakeProvider

LIST = 7


class FakeMailjet(FakeProvider):
    """Takes mails and contacts.

    It keeps a contact with what was chosen (`Properties`) and whether it is on
    the list and left it. Without a limit it gives ten objects.
    """

    settings: ClassVar = {"list_id": str(LIST), "api_secret": "made-up-secret-for-tests"}

    def __init__(self, *args, **options):
        self.hooks, self.routes, self.fields = [], [], []
        self.senders = [{"Email": "*@example.com", "Status": "Active"}]
        self.lists = [{"ID": LIST, "Name": "The newsletter"}]
        self.made = 0
        super().__init__(*args, **options)

    def api_key_of(self, call):
        pair = call["headers"].get("authorization", "").removeprefix("Basic ")
        return b64decode(pair).decode().partition(":")[0]

    def complaint(self, status, code, words):
        number = {401: "mj-0015", 400: "mj-0013"}.get(status, "mj-0001")
        return {"ErrorCode": number, "StatusCode": status, "ErrorMessage": words}

    def act(self, call):  # noqa: PLR0911 - one place for each call
        parts = [unquote(part) for part in call["path"].split("/")[1:]]
        match [call["method"], *parts]:
            case ["POST", "v3.1", "send"]:
                return self._send(call["body"]["Messages"][0])
            case [
                "POST",
                "v3",
                "REST",
                "contactslist",
                "7",
                "managecontact" | "managemanycontacts",
            ]:
                return self._manage(call["body"])
            case ["GET" | "PUT" as method, "v3", "REST", "contact", email]:
                return self._contact(method, email.lower(), call["body"])
            case ["DELETE", "v4", "contacts", number]:
                return self._delete(number)
            case ["GET", "v3", "REST", kind]:
                return self._page(kind, call["query"])
            case ["POST", "v3", "REST", kind]:
                return self._add(kind, call["body"])
        return 404, {}

    def _send(self, mail):
        self.mails.append({**mail, "MessageID": 576460752303423488 + len(self.mails)})
        to = [{"Email": mail["To"][0]["Email"], "MessageID": self.mails[-1]["MessageID"]}]
        return 200, {"Messages": [{"Status": "success", "CustomID": mail["CustomID"], "To": to}]}

    def _manage(self, body):
        people = body.get("Contacts", [body])
        for one in people:
            self.made += 1
            new = {"ID": self.made, "IsExcludedFromCampaigns": False, "Properties": {}}
            contact = self.contacts.setdefault(one["Email"].lower(), new)
            contact |= {name: value for name, value in one.items() if name != "Action"}
            contact |= {"IsUnsubscribed": body["Action"] == "unsub", "IsOnList": True}
        return 201, {"Count": len(people), "Data": [{"JobID": self.made}]}

    def _contact(self, method, email, body):
        if email not in self.contacts:
            return 404, {"ErrorMessage": "Object not found", "StatusCode": 404}
        contact = self.contacts[email]
        if method == "PUT":
            if contact["IsExcludedFromCampaigns"] == body["IsExcludedFromCampaigns"]:
                return 304, None
            contact |= body
        return 200, {"Count": 1, "Data": [contact]}

    def _delete(self, number):
        found = [email for email, one in self.contacts.items() if str(one["ID"]) == number]
        for email in found:
            del self.contacts[email]
        return (200, None) if found else (404, {})

    def _add(self, kind, body):
        kept = {
            "eventcallbackurl": self.hooks,
            "parseroute": self.routes,
            "contactmetadata": self.fields,
        }
        more = {"Email": "made@parse.example"} if kind == "parseroute" else {}
        kept[kind].append({**more, **body})
        return 201, {"Data": kept[kind][-1:]}

    def _page(self, kind, query):
        found = {
            "sender": self.senders,
            "contactslist": self.lists,
            "eventcallbackurl": self.hooks,
            "parseroute": self.routes,
            "contactmetadata": self.fields,
        }.get(kind)
        if kind == "message":
            found = [
                {"CustomID": one["CustomID"], "ID": one["MessageID"]}
                for one in self.mails
                if one["CustomID"] == query["CustomID"]
            ]
        if found is None:
            found = [self._row(kind, one) for one in self._chosen(kind, query)]
        start = int(query.get("Offset", 0))
        return 200, {"Data": found[start : start + int(query.get("Limit", 10))]}

    def _chosen(self, kind, query):
        """The contacts that a query asks for."""
        asks = query.get("ContactEmail", "").lower()
        is_of_all = kind == "contactdata" and asks
        for email, one in self.contacts.items():
            is_there = is_of_all or (one.get("IsOnList") and query["ContactsList"] == str(LIST))
            has_left = "Unsub" not in query or one["IsUnsubscribed"]
            if asks in {"", email} and is_there and has_left:
                yield one

    def _row(self, kind, one):
        chosen = [{"Name": name, "Value": value} for name, value in one["Properties"].items()]
        return {
            "contact": one,
            "contactdata": {"ContactID": one["ID"], "Data": chosen},
            "listrecipient": {"Contact": str(one["ID"]), "IsUnsubscribed": one["IsUnsubscribed"]},
        }[kind]
