"""Brevo: transactional mail, contacts and inbound mail (API v3, api.brevo.com, in the EU).

Facts are from Brevo's own description of its API, version 3.0.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from portal.providers.brevo import events, inbound
from portal.providers.errors import Denied, ProviderError, Refused, SetupError, TryLater
from portal.providers.headers import ascii_value, extra_headers, one_line
from portal.providers.http.answer import Answer
from portal.providers.http.client import HTTPProvider
from portal.providers.parsed import rows, text_of
from portal.providers.values import (
    Address,
    Contact,
    Email,
    HookCall,
    InboundEmail,
    KnownContact,
    ProviderEvent,
    Receipt,
)
from portal.providers.webhooks import calls

NAME_LIMIT = 70
GONE = (int(HTTPStatus.NOT_FOUND),)
PAGE = 500  # 1000 are allowed, but may be more than we read of one answer
# What `code` in a refusal means (the description's `errorModel`, and its page "Error codes").
FAULTS: dict[str, type[ProviderError]] = {
    "unauthorized": Denied,
    "permission_denied": Denied,
    "not_enough_credits": Denied,
    "account_under_validation": Denied,
    "account_in_process": TryLater,
}


class Brevo(HTTPProvider):
    """Mail, audience and inbound mail at Brevo.

    The account must have the text attributes TOPICS, FORMAT, NAME and
    PREFERENCES_URL, because Brevo silently drops those that it does not know.
    """

    name = "brevo"
    default_url = "https://api.brevo.com/v3"
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "LIST_ID", "WEBHOOK_SECRET")
    title = "Brevo"
    remaining_header = "x-sib-ratelimit-remaining"
    reset_header = "x-sib-ratelimit-reset"
    # The guide says that a key is known for 30 minutes, the changelog that
    # brought it in says 15; the smaller is safe under both.
    key_lasts: timedelta | None = timedelta(minutes=15)
    most_at_once = 500
    has_sandbox = True

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        if self.list_id and not re.fullmatch("[0-9]{1,18}", self.list_id):
            raise SetupError(f"{self.setting('LIST_ID')} must be a whole number.")
        self.list_ids = [int(self.list_id)] if self.list_id else []

    def headers(self) -> dict[str, str]:
        """The key, in Brevo's own header."""
        return {"api-key": self.api_key}

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What Brevo's own code means."""
        kind = FAULTS.get(answer.field("code"))
        if kind is Denied:
            return self.denied(words)
        return kind(words, self.wait(answer)) if kind else None

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over; `key` stops Brevo from sending it twice."""
        payload = mail(email, key)
        if self.sandbox:  # page "Using sandbox mode to send an email"
            payload["headers"]["X-Sib-Sandbox"] = "drop"
        answer = self.exchange("POST", "/smtp/email", payload)
        if (
            answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}
            and answer.field("code") == "duplicate_request"
        ):
            return Receipt()  # an earlier try with this key was taken
        self.judge(answer)
        return Receipt(answer.identifier("messageId"))

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, and let mail go to it again.

        It is called only when somebody has just confirmed or changed their
        choices, so lifting an earlier block is what they asked for.
        """
        payload: dict[str, Any] = {
            "email": contact.email,
            "attributes": attributes(contact),
            "updateEnabled": True,
            "emailBlacklisted": False,
        }
        if self.list_ids:
            payload["listIds"] = self.list_ids
        self.ask("POST", "/contacts", payload)
        return Receipt()

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do so with many. Brevo works through them a little later."""
        payload: dict[str, Any] = {
            "jsonBody": [
                {"email": contact.email, "attributes": attributes(contact)} for contact in contacts
            ],
            "emailBlacklist": False,
            "updateExistingContacts": True,
            "emptyContactsAttributes": True,
            "disableNotification": True,
        }
        if self.list_ids:
            payload["listIds"] = self.list_ids
        self.ask("POST", "/contacts/import", payload)
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        """Block all campaigns to the address."""
        self.ask("PUT", contact_path(address), {"emailBlacklisted": True}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete the contact, and then the log of mails to it."""
        self.ask("DELETE", contact_path(address), allow=GONE)
        # The contact is gone by now, and the log ends by itself: a refusal here
        # must not make the erasure a failed one.
        with suppress(Refused):
            self.ask("DELETE", f"/smtp/log/{quote(address, safe='')}", allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Brevo holds it; subscribed if not blocked and on our list."""
        answer = self.ask("GET", contact_path(address), allow=GONE)
        if answer.status in GONE:
            return None
        data = answer.data()
        if not isinstance(data, dict) or not isinstance(data.get("emailBlacklisted"), bool):
            raise TryLater(f"{self.name} answered {answer.status} in a way we cannot read.")
        return self._known(data, address)

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts on our list, or all there are."""
        lists = {"listIds": str(self.list_ids[0])} if self.list_ids else {}
        offset = 0
        while True:
            query = urlencode({"limit": PAGE, "offset": offset, "sort": "asc", **lists})
            answer = self.ask("GET", f"/contacts?{query}", allow=GONE)
            page = [] if answer.status in GONE else self.page(answer, "contacts")
            yield from (self._known(row, "") for row in page)
            if len(page) < PAGE:
                return
            offset += PAGE

    def _known(self, data: dict[str, Any], address: str) -> KnownContact:
        values, lists = data.get("attributes"), data.get("listIds")
        on_list = not self.list_ids or (isinstance(lists, list) and self.list_ids[0] in lists)
        return KnownContact(
            email=text_of(data, "email") or address,
            subscribed=on_list and data.get("emailBlacklisted") is False,
            attributes=values if isinstance(values, dict) else {},
            stopped=data.get("emailBlacklisted") is True,
        )

    def rows(self, path: str, name: str) -> list[dict[str, Any]]:
        """The objects in an answer's list; Brevo answers 404 where there are none."""
        return rows(self.ask("GET", path, allow=GONE).data(), name)

    def verify(self, call: HookCall) -> bool:
        """Whether a call has our secret, which is all that Brevo can show: it signs nothing."""
        return calls.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call of Brevo's: one, or a list of them."""
        return [events.event(one) for one in calls.items(calls.json_body(call))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mails in a call of Brevo's."""
        return inbound.parse(call.body)

    def fetch(self, token: str, limit: int) -> bytes:
        """A file of a mail that Brevo handed on."""
        path = f"/inbound/attachments/{quote(token, safe='')}"
        answer = self.exchange("GET", path, accept="*/*", limit=limit)
        if answer.status != HTTPStatus.OK:
            self.judge(answer)
        if answer.body is not None and answer.status == HTTPStatus.OK:
            return answer.body
        if answer.length() > limit:
            raise Refused("The file is too large.")
        raise TryLater(f"{self.name} did not give the whole file.")


def attributes(contact: Contact) -> dict[str, str]:
    """What Brevo keeps beside the address."""
    return {
        "TOPICS": ",".join(contact.topics),
        "FORMAT": contact.format,
        "NAME": contact.name,
        "PREFERENCES_URL": contact.preferences_url,
    }


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as Brevo's `sendSmtpEmail`. Raises Refused for a header that no mail may carry."""
    headers = {name: ascii_value(value) for name, value in extra_headers(email)}
    payload: dict[str, Any] = {
        "sender": mailbox(email.sender),
        "to": [mailbox(email.to)],
        "subject": one_line(email.subject),
        "htmlContent": email.html,
        "textContent": email.text,
        # What is in X-Mailin-custom comes back in each event.
        "headers": {**headers, "idempotencyKey": key, "X-Mailin-custom": key},
    }
    if email.reply_to:
        payload["replyTo"] = mailbox(email.reply_to)
    if email.name:
        payload["tags"] = [email.name]
    if email.attachments:
        payload["attachment"] = [
            {"name": file.name, "content": file.base64} for file in email.attachments
        ]
    return payload


def mailbox(address: Address) -> dict[str, str]:
    """An address with its name, cut to what Brevo allows and left out where empty."""
    name = one_line(address.name)[:NAME_LIMIT].strip()
    return {"email": address.email, "name": name} if name else {"email": address.email}


def contact_path(address: str) -> str:
    """Where Brevo keeps the contact with the address."""
    return f"/contacts/{quote(address, safe='')}"
