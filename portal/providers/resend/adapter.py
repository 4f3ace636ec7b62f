"""Resend: mail, contacts, and mail that comes in (api.resend.com).

Facts are from Resend's own description of its API, version 1.5.0; error names
from its page "Errors", what is said of mails that came in from "Retrieve Received Email"
and "Retrieve Attachment".
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from portal.providers.errors import (
    Busy,
    Denied,
    ProviderError,
    Refused,
    TryLater,
    UsedUp,
)
from portal.providers.http.answer import Answer
from portal.providers.http.provider import GONE, HTTPProvider, quoted
from portal.providers.parsed import object_of, text_of
from portal.providers.resend import events, inbound
from portal.providers.resend.payload import mail
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

PAGE = 100
MAIL_LIMIT = 60_000_000  # bytes of a mail that comes in: 40 MB of files, and how they are written
A_DAY = timedelta(days=1)
# What `name` in a refusal means (page "Errors").
FAULTS: dict[str, type[ProviderError]] = {
    "missing_api_key": Denied,
    "invalid_api_key": Denied,
    "restricted_api_key": Denied,
    "invalid_access": Denied,
    "invalid_from_address": Denied,  # the sender is a setting of ours
    "daily_quota_exceeded": UsedUp,
    "monthly_quota_exceeded": UsedUp,
    "email_above_quota": UsedUp,  # of a mail that came in
    "resource_locked": TryLater,
    "rate_limit_exceeded": Busy,
    "concurrent_idempotent_requests": TryLater,  # the first try is still under way
}


class Resend(HTTPProvider):
    """Mail and contacts at Resend. LIST_ID is the segment that subscribers are put into."""

    name = "resend"
    title = "Resend"
    default_url = "https://api.resend.com"
    remaining_header = "ratelimit-remaining"
    reset_header = "ratelimit-reset"
    faults = FAULTS
    key_lasts: timedelta | None = timedelta(hours=24)
    largest_mail = 40_000_000  # page "Attachments"

    def said(self, answer: Answer) -> tuple[str, ...]:
        return answer.field("name"), answer.field("message")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        if answer.field("message") == "API key is invalid":
            return self.denied(words)  # with many a name and status
        fault = super().fault(answer, words)
        if isinstance(fault, UsedUp) and answer.field("name") == "daily_quota_exceeded":
            fault.after = fault.after or A_DAY  # “or wait until 24 hours have passed”
        if type(fault) is TryLater:  # the first try may end well: no other provider must send it
            fault.left = True
        return fault

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over; `key` stops Resend from sending it twice."""
        payload, headers = mail(email, key), {"Idempotency-Key": key}
        answer = self.exchange("POST", "/emails", payload, headers=headers)
        if (
            answer.status == HTTPStatus.CONFLICT
            and answer.field("name") == "invalid_idempotent_request"
        ):
            return Receipt()  # an earlier try with this key, and other words, was taken
        return self.receipt(answer, answer.identifier("id"))

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

    def verify(self, call: HookCall) -> bool:
        """Whether the call is signed as Svix does, which is what Standard Webhooks came from."""
        return calls.standard(self.secrets, call, "svix")

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The event in a call; its id is in the headers."""
        name = calls.header(call, "svix-id")
        return [events.event(one, name) for one in calls.items(calls.parse_json(call.body))]

    def fetch_mail(self, message_id: str) -> InboundEmail:
        """The mail as it was written; without that, as Resend read it, and its files by name."""
        path = f"/emails/receiving/{quoted(message_id)}"
        # Else pictures would be in the HTML itself.
        answer = self.ask("GET", f"{path}?html_format=cid", limit=MAIL_LIMIT)
        data = answer.data()
        if not isinstance(data, dict):
            raise TryLater(self.unreadable(answer))
        if url := text_of(data.get("raw"), "download_url"):
            with suppress(Refused):
                return inbound.as_written(self.fetch_outside(url, MAIL_LIMIT), data)
        return inbound.mail(data, path)

    def fetch(self, token: str, limit: int) -> bytes:
        """A file of a mail; where it lies is told for an hour, so it is asked for each time."""
        answer = self.ask("GET", token)
        if url := answer.field("download_url"):
            return self.fetch_outside(url, limit)
        raise TryLater(self.unreadable(answer))


def contact_path(address: str) -> str:
    """Where Resend keeps the contact with the address."""
    return f"/contacts/{quoted(address)}"


def suppression_path(address: str) -> str:
    """Where Resend notes that it does not mail the address."""
    return f"/suppressions/{quoted(address)}"
