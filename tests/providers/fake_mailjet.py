"""A small Mailjet for tests: mail and contacts."""

from base64 import b64decode
from typing import ClassVar

from .fake import FakeProvider

LIST = 7


class FakeMailjet(FakeProvider):
    """Takes mails and contacts.

    It keeps a contact with what was chosen (`Properties`) and whether it is on
    the list and left it. Without a limit it gives ten objects.
    """

    settings: ClassVar = {"list_id": str(LIST), "api_secret": "made-up-secret-for-tests"}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.routes, self.made = [], 0
        self.senders = [{"Email": "*@example.com", "Status": "Active"}]

    def api_key_of(self, call):
        pair = call["headers"].get("authorization", "").removeprefix("Basic ")
        return b64decode(pair).decode().partition(":")[0]

    def complaint(self, status, code, words):
        number = {401: "mj-0015", 400: "mj-0013"}.get(status, "mj-0001")
        return {"ErrorCode": number, "StatusCode": status, "ErrorMessage": words}

    def acts(self):
        return {
            "POST /v3.1/send": self._send,
            "POST /v3/REST/contactslist/7/*": self._manage,
            "GET /v3/REST/contact/*": self._contact,
            "PUT /v3/REST/contact/*": self._contact,
            "DELETE /v4/contacts/*": self._delete,
            "GET /v3/REST/*": self._page,
            "POST /v3/REST/*": lambda call, kind: {
                "Data": [self.keep(self._rows(kind), call["body"], Email="made@parse.example")]
            },
        }

    def _rows(self, kind):
        return {
            "sender": self.senders,
            "contactslist": [{"ID": LIST, "Name": "The newsletter"}],
            "eventcallbackurl": self.hooks,
            "parseroute": self.routes,
            "contactmetadata": self.fields,
            "message": [{**one, "ID": one["MessageID"]} for one in self.mails],
        }.get(kind)

    def _send(self, call):
        mail = call["body"]["Messages"][0]
        self.mails.append({**mail, "MessageID": 576460752303423488 + len(self.mails)})
        to = {"Email": mail["To"][0]["Email"], "MessageID": self.mails[-1]["MessageID"]}
        return {"Messages": [{"Status": "success", "CustomID": mail["CustomID"], "To": [to]}]}

    def _manage(self, call, _):
        people = call["body"].get("Contacts", [call["body"]])
        for one in people:
            self.made += 1
            new = {"ID": self.made, "IsExcludedFromCampaigns": False, "Properties": {}}
            contact = self.contacts.setdefault(one["Email"].lower(), new)
            contact |= {name: value for name, value in one.items() if name != "Action"}
            contact |= {"IsUnsubscribed": call["body"]["Action"] == "unsub", "IsOnList": True}
        return 201, {"Count": len(people), "Data": [{"JobID": self.made}]}

    def _contact(self, call, email):
        if (contact := self.contacts.get(email.lower())) is None:
            return self.gone()
        if call["method"] == "PUT":
            if contact.items() >= call["body"].items():
                return 304, None
            contact |= call["body"]
        return {"Count": 1, "Data": [contact]}

    def _delete(self, _, number):
        self.contacts = {k: v for k, v in self.contacts.items() if str(v["ID"]) != number}
        return 200, None

    def _page(self, call, kind):
        query, found = call["query"], self._rows(kind)
        if kind == "message":
            found = [one for one in found if one["CustomID"] == query["CustomID"]]
        if found is None:
            found = [self._row(kind, one) for one in self._chosen(kind, query)]
        start = int(query.get("Offset", 0))
        return {"Data": found[start : start + int(query.get("Limit", 10))]}

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
