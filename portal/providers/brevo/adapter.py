"""Brevo: transactional mail, contacts and inbound mail (API v3, api.brevo.com, in the EU).

Facts are from Brevo's own description of its API, version 3.0.0.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from portal.providers.brevo import events, inbound
from portal.providers.brevo.campaigns import BrevoCampaigns
from portal.providers.brevo.payload import FILE_ENDS, mail
from portal.providers.errors import Denied, ProviderError, Refused, TryLater, UsedUp
from portal.providers.headers import present
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import list_of, object_of, rows, text_of
from portal.providers.values import (
    Contact,
    Email,
    HookCall,
    InboundEmail,
    KnownContact,
    ProviderEvent,
    Receipt,
)
from portal.providers.webhooks import calls

PAGE = 500  # 1000 are allowed, but may be more than we read of one answer
# What the refusal of a key says that is known: nothing else in a mail has to be the only one.
REPEATED = frozenset({"duplicate_request", "duplicate_parameter"})
# What `code` in a refusal means (the description's `errorModel`, and its page "Error codes").
FAULTS: dict[str, type[ProviderError]] = {
    "unauthorized": Denied,
    "permission_denied": Denied,
    "not_enough_credits": UsedUp,
    "account_under_validation": Denied,
    "account_in_process": TryLater,
}


class Brevo(BrevoCampaigns):
    """Mail, audience, campaigns and inbound mail at Brevo.

    The account must have the text attributes TOPICS, FORMAT, NAME and
    PREFERENCES_URL, because Brevo silently drops those that it does not know.
    """

    name = "brevo"
    default_url = "https://api.brevo.com/v3"
    title = "Brevo"
    list_pattern, list_rule = "[0-9]{1,18}", "must be a whole number."
    faults = FAULTS
    remaining_header = "x-sib-ratelimit-remaining"
    reset_header = "x-sib-ratelimit-reset"
    # Page "Rate limits", "General rate limits": mails 1,000 a second, the rest of /smtp 300 an
    # hour, contacts 10 a second, all others 100 an hour.
    limits = ("POST /smtp/email", "/smtp/", "/contacts")
    # The guide says that a key is known for 30 minutes, the changelog that
    # brought it in says 15; the smaller is safe under both.
    key_lasts: timedelta | None = timedelta(minutes=15)
    largest_mail = 20_000_000  # help centre, "Add an attachment to a transactional email"
    file_ends = FILE_ENDS
    smtputf8 = True  # seen by django-anymail, its page on Brevo, “Non-ASCII mailboxes”
    most_at_once = 500
    has_sandbox = True

    @property
    def list_ids(self) -> list[int]:
        """The list that subscribers are put on, if there is one, as calls take it."""
        return [int(self.list_id)] if self.list_id else []

    def headers(self) -> dict[str, str]:
        return {"api-key": self.api_key}

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over; `key` stops Brevo from sending it twice."""
        payload = mail(email, key)
        if self.sandbox:  # page "Using sandbox mode to send an email"
            payload["headers"]["X-Sib-Sandbox"] = "drop"
        answer = self.exchange("POST", "/smtp/email", payload)
        if (
            answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}
            and answer.field("code") in REPEATED
        ):
            return Receipt()  # an earlier try with this key was taken
        message_id = answer.identifier("messageId")
        return self.receipt(answer, message_id, HTTPStatus.CREATED, HTTPStatus.ACCEPTED)

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, and let mail go to it again.

        It is called only when somebody has just confirmed or changed their
        choices, so lifting an earlier block is what they asked for.
        """
        payload = {
            "email": contact.email,
            "attributes": _attributes(contact),
            "updateEnabled": True,
            "emailBlacklisted": False,
        }
        self.ask("POST", "/contacts", payload | present(listIds=self.list_ids))
        return Receipt()

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Brevo works through them a little later."""
        payload = {
            "jsonBody": [{"email": one.email, "attributes": _attributes(one)} for one in contacts],
            "emailBlacklist": False,
            "updateExistingContacts": True,
            "emptyContactsAttributes": True,
            "disableNotification": True,
        }
        self.ask("POST", "/contacts/import", payload | present(listIds=self.list_ids))
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        self.ask("PUT", contact_path(address), {"emailBlacklisted": True}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete the contact, and then the log of mails to it."""
        self.ask("DELETE", contact_path(address), allow=GONE)
        # The contact is gone by now, and the log ends by itself: a refusal here
        # must not make the erasure a failed one.
        with suppress(Refused):
            self.ask("DELETE", f"/smtp/log/{quoted(address)}", allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Brevo holds it; subscribed if not blocked and on our list."""
        data = self.look(contact_path(address), "emailBlacklisted", bool)
        return None if data is None else self._known(data, address)

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts on our list, or all there are."""
        return self._contacts(**({"listIds": str(self.list_ids[0])} if self.list_ids else {}))

    def who_left(self) -> Iterator[str]:
        """Who is blocked, among all contacts of the account."""
        return (one.email for one in self._contacts() if one.stopped)

    def _contacts(self, **lists: str) -> Iterator[KnownContact]:
        query = {"limit": PAGE, "offset": 0, "sort": "asc", **lists}
        found = self.by_pages(
            "/contacts", "contacts", query, size="limit", offset="offset", allow=GONE
        )
        return (self._known(row, "") for row in found)

    def _known(self, data: dict[str, Any], address: str) -> KnownContact:
        on_list = not self.list_ids or self.list_ids[0] in list_of(data.get("listIds"))
        return KnownContact(
            email=text_of(data, "email") or address,
            subscribed=on_list and data.get("emailBlacklisted") is False,
            attributes=object_of(data.get("attributes")),
            stopped=data.get("emailBlacklisted") is True,
        )

    def rows(self, path: str, name: str) -> list[dict[str, Any]]:
        """The objects in an answer's list; Brevo answers 404 where there are none."""
        return rows(self.ask("GET", path, allow=GONE).data(), name)

    def verify(self, call: HookCall) -> bool:
        """By our secret, which is all that Brevo can show: it signs nothing."""
        return calls.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        return [events.event(one) for one in calls.items(calls.parse_json(call.body))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        return inbound.parse(call.body)

    def fetch(self, token: str, limit: int) -> bytes:
        path = f"/inbound/attachments/{quoted(token)}"
        answer = self.exchange("GET", path, accept="*/*", limit=limit)
        if answer.status != HTTPStatus.OK:
            self.judge(answer)
        return self.whole(answer, limit)


def _attributes(contact: Contact) -> dict[str, str]:
    return {name.upper(): value for name, value in contact.attributes.items()}


def contact_path(address: str) -> str:
    """Where Brevo keeps the contact with the address."""
    return f"/contacts/{quoted(address)}"
