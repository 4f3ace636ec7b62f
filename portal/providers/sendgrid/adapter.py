"""SendGrid: mail, contacts, and mail that comes in (API v3; api.eu.sendgrid.com for the EU).

Facts are from SendGrid's own descriptions of its API, version 1.0.0
(twilio/sendgrid-oai). Contacts are changed by jobs there: an answer says that
the job was taken, and a moment passes until it is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from portal.addresses import address_key
from portal.providers.errors import Denied, ProviderError, SetupError, TryLater
from portal.providers.headers import present
from portal.providers.http.answer import Answer
from portal.providers.http.provider import GONE, HTTPProvider, quoted
from portal.providers.parsed import list_of, object_of, objects, rows, text_of
from portal.providers.sendgrid import events, inbound
from portal.providers.sendgrid.payload import mail, person
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

PAGE = 500
FIELDS = ("topics", "format", "preferences_url")
# Where an address is kept beside the contacts, for erasing it.
SUPPRESSIONS = (
    "/v3/asm/suppressions/global",
    "/v3/suppression/bounces",
    "/v3/suppression/spam_reports",
)


class SendGrid(HTTPProvider):
    """Mail and contacts at SendGrid. LIST_ID is the id of the list that subscribers are put on.

    The account must have the custom fields topics, format and preferences_url,
    of the kind Text; its set-up makes them.
    """

    name = "sendgrid"
    title = "SendGrid"
    default_url = "https://api.sendgrid.com"
    settings: ClassVar[tuple[str, ...]] = (*HTTPProvider.settings, "WEBHOOK_KEY")
    list_pattern, list_rule = "[0-9A-Za-z-]{1,36}", "must be the id of a list."
    remaining_header = "X-RateLimit-Remaining"
    reset_header = "X-RateLimit-Reset"
    # Each endpoint has its own (page "Rate Limits"): these are those that rows need.
    limits = (
        "/v3/mail/send",
        "PUT /v3/marketing/contacts",
        "DELETE /v3/marketing/contacts",
        "/v3/marketing/contacts/search",
        "/v3/suppression/unsubscribes",
        *SUPPRESSIONS,
        "/v3/recipients/erasejob",
    )
    has_sandbox = True
    key_lasts: timedelta | None = None  # it takes no key: a repeated send is a second mail
    largest_mail = 30_000_000  # page "Mail Send: Limitations"
    # 30,000 are allowed, and 6 MB: with long names and links so many are below both.
    most_at_once = 5_000

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._fields: dict[str, str] = {}
        self.webhook_keys = tuple(settings.get("webhook_key", "").split())
        if not all(map(events.public_key, self.webhook_keys)):
            raise SetupError(f"{self.setting('WEBHOOK_KEY')} must be the key that SendGrid shows.")

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The first of SendGrid's complaints: the field, if it is about one, and its words."""
        first = next(iter(list_of(object_of(answer.data()).get("errors"))), None)
        return text_of(first, "field"), text_of(first, "message")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What has the status of a wrong key and is none.

        The description gives no codes: the words are those of the support article "Understanding
        the Maximum Credits Exceeded error", and of public reports of users.
        """
        said = " ".join(self.said(answer)).lower()
        if answer.status == HTTPStatus.UNAUTHORIZED and "credits" in said:
            return self.used_up(words, answer)
        if answer.status == HTTPStatus.FORBIDDEN and "sender identity" in said:
            return Denied(f"{words} Verify MAIL_FROM and TEAM_MAIL_FROM at {self.title}.")
        return None

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over. The answer is empty; the id is in a header (page "X-Message-ID")."""
        payload = mail(email, key)
        if self.sandbox:
            payload["mail_settings"]["sandbox_mode"] = {"enable": True}
        answer = self.exchange("POST", "/v3/mail/send", payload)
        message_id = events.message_id(answer.headers.get("X-Message-Id", ""))
        taken = HTTPStatus.OK if self.sandbox else HTTPStatus.ACCEPTED  # page "Sandbox Mode"
        return self.receipt(answer, message_id, taken)

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, after taking the address off the list of those who left."""
        self._let_mail_go_to(contact.email)
        return self._put([contact])

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do as `upsert` does with each, in one job."""
        left = {address_key(address) for address in self._who_left()}
        for contact in contacts:
            if address_key(contact.email) in left:
                self._let_mail_go_to(contact.email)
        return self._put(contacts)

    def _put(self, contacts: Sequence[Contact]) -> Receipt:
        fields = self.fields()
        payload = {"contacts": [person(one, fields) for one in contacts]}
        payload |= present(list_ids=self.list_id and [self.list_id])
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

    def _who_left(self) -> Iterator[str]:
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
        if contact_id := text_of(self._contact(address), "id"):
            self.ask("DELETE", f"/v3/marketing/contacts?ids={quoted(contact_id)}", allow=GONE)
        for path in SUPPRESSIONS:
            self.ask("DELETE", f"{path}/{quoted(address)}", allow=GONE)
        self.ask("POST", "/v3/recipients/erasejob", {"email_addresses": [address]})
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as SendGrid holds it; subscribed if on our list and not among who left."""
        contact = self._contact(address)
        if contact is None:
            return None
        path = f"/v3/asm/suppressions/global/{quoted(address)}"
        has_left = bool(self.ask("GET", path, allow=GONE).field("recipient_email"))
        on_list = not self.list_id or self.list_id in list_of(contact.get("list_ids"))
        return KnownContact(
            email=text_of(contact, "email") or address,
            subscribed=on_list and not has_left,
            attributes={
                "first_name": contact.get("first_name"),
                **object_of(contact.get("custom_fields")),
            },
            stopped=has_left,
        )

    def _contact(self, address: str) -> dict[str, Any] | None:
        payload = {"emails": [address]}
        answer = self.ask("POST", "/v3/marketing/contacts/search/emails", payload, allow=GONE)
        if answer.status in GONE:
            return None
        result = object_of(answer.data()).get("result")
        if not isinstance(result, dict):
            raise TryLater(self.unreadable(answer))
        # It holds addresses in lower case, and whom it does not know as an error.
        found = result.get(address.lower()) or result.get(address)
        contact = object_of(found).get("contact")
        return contact if isinstance(contact, dict) else None

    def verify(self, call: HookCall) -> bool:
        """Whether events are signed by SendGrid, and whether a mail comes with our secret.

        Mail that comes in is not signed. Raises SetupError without key or secret.
        """
        if inbound.is_mail(call):
            return calls.carries(self.secrets, call)  # it is in the address that it was given
        if not self.webhook_keys:
            raise SetupError(f"{self.setting('WEBHOOK_KEY')} is missing.")
        return events.verify(self.webhook_keys, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        return events.parse(call)

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        return [inbound.parse(call)]
