"""Mailjet: mail, contacts, and mail that comes in (api.mailjet.com, in the EU).

Facts are from Mailjet's own description of its API, version 1.0.0, and from
its guides: send v3.1, contact lists, contacts v4, events, parse.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from portal.providers.errors import ProviderError, Refused, SetupError, TryLater, Uncertain
from portal.providers.http.answer import Answer, rows, text_of
from portal.providers.http.client import HTTPProvider
from portal.providers.mailjet import contacts as mailjet_contacts
from portal.providers.mailjet import events, setup
from portal.providers.mailjet.payload import mail
from portal.providers.values import (
    Contact,
    Email,
    Finding,
    HookCall,
    InboundEmail,
    KnownContact,
    ProviderEvent,
    Receipt,
    Site,
)
from portal.providers.webhooks import calls

GONE = (int(HTTPStatus.NOT_FOUND),)
# Of a PUT that changes nothing.
SAME = (int(HTTPStatus.NOT_MODIFIED),)
PAGE = 1000  # the most that it gives; without saying so there are ten
# The codes after which nothing goes (guide "Send API v3.1", "Errors"), and what to do.
DENIED = {
    "mj-0015": "The keys are not right.",
    "send-0008": "The address in MAIL_FROM is not validated.",
}


class Mailjet(HTTPProvider):
    """Mail and contacts at Mailjet. LIST_ID is the number of the contact list."""

    name = "mailjet"
    title = "Mailjet"
    default_url = "https://api.mailjet.com"
    settings: ClassVar[tuple[str, ...]] = (
        *("API_KEY", "API_SECRET", "API_URL", "LIST_ID", "WEBHOOK_SECRET"),
    )
    needed: ClassVar[tuple[str, ...]] = ("API_KEY", "API_SECRET")
    has_sandbox = True
    key_lasts: timedelta | None = None  # CustomID is only a label
    most_at_once = 500  # our own: it names no limit

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        if self.list_id and not re.fullmatch("[0-9]{1,18}", self.list_id):
            raise SetupError(f"{self.setting('LIST_ID')} must be a whole number.")

    def headers(self) -> dict[str, str]:
        """Both keys, as Basic authentication (RFC 7617)."""
        pair = f"{self.api_key}:{self.api_secret}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The code and words of the first error, wherever in the answer it is."""
        error = _error(answer)
        words = text_of(error, "ErrorMessage") or answer.field("ErrorMessage")
        return text_of(error, "ErrorCode"), words

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What the error's code means."""
        code = text_of(_error(answer), "ErrorCode")
        return self.denied(f"{words} {DENIED[code]}") if code in DENIED else None

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over."""
        payload: dict[str, Any] = {"Messages": [mail(email, key)]}
        if self.sandbox:
            payload["SandboxMode"] = True
        answer = self.exchange("POST", "/v3.1/send", payload)
        self.judge(answer)
        result = _first(answer.data(), "Messages")
        match text_of(result, "Status"):
            case "error":  # taken as a call, not as a mail; the error has a status of its own
                self.judge(replace(answer, status=_status(_error(answer))))
            case "success":
                return Receipt(number(_first(result, "To").get("MessageID")))
        raise Uncertain(f"{self.name} answered {answer.status} in a way we cannot read.")

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key as its CustomID."""
        for one in self.pages("message", CustomID=key, ShowCustomID="true"):
            if text_of(one, "CustomID") == key:
                return Receipt(number(one.get("ID")))
        return None

    def upsert(self, contact: Contact) -> Receipt:
        """Put the contact on our list with what it chose, and let mail go to it again."""
        self._manage("managecontact", {"Action": "addforce", **mailjet_contacts.entry(contact)})
        if not self._exclude(contact.email, is_out=False):
            raise TryLater(f"{self.name} does not know the contact yet.")
        return Receipt()

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do so with many. Mailjet works through them a little later."""
        entries = [
            {**mailjet_contacts.entry(contact), "IsExcludedFromCampaigns": False}
            for contact in contacts
        ]
        payload = {"Action": "addforce", "Contacts": entries}
        job = _first(self._manage("managemanycontacts", payload).data(), "Data")
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
        path = mailjet_contacts.path(address)
        return self.ask("PUT", path, payload, allow=(*GONE, *SAME)).status not in GONE

    def erase(self, address: str) -> Receipt:
        """Delete the contact: it is made anonymous at once and purged in 30 days (guide, v4)."""
        if contact := mailjet_contacts.find(self, address):
            self.ask("DELETE", f"/v4/contacts/{contact['ID']}", allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Mailjet holds it; subscribed if on our list and not excluded."""
        contact = mailjet_contacts.find(self, address)
        return mailjet_contacts.lookup(self, contact, address) if contact else None

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts on our list."""
        self._needs_list()
        return mailjet_contacts.everyone(self)

    def verify(self, call: HookCall) -> bool:
        """Whether a call has our secret: Mailjet signs nothing."""
        return calls.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call: one, or a list of them."""
        return [events.event(one) for one in calls.items(calls.json_body(call))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mail in a call."""
        return [events.mail(one) for one in calls.items(calls.json_body(call))]

    def check(self, site: Site) -> Iterator[Finding]:
        """What is right and what is not."""
        return setup.check(self, site)

    def install_hooks(self, site: Site) -> Iterator[Finding]:
        """Register what is missing."""
        return setup.install(self, site)

    def _needs_list(self) -> None:
        if not self.list_id:
            raise Refused(f"Set {self.setting('LIST_ID')}: Mailjet keeps subscribers on a list.")

    def pages(self, what: str, **query: str) -> Iterator[dict[str, Any]]:
        """All objects of a kind, page by page."""
        offset = 0
        while True:
            asked = urlencode({**query, "Limit": PAGE, "Offset": offset, "Sort": "ID"})
            answer = self.ask("GET", f"/v3/REST/{what}?{asked}", allow=GONE)
            page = [] if answer.status in GONE else self.page(answer, "Data")
            yield from page
            if len(page) < PAGE:
                return
            offset += PAGE


def number(value: Any) -> str:
    """An id, which is a number there and a text here; nothing where it is none."""
    return str(value) if isinstance(value, int) else ""


def _first(data: Any, name: str) -> dict[str, Any]:
    found = rows(data, name)
    return found[0] if found else {}


def _error(answer: Answer) -> dict[str, Any]:
    """The first error of the first mail, or that of the whole call."""
    data = answer.data()
    if isinstance(data, dict) and data.get("ErrorCode"):
        return data
    return _first(_first(data, "Messages"), "Errors")


def _status(error: Mapping[str, Any]) -> int:
    """The status of an error: one of a refusal, whatever the call's own was."""
    status = error.get("StatusCode")
    if isinstance(status, int) and status >= HTTPStatus.BAD_REQUEST:
        return status
    return HTTPStatus.BAD_REQUEST
