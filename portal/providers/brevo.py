"""Brevo: transactional mail, contacts and inbound mail (API v3, api.brevo.com, in the EU).

Facts are from Brevo's own description of its API, version 3.0.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from portal.providers import brevo_inbound, hook
from portal.providers.base import (
    Address,
    Contact,
    Email,
    HookCall,
    InboundEmail,
    KnownContact,
    Receipt,
    Refused,
    SetupError,
    TryLater,
)
from portal.providers.headers import ascii_value, extra_headers, one_line
from portal.providers.http import HTTPProvider

NAME_LIMIT = 70
GONE = (int(HTTPStatus.NOT_FOUND),)


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

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        if self.list_id and not re.fullmatch("[0-9]{1,18}", self.list_id):
            raise SetupError(f"{self.setting('LIST_ID')} must be a whole number.")
        self.list_ids = [int(self.list_id)] if self.list_id else []

    def headers(self) -> dict[str, str]:
        """The key, in Brevo's own header."""
        return {"api-key": self.api_key}

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over; `key` stops Brevo from sending it twice."""
        answer = self.exchange("POST", "/smtp/email", mail(email, key))
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
            "attributes": {
                "TOPICS": ",".join(contact.topics),
                "FORMAT": contact.format,
                "NAME": contact.name,
                "PREFERENCES_URL": contact.preferences_url,
            },
            "updateEnabled": True,
            "emailBlacklisted": False,
        }
        if self.list_ids:
            payload["listIds"] = self.list_ids
        self.ask("POST", "/contacts", payload)
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
        attributes, lists = data.get("attributes"), data.get("listIds")
        on_list = not self.list_ids or (isinstance(lists, list) and self.list_ids[0] in lists)
        return KnownContact(
            email=answer.field("email") or address,
            subscribed=on_list and not data["emailBlacklisted"],
            attributes=attributes if isinstance(attributes, dict) else {},
        )

    def verify(self, call: HookCall) -> bool:
        """Whether a call has our secret, which is all that Brevo can show: it signs nothing."""
        return hook.carries(self.secrets, call)

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mails in a call of Brevo's."""
        return brevo_inbound.parse(call.body)

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


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as Brevo's `sendSmtpEmail`. Raises Refused for a header that no mail may carry."""
    headers = {name: ascii_value(value) for name, value in extra_headers(email)}
    payload: dict[str, Any] = {
        "sender": mailbox(email.sender),
        "to": [mailbox(email.to)],
        "subject": one_line(email.subject),
        "htmlContent": email.html,
        "textContent": email.text,
        "headers": {**headers, "idempotencyKey": key},
    }
    if email.reply_to:
        payload["replyTo"] = mailbox(email.reply_to)
    if email.name:
        payload["tags"] = [email.name]
    return payload


def mailbox(address: Address) -> dict[str, str]:
    """An address with its name, cut to what Brevo allows and left out where empty."""
    name = one_line(address.name)[:NAME_LIMIT].strip()
    return {"email": address.email, "name": name} if name else {"email": address.email}


def contact_path(address: str) -> str:
    """Where Brevo keeps the contact with the address."""
    return f"/contacts/{quote(address, safe='')}"
