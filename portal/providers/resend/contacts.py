"""Contacts at Resend: people, the segments that they are in, and whom it does not mail.

Facts are from Resend's own description of its API, version 1.5.0.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from portal.providers.http.provider import GONE, HTTPProvider, quoted
from portal.providers.parsed import object_of, text_of
from portal.providers.values import Contact, KnownContact, Receipt

PAGE = 100


class ResendContacts(HTTPProvider):
    """The half of the adapter that keeps contacts."""

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, put it into our segment, and let mail go to it again."""
        path, properties = contact_path(contact.email), contact.attributes
        values = {"first_name": contact.name, "unsubscribed": False, "properties": properties}
        if self.ask("PATCH", path, values, allow=GONE).status in GONE:
            self.ask("POST", "/contacts", {"email": contact.email, **values})
        if self.list_id:
            self.ask("POST", f"{path}/segments/{quoted(self.list_id)}")
        self.ask("DELETE", suppression_path(contact.email), allow=GONE)
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        self.ask("PATCH", contact_path(address), {"unsubscribed": True}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete contact and suppression. No call deletes the log of mails; it ends by itself."""
        self.ask("DELETE", contact_path(address), allow=GONE)
        self.ask("DELETE", suppression_path(address), allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Resend holds it; subscribed if in our segment, and mail may go to it."""
        path = contact_path(address)
        data = self.look(path, "unsubscribed", bool)
        if data is None:
            return None
        on_list = not self.list_id or any(
            text_of(one, "id") == self.list_id for one in self.pages(f"{path}/segments")
        )
        stopped = data["unsubscribed"] or self._is_suppressed(address)
        return KnownContact(
            email=text_of(data, "email") or address,
            subscribed=on_list and not stopped,
            attributes=object_of(data.get("properties")),
            stopped=stopped,
        )

    def _is_suppressed(self, address: str) -> bool:
        """Whether nothing goes to the address, after a bounce or a complaint, say."""
        return self.ask("GET", suppression_path(address), allow=GONE).status not in GONE

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts in our segment, or all there are. Their properties are not in the list."""
        query = {"segment_id": self.list_id} if self.list_id else {}
        for one in self.pages("/contacts", **query):
            is_out = one.get("unsubscribed") is True
            yield KnownContact(text_of(one, "email"), not is_out, {}, stopped=is_out)

    def who_left(self) -> Iterator[str]:
        """Who left, in whichever segment, and to whom nothing goes."""
        for one in self.pages("/contacts"):
            if one.get("unsubscribed") is True:
                yield text_of(one, "email")
        yield from (text_of(one, "email") for one in self.pages("/suppressions"))

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page (its page "Pagination")."""
        after: dict[str, str] = {}
        while True:
            answer = self.ask("GET", f"{path}?{urlencode({'limit': PAGE, **query, **after})}")
            page = self.page(answer, "data")
            yield from page
            last = text_of(page[-1], "id") if page else ""
            has_more = answer.data().get("has_more") is True
            if not last or not has_more or after.get("after") == last:
                return
            after = {"after": last}


def contact_path(address: str) -> str:
    """Where Resend keeps the contact with the address."""
    return f"/contacts/{quoted(address)}"


def suppression_path(address: str) -> str:
    """Where Resend notes that it does not mail the address."""
    return f"/suppressions/{quoted(address)}"
