"""How Mailjet keeps a contact: in three places, for the address, what was chosen and the list.

Facts are from the description of contact, contactdata and listrecipient,
version 1.0.0. There a contact's number is called Contact, and in answers also ContactID.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from portal.providers.errors import Refused, TryLater
from portal.providers.http.answer import Answer
from portal.providers.http.provider import GONE, HTTPProvider, quoted
from portal.providers.parsed import object_of, objects, rows, text_of
from portal.providers.values import Contact, KnownContact, Receipt
from portal.providers.webhooks import values

# Of a PUT that changes nothing.
SAME = (int(HTTPStatus.NOT_MODIFIED),)
EXCLUDED = {"IsExcludedFromCampaigns": "true"}
PAGE = 1000  # the most that it gives; without saying so there are ten


class MailjetContacts(HTTPProvider):
    """The half of the adapter that keeps contacts, on the contact list LIST_ID."""

    list_pattern, list_rule = "[0-9]{1,18}", "must be a whole number."
    most_at_once = 500  # our own: it names no limit

    def upsert(self, contact: Contact) -> Receipt:
        """Put the contact on our list with what it chose, and let mail go to it again."""
        self._manage("managecontact", {"Action": "addforce", **entry(contact)})
        if not self._exclude(contact.email, is_out=False):
            raise TryLater(f"{self.name} does not know the contact yet.")
        return Receipt()

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Mailjet works through them a little later."""
        entries = [{**entry(contact), "IsExcludedFromCampaigns": False} for contact in contacts]
        payload = {"Action": "addforce", "Contacts": entries}
        job = first(self._manage("managemanycontacts", payload).data(), "Data")
        return Receipt(number(job.get("JobID")))

    def unsubscribe(self, address: str) -> Receipt:
        """Stop all campaigns to the address, and take it off our list if it is known."""
        if self._exclude(address, is_out=True) and self.list_id:
            self._manage("managecontact", {"Action": "unsub", "Email": address})
        return Receipt()

    def _manage(self, action: str, payload: dict[str, Any]) -> Answer:
        self._needs_list()
        return self.ask("POST", f"/v3/REST/contactslist/{self.list_id}/{action}", payload)

    def _exclude(self, address: str, *, is_out: bool) -> bool:
        """Whether the contact is known, and so does get campaigns now or does not."""
        payload = {"IsExcludedFromCampaigns": is_out}
        answer = self.ask("PUT", path(address), payload, allow=(*GONE, *SAME))
        return answer.status not in GONE

    def erase(self, address: str) -> Receipt:
        """Delete the contact: it is made anonymous at once and purged in 30 days (guide, v4)."""
        if contact := self._find(address):
            self.ask("DELETE", f"/v4/contacts/{contact['ID']}", allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Mailjet holds it; subscribed if on our list and not excluded."""
        contact = self._find(address)
        if contact is None:
            return None
        chosen = next(self.pages("contactdata", ContactEmail=address), {})
        ours = {"ContactsList": self.list_id, "ContactEmail": address}
        places = list(self.pages("listrecipient", **ours)) if self.list_id else []
        return _known(
            contact,
            properties(chosen.get("Data")),
            is_on=bool(places) or not self.list_id,
            has_left=any(one.get("IsUnsubscribed") is not False for one in places),
        )

    def everyone(self) -> Iterator[KnownContact]:
        self._needs_list()
        ours = {"ContactsList": self.list_id}
        left = {_number(one) for one in self.pages("listrecipient", Unsub="true", **ours)}
        chosen = {
            _number(one): properties(one.get("Data")) for one in self.pages("contactdata", **ours)
        }
        for contact in self.pages("contact", **ours):
            mark = str(contact.get("ID"))
            yield _known(contact, chosen.get(mark, {}), is_on=True, has_left=mark in left)

    def who_left(self) -> Iterator[str]:
        """Who gets no campaigns; who only left our list is told of by `everyone`."""
        return (text_of(one, "Email") for one in self.pages("contact", **EXCLUDED))

    def _find(self, address: str) -> dict[str, Any] | None:
        answer = self.ask("GET", path(address), allow=GONE)
        data = answer.data()
        if answer.status in GONE or object_of(data).get("Data") == []:
            return None
        found = first(data, "Data")
        if not isinstance(found.get("ID"), int):
            raise TryLater(self.unreadable(answer))
        return found

    def _needs_list(self) -> None:
        if not self.list_id:
            raise Refused(f"Set {self.setting('LIST_ID')}: Mailjet keeps subscribers on a list.")

    def pages(self, what: str, **query: str) -> Iterator[dict[str, Any]]:
        asked = {**query, "Limit": PAGE, "Offset": 0, "Sort": "ID"}
        path = f"/v3/REST/{what}"
        return self.by_pages(path, "Data", asked, size="Limit", offset="Offset", allow=GONE)


def entry(contact: Contact) -> dict[str, Any]:
    """The contact with what it chose, as the list takes it."""
    return {"Email": contact.email, "Name": contact.name, "Properties": contact.attributes}


def path(address: str) -> str:
    """Where Mailjet keeps the contact with the address."""
    return f"/v3/REST/contact/{quoted(address)}"


def number(value: Any) -> str:
    """An id, which is a number there and a text here; nothing where it is none."""
    return str(value) if type(value) is int else ""


def first(data: Any, name: str) -> dict[str, Any]:
    """The first object in a list of an answer; an empty one where there is none."""
    return next(iter(rows(data, name)), {})


def properties(value: Any) -> dict[str, Any]:
    """What a contact chose, from a list of names and values."""
    return {values.line(one.get("Name")): one.get("Value") for one in objects(value)}


def _known(
    contact: dict[str, Any], chosen: dict[str, Any], *, is_on: bool, has_left: bool
) -> KnownContact:
    is_excluded = contact.get("IsExcludedFromCampaigns")
    return KnownContact(
        text_of(contact, "Email"),
        subscribed=is_on and not has_left and is_excluded is False,
        attributes=chosen,
        stopped=has_left or is_excluded is True,
    )


def _number(row: dict[str, Any]) -> str:
    return str(row.get("ContactID") or row.get("Contact"))
