"""Contacts at SendGrid. They are changed by jobs: an answer says that one was taken.

Facts are from SendGrid's descriptions of its API, version 1.0.0: "Contacts", "Suppressions".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.addresses import address_key
from portal.providers.errors import SetupError, TryLater
from portal.providers.headers import present
from portal.providers.http.provider import GONE, HTTPProvider, quoted
from portal.providers.parsed import list_of, object_of, objects, rows, text_of
from portal.providers.sendgrid.payload import person
from portal.providers.values import Contact, KnownContact, Receipt

PAGE = 500
FIELDS = ("topics", "format", "preferences_url")
# Where an address is kept beside the contacts, for erasing it.
SUPPRESSIONS = (
    "/v3/asm/suppressions/global",
    "/v3/suppression/bounces",
    "/v3/suppression/spam_reports",
)


class SendGridContacts(HTTPProvider):
    """The half of the adapter that keeps contacts."""

    # 30,000 are allowed, and 6 MB: with long names and links so many are below both.
    most_at_once = 5_000
    most_looked_up = 100

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._fields: dict[str, str] = {}
        self.group = settings.get("unsubscribe_group", "").strip()
        if not re.fullmatch("[0-9]{0,18}", self.group):
            raise SetupError(f"{self.setting('UNSUBSCRIBE_GROUP')} must be the number of a group.")

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, after taking the address off the list of those who left."""
        self._let_mail_go_to(contact.email)
        return self.put([contact], self.list_id)

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do as `upsert` does with each, in one job."""
        left = {address_key(address) for address in self.who_left()}
        for contact in contacts:
            if address_key(contact.email) in left:
                self._let_mail_go_to(contact.email)
        return self.put(contacts, self.list_id)

    def put(self, contacts: Sequence[Contact], list_id: str) -> Receipt:
        """Add the contacts to a list, if one is given, or bring them up to date."""
        fields = self.fields()
        payload = {"contacts": [person(one, fields) for one in contacts]}
        payload |= present(list_ids=list_id and [list_id])
        answer = self.ask("PUT", "/v3/marketing/contacts", payload)
        return Receipt(answer.identifier("job_id"))

    def fields(self) -> dict[str, str]:
        """The ids of our custom fields, by name; asked for until all of them are there."""
        if len(self._fields) < len(FIELDS):
            data = self.ask("GET", "/v3/marketing/field_definitions").data()
            known = rows(data, "custom_fields")
            ids = {text_of(one, "name").lower(): text_of(one, "id") for one in known}
            self._fields = {name: ids[name] for name in FIELDS if ids.get(name)}
        return self._fields

    def _let_mail_go_to(self, address: str) -> None:
        self.ask("DELETE", f"/v3/asm/suppressions/global/{quoted(address)}", allow=GONE)
        if self.group:  # who left by a newsletter's own link
            self.ask("DELETE", f"{self.left}/{quoted(address)}", allow=GONE)

    @property
    def left(self) -> str:
        """Where SendGrid keeps who left by the link in a newsletter."""
        return f"/v3/asm/groups/{self.group}/suppressions"

    def who_left(self) -> Iterator[str]:
        """Who left by a newsletter's own link, and those to whom nothing goes."""
        if self.group:
            yield from (str(one) for one in list_of(self.ask("GET", self.left).data()))
        for page in range(10_000):
            path = f"/v3/suppression/unsubscribes?limit={PAGE}&offset={page * PAGE}"
            found = objects(self.ask("GET", path).data())
            yield from (text_of(one, "email") for one in found)
            if len(found) < PAGE:
                return

    def unsubscribe(self, address: str) -> Receipt:
        """Stop all campaigns to the address. What `send` sends goes out all the same."""
        self.ask("POST", "/v3/asm/suppressions/global", {"recipient_emails": [address]})
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete the contact, and what is held beside it: suppressions, the log of mails."""
        if contact_id := text_of(self._contacts([address]).get(address), "id"):
            self.ask("DELETE", f"/v3/marketing/contacts?ids={quoted(contact_id)}", allow=GONE)
        for path in SUPPRESSIONS:
            self.ask("DELETE", f"{path}/{quoted(address)}", allow=GONE)
        self.ask("POST", "/v3/recipients/erasejob", {"email_addresses": [address]})
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as SendGrid holds it; subscribed if on our list and not among who left."""
        found = self.lookup_many([address])
        if not found:
            return None
        path = f"/v3/asm/suppressions/global/{quoted(address)}"
        has_left = bool(self.ask("GET", path, allow=GONE).field("recipient_email"))
        return replace(found[0], subscribed=found[0].subscribed and not has_left, stopped=has_left)

    def lookup_many(self, addresses: Sequence[str]) -> list[KnownContact]:
        """Those whom it holds; subscribed if on our list."""
        found = self._contacts(addresses)
        return [self._known(contact, address) for address, contact in found.items()]

    def _known(self, contact: Mapping[str, Any], address: str) -> KnownContact:
        fields = object_of(contact.get("custom_fields"))
        return KnownContact(
            email=text_of(contact, "email") or address,
            subscribed=not self.list_id or self.list_id in list_of(contact.get("list_ids")),
            attributes={"first_name": contact.get("first_name"), **fields},
        )

    def _contacts(self, addresses: Sequence[str]) -> dict[str, dict[str, Any]]:
        payload = {"emails": [*addresses]}
        answer = self.ask("POST", "/v3/marketing/contacts/search/emails", payload, allow=GONE)
        if answer.status in GONE:
            return {}
        result = object_of(answer.data()).get("result")
        if not isinstance(result, dict):
            raise TryLater(self.unreadable(answer))
        # It holds addresses in lower case, and whom it does not know as an error.
        held = {
            address: object_of(result.get(address.lower()) or result.get(address)).get("contact")
            for address in addresses
        }
        return {address: contact for address, contact in held.items() if isinstance(contact, dict)}
