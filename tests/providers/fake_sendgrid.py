"""A small SendGrid for tests: mail, contacts and their custom fields."""

from base64 import b64encode
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .fake import FakeProvider

LIST = "2f0c1d6e-8b8a-4f57-9a53-0d6f3f9a1100"
PRIVATE = ec.derive_private_key(4711, ec.SECP256R1())
OTHER = ec.derive_private_key(4712, ec.SECP256R1())


def key_of(private):
    """The public key as SendGrid shows it."""
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


PUBLIC_KEY = key_of(PRIVATE)


class FakeSendGrid(FakeProvider):
    """Takes mails, contacts, suppressions, fields and webhooks; its jobs are done at once.

    `fields` are ids by name, `left` whom it mails no more, `parse` where mail
    that comes in is handed on, by domain.
    """

    settings: ClassVar = {"list_id": LIST}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields = {"Topics": "w1_T", "format": "w2_T", "preferences_url": "w3_T"}
        self.left, self.jobs, self.parse = [], 0, {}

    def complaint(self, status, code, words):
        return {"errors": [{"message": words, "field": None, "help": None}], "id": "1"}

    def headers_of(self, call, status):
        return {"X-Message-Id": f"id-{len(self.mails)}"} if "/mail/send" in call["path"] else {}

    def acts(self):
        contacts, left, hooks = (
            "/v3/marketing/contacts",
            "/v3/asm/suppressions/global",
            "/v3/user/webhooks",
        )
        return {
            "POST /v3/mail/send": lambda call: (202, self.mails.append(call["body"])),
            f"PUT {contacts}": self._upsert,
            f"DELETE {contacts}": self._erase,
            f"POST {contacts}/search/emails": self._search,
            "POST /v3/recipients/erasejob": self._job,
            f"POST {left}": self._leave,
            f"GET {left}/*": lambda _, email: (
                {"recipient_email": email} if email.lower() in self.left else {}
            ),
            f"DELETE {left}/*": self._come_back,
            "GET /v3/suppression/unsubscribes": self._page,
            "GET /v3/marketing/field_definitions": self._fields,
            "POST /v3/marketing/field_definitions": self._add_field,
            f"GET /v3/marketing/lists/{LIST}": lambda _: {"id": LIST, "name": "Newsletter"},
            f"GET {hooks}/event/settings/all": lambda _: {"webhooks": self.hooks},
            f"POST {hooks}/event/settings": lambda call: self.keep(
                self.hooks, call["body"], public_key=""
            ),
            f"PATCH {hooks}/event/settings/*": lambda call, name: self.hooks[int(name)].update(
                call["body"]
            ),
            f"PATCH {hooks}/event/settings/signed/*": self._sign,
            f"GET {hooks}/parse/settings": lambda _: {"result": list(self.parse.values())},
            f"POST {hooks}/parse/settings": lambda call: self.parse.update(
                {call["body"]["hostname"]: call["body"]}
            ),
            f"PATCH {hooks}/parse/settings/*": lambda call, name: self.parse[name].update(
                call["body"]
            ),
        }

    def _job(self, _):
        self.jobs += 1
        return 202, {"job_id": f"job-{self.jobs}"}

    def _upsert(self, call):
        body = call["body"]
        if any({*one["custom_fields"]} - {*self.fields.values()} for one in body["contacts"]):
            return 400, self.complaint(400, "", "There is no such custom field.")
        for one in body["contacts"]:
            email = one["email"].lower()
            new = {"id": f"id {len(self.contacts)}", "list_ids": [], "custom_fields": {}}
            known = self.contacts.setdefault(email, new)
            fields = known["custom_fields"] | one["custom_fields"]
            lists = sorted({*known["list_ids"], *body.get("list_ids", [])})
            known |= {**one, "email": email, "custom_fields": fields, "list_ids": lists}
        return self._job(call)

    def _erase(self, call):
        ids = call["query"]["ids"].split(",")
        self.contacts = {k: v for k, v in self.contacts.items() if v["id"] not in ids}
        return self._job(call)

    def _search(self, call):
        names = {id_: name for name, id_ in self.fields.items()}
        found = {}
        for email in (one.lower() for one in call["body"]["emails"]):
            if known := self.contacts.get(email):
                fields = {names[id_]: value for id_, value in known["custom_fields"].items()}
                found[email] = {"contact": {**known, "custom_fields": fields}}
        return {"result": found} if found else self.gone()

    def _leave(self, call):
        emails = [one.lower() for one in call["body"]["recipient_emails"]]
        self.left += [one for one in emails if one not in self.left]
        return 201, {"recipient_emails": emails}

    def _come_back(self, _, email):
        if email.lower() not in self.left:
            return self.gone()
        self.left.remove(email.lower())
        return 204, None

    def _page(self, call):
        start, size = int(call["query"]["offset"]), int(call["query"]["limit"])
        return [{"created": 1, "email": email} for email in self.left[start : start + size]]

    def _fields(self, _):
        rows = [{"id": id_, "name": name} for name, id_ in self.fields.items()]
        return {"custom_fields": rows, "reserved_fields": []}

    def _add_field(self, call):
        name = call["body"]["name"]
        self.fields[name] = f"w{len(self.fields) + 5}_T"
        return {"id": self.fields[name], "name": name}

    def _sign(self, call, name):
        self.hooks[int(name)]["public_key"] = PUBLIC_KEY if call["body"]["enabled"] else ""
        return self.hooks[int(name)]
