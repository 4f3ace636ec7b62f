"""Mailjet: mail, contacts, and mail that comes in (api.mailjet.com, in the EU).

Facts are from Mailjet's own description of its API, version 1.0.0, and from
its guides: send v3.1, contact lists, contacts v4, events, parse.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from portal.providers import hook, mailjet_hooks, mailjet_setup
from portal.providers.answer import Answer, rows, text_of
from portal.providers.base import (
    Address,
    Contact,
    Email,
    Finding,
    HookCall,
    InboundEmail,
    KnownContact,
    ProviderError,
    ProviderEvent,
    Receipt,
    Refused,
    SetupError,
    Site,
)
from portal.providers.headers import ascii_value, extra_headers, one_line
from portal.providers.http import HTTPProvider

GONE = (int(HTTPStatus.NOT_FOUND),)
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
    key_lasts: timedelta | None = None  # CustomID is only a label

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
        answer = self.exchange("POST", "/v3.1/send", payload)
        self.judge(answer)
        if _error(answer):  # taken as a call, not as a mail
            words = f"{self.name} answered {answer.status}{self.complaint(answer)}."
            raise self.fault(answer, words) or Refused(words)
        to = _first(_first(answer.data(), "Messages"), "To")
        return Receipt(str(to.get("MessageID") or ""))

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key as its CustomID."""
        query = urlencode({"CustomID": key, "ShowCustomID": "true", "Limit": 10})
        for one in self.rows(f"/v3/REST/message?{query}"):
            if text_of(one, "CustomID") == key:
                return Receipt(str(one.get("ID") or ""))
        return None

    def upsert(self, contact: Contact) -> Receipt:
        """Put the contact on our list with what it chose, and let mail go to it again."""
        self._needs_list()
        payload = {
            "Email": contact.email,
            "Name": contact.name,
            "Action": "addforce",
            "Properties": {
                "topics": ",".join(contact.topics),
                "format": contact.format,
                "name": contact.name,
                "preferences_url": contact.preferences_url,
            },
        }
        self.ask("POST", f"/v3/REST/contactslist/{self.list_id}/managecontact", payload)
        self._exclude(contact.email, is_out=False)
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        """Stop all campaigns to the address, whichever list it is on."""
        self._exclude(address, is_out=True)
        return Receipt()

    def _exclude(self, address: str, *, is_out: bool) -> None:
        # 304: it is so already.
        allow = (*GONE, int(HTTPStatus.NOT_MODIFIED))
        payload = {"IsExcludedFromCampaigns": is_out}
        self.ask("PUT", contact_path(address), payload, allow=allow)

    def erase(self, address: str) -> Receipt:
        """Delete the contact: it is made anonymous at once and purged in 30 days (guide, v4)."""
        answer = self.ask("GET", contact_path(address), allow=GONE)
        number = _first(answer.data(), "Data").get("ID")
        if answer.status not in GONE and isinstance(number, int):
            self.ask("DELETE", f"/v4/contacts/{number}", allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Mailjet holds it; subscribed if on our list and not excluded."""
        answer = self.ask("GET", contact_path(address), allow=GONE)
        contact = _first(answer.data(), "Data")
        if answer.status in GONE or not contact:
            return None
        query = urlencode({"ContactEmail": address, "Limit": 10})
        values = _first(self.ask("GET", f"/v3/REST/contactdata?{query}").data(), "Data")
        query = urlencode({"ContactEmail": address, "ContactsList": self.list_id, "Limit": 10})
        on_list = any(
            one.get("IsUnsubscribed") is False
            for one in self.rows(f"/v3/REST/listrecipient?{query}")
        )
        return KnownContact(
            email=text_of(contact, "Email") or address,
            subscribed=on_list and contact.get("IsExcludedFromCampaigns") is False,
            attributes=mailjet_hooks.properties(values.get("Data")),
        )

    def verify(self, call: HookCall) -> bool:
        """Whether a call has our secret: Mailjet signs nothing."""
        return hook.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call: one, or a list of them."""
        return [mailjet_hooks.event(one) for one in hook.items(hook.json_body(call))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mail in a call."""
        return [mailjet_hooks.mail(one) for one in hook.items(hook.json_body(call))]

    def check(self, site: Site) -> Iterator[Finding]:
        """What is right and what is not."""
        return mailjet_setup.check(self, site)

    def install_hooks(self, site: Site) -> Iterator[Finding]:
        """Register what is missing."""
        return mailjet_setup.install(self, site)

    def _needs_list(self) -> None:
        if not self.list_id:
            raise Refused(f"Set {self.setting('LIST_ID')}: Mailjet keeps subscribers on a list.")

    def rows(self, path: str) -> list[dict[str, Any]]:
        """The objects in an answer."""
        return rows(self.ask("GET", path, allow=GONE).data(), "Data")


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as one of send v3.1's `Messages`. Raises Refused for a forbidden header."""
    payload: dict[str, Any] = {
        "From": mailbox(email.sender),
        "To": [mailbox(email.to)],
        "Subject": one_line(email.subject),
        "TextPart": email.text,
        "HTMLPart": email.html,
        "CustomID": key,
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
        "Headers": {name: ascii_value(value) for name, value in extra_headers(email)},
    }
    if email.reply_to:
        payload["ReplyTo"] = mailbox(email.reply_to)
    if email.name:
        payload["MonitoringCategory"] = email.name
    if email.attachments:
        payload["Attachments"] = [
            {"ContentType": file.kind, "Filename": file.name, "Base64Content": file.base64}
            for file in email.attachments
        ]
    return payload


def mailbox(address: Address) -> dict[str, str]:
    """An address with its name, left out where it is empty."""
    name = one_line(address.name)
    return {"Email": address.email, "Name": name} if name else {"Email": address.email}


def contact_path(address: str) -> str:
    """Where Mailjet keeps the contact with the address."""
    return f"/v3/REST/contact/{quote(address, safe='')}"


def _first(data: Any, name: str) -> dict[str, Any]:
    found = rows(data, name)
    return found[0] if found else {}


def _error(answer: Answer) -> dict[str, Any]:
    """The first error of the first mail, or that of the whole call."""
    data = answer.data()
    if isinstance(data, dict) and data.get("ErrorCode"):
        return data
    return _first(_first(data, "Messages"), "Errors")
