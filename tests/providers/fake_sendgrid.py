"""A small SendGrid for tests. `python -m tests.providers.fake_sendgrid` runs it as a program."""

from base64 import b64encode
from typing import ClassVar
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .fake import FakeProvider, main

LIST = "2f0c1d6e-8b8a-4f57-9a53-0d6f3f9a1100"
PRIVATE = ec.derive_private_key(4711, ec.SECP256R1())
OTHER = ec.derive_private_key(4712, ec.SECP256R1())


def key_of(private):
    """The public key as SendGrid shows it."""
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


PUBLIC_KEY = key_of(PRIVATE)


class FakeSendGrid(FakeProvider):
    """Takes mails, contacts, suppressions, fields and webhooks; its jobs are done at once."""

    settings: ClassVar = {"list_id": LIST}

    def __init__(self, port=0, record=None, api_key=""):
        self.fields = {name: f"w{n}_T" for n, name in enumerate(("Topics", "format"), 1)}
        self.fields["preferences_url"] = "w3_T"
        self.left, self.jobs, self.webhooks, self.parse, self.erased = [], 0, [], {}, []
        super().__init__(port, record, api_key)

    def complaint(self, status, code, words):
        return {"errors": [{"message": words, "field": None, "help": None}], "id": "1"}

    def headers_of(self, call, status):
        is_mail = call["path"] == "/v3/mail/send" and status == 202
        return {"X-Message-Id": f"id-{len(self.mails)}"} if is_mail else {}

    def act(self, call):
        parts = [unquote(part) for part in call["path"].split("/")[2:]]
        method, body = call["method"], call["body"]
        match parts:
            case ["mail", "send"]:
                return self._send(body)
            case ["marketing", "contacts", *_]:
                return self._contacts(method, parts[2:], call)
            case ["recipients", "erasejob"]:
                self.erased += body["email_addresses"]
                return self._job()
            case ["asm" | "suppression", *rest]:
                return self._suppress(method, rest, call)
            case ["user", "webhooks", *rest]:
                return self._webhooks(method, rest, body)
        return self._account(method, parts, body)

    def _contacts(self, method, rest, call):
        if rest == ["search", "emails"]:
            return self._search(call["body"]["emails"])
        if method == "PUT":
            return self._upsert(call["body"])
        ids = call["query"]["ids"].split(",")
        self.contacts = {k: v for k, v in self.contacts.items() if v["id"] not in ids}
        return self._job()

    def _job(self):
        self.jobs += 1
        return 202, {"job_id": f"job-{self.jobs}"}

    def _send(self, body):
        people = body.get("personalizations") or [{}]
        if not (people[0].get("to") and body.get("from") and body.get("content")):
            return self._bad("The mail needs a sender, somebody to go to, and a content.")
        if [one["type"] for one in body["content"]] not in (
            ["text/plain", "text/html"],
            ["text/plain"],
            ["text/html"],
        ):
            return self._bad("text/plain comes first, then text/html.")
        self.mails.append(body)
        return 202, None

    def _upsert(self, body):
        if any(set(one["custom_fields"]) - {*self.fields.values()} for one in body["contacts"]):
            return self._bad("There is no such custom field.")
        for one in body["contacts"]:
            email = one["email"].lower()
            known = self.contacts.setdefault(
                email, {"id": f"id {len(self.contacts)}", "list_ids": [], "custom_fields": {}}
            )
            fields = {**known["custom_fields"], **one["custom_fields"]}
            lists = sorted({*known["list_ids"], *body.get("list_ids", [])})
            known.update({**one, "email": email, "custom_fields": fields, "list_ids": lists})
        return self._job()

    def _search(self, emails):
        names = {id_: name for name, id_ in self.fields.items()}
        found = {}
        for email in (one.lower() for one in emails):
            if known := self.contacts.get(email):
                fields = {names[id_]: value for id_, value in known["custom_fields"].items()}
                found[email] = {"contact": {**known, "custom_fields": fields}}
        return (200, {"result": found}) if found else self._gone()

    def _suppress(self, method, rest, call):
        match [method, *rest]:
            case ["POST", "suppressions", "global"]:
                emails = [one.lower() for one in call["body"]["recipient_emails"]]
                self.left = list(dict.fromkeys([*self.left, *emails]))
                return 201, {"recipient_emails": emails}
            case ["GET", "suppressions", "global", email]:
                return 200, {"recipient_email": email} if email.lower() in self.left else {}
            case ["DELETE", "suppressions", "global", email] if email.lower() in self.left:
                self.left.remove(email.lower())
                return 204, None
            case ["GET", "unsubscribes"]:
                start, size = int(call["query"]["offset"]), int(call["query"]["limit"])
                page = self.left[start : start + size]
                return 200, [{"created": 1, "email": email} for email in page]
        return self._gone()

    def _account(self, method, parts, body):
        match [method, *parts]:
            case ["GET", "marketing", "field_definitions"]:
                rows = [{"id": id_, "name": name} for name, id_ in self.fields.items()]
                return 200, {"custom_fields": rows, "reserved_fields": []}
            case ["POST", "marketing", "field_definitions"]:
                self.fields[body["name"]] = f"w{len(self.fields) + 5}_T"
                return 200, {"id": self.fields[body["name"]], **body}
            case ["GET", "marketing", "lists", str(name)] if name == LIST:
                return 200, {"id": LIST, "name": "Newsletter", "contact_count": 1}
        return self._gone()

    def _webhooks(self, method, parts, body):
        known = {one["id"]: one for one in self.webhooks}
        match [method, *parts]:
            case [_, "parse", "settings", *host]:
                return self._parse(method, host, body)
            case ["GET", "event", "settings", "all"]:
                return 200, {"max_allowed": 5, "webhooks": self.webhooks}
            case ["POST", "event", "settings"]:
                self.webhooks.append({"id": f"hook {len(self.webhooks)}", "public_key": "", **body})
                return 201, self.webhooks[-1]
            case ["PATCH", "event", "settings", "signed", name] if name in known:
                known[name]["public_key"] = PUBLIC_KEY if body["enabled"] else ""
                return 200, {"id": name, "public_key": known[name]["public_key"]}
            case ["PATCH", "event", "settings", name] if name in known:
                known[name].update(body)
                return 200, known[name]
        return self._gone()

    def _parse(self, method, host, body):
        if method == "GET":
            return 200, {"result": list(self.parse.values())}
        name = host[0] if host else body["hostname"]
        if (method == "PATCH") != (name in self.parse):
            return self._gone()
        self.parse[name] = {**self.parse.get(name, {}), **body}
        return (200 if method == "PATCH" else 201), self.parse[name]

    def _gone(self):
        return 404, self.complaint(404, "", "not found")

    def _bad(self, words):
        return 400, self.complaint(400, "", words)


if __name__ == "__main__":
    main(FakeSendGrid)
