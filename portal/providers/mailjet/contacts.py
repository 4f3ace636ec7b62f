"""How Mailjet keeps a contact: in three places, for the address, what was chosen and the list.

Facts are from the description of contact, contactdata and listrecipient,
version 1.0.0. There a contact's number is called Contact, and in answers also ContactID.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from portal.providers.errors import TryLater
from portal.providers.http.answer import rows, text_of
from portal.providers.values import Contact, KnownContact
from portal.providers.webhooks import values

if TYPE_CHECKING:
    from portal.providers.mailjet.adapter import Mailjet

GONE = (int(HTTPStatus.NOT_FOUND),)


def entry(contact: Contact) -> dict[str, Any]:
    """The contact with what it chose, as the list takes it."""
    return {
        "Email": contact.email,
        "Name": contact.name,
        "Properties": {
            "topics": ",".join(contact.topics),
            "format": contact.format,
            "name": contact.name,
            "preferences_url": contact.preferences_url,
        },
    }


def path(address: str) -> str:
    """Where Mailjet keeps the contact with the address."""
    return f"/v3/REST/contact/{quote(address, safe='')}"


def find(provider: Mailjet, address: str) -> dict[str, Any] | None:
    """The contact, or None where there is none. Raises TryLater or Refused."""
    answer = provider.ask("GET", path(address), allow=GONE)
    data = answer.data()
    if answer.status in GONE or (isinstance(data, dict) and data.get("Data") == []):
        return None
    found = next(iter(rows(data, "Data")), {})
    if not isinstance(found.get("ID"), int):
        raise TryLater(f"{provider.name} answered {answer.status} in a way we cannot read.")
    return found


def lookup(provider: Mailjet, contact: dict[str, Any], address: str) -> KnownContact:
    """What is held about a contact that `find` found."""
    chosen = next(provider.pages("contactdata", ContactEmail=address), {})
    ours = {"ContactsList": provider.list_id, "ContactEmail": address}
    places = list(provider.pages("listrecipient", **ours)) if provider.list_id else []
    return _known(
        contact,
        properties(chosen.get("Data")),
        is_on=bool(places) or not provider.list_id,
        has_left=any(one.get("IsUnsubscribed") is not False for one in places),
    )


def everyone(provider: Mailjet) -> Iterator[KnownContact]:
    """All contacts on our list, with what they chose and whether they left."""
    ours = {"ContactsList": provider.list_id}
    left = {_number(one) for one in provider.pages("listrecipient", Unsub="true", **ours)}
    chosen = {
        _number(one): properties(one.get("Data")) for one in provider.pages("contactdata", **ours)
    }
    for contact in provider.pages("contact", **ours):
        mark = str(contact.get("ID"))
        yield _known(contact, chosen.get(mark, {}), is_on=True, has_left=mark in left)


def properties(value: Any) -> dict[str, Any]:
    """What a contact chose, from a list of names and values."""
    pairs = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return {values.line(one.get("Name")): one.get("Value") for one in pairs}


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
