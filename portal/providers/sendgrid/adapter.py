"""SendGrid: mail, contacts, campaigns, mail that comes in (API v3; api.eu.sendgrid.com in the EU).

Facts are from SendGrid's own descriptions of its API, version 1.0.0
(twilio/sendgrid-oai). Contacts are changed by jobs there: an answer says that
the job was taken, and a moment passes until it is done.
"""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar

from portal.providers.errors import Denied, ProviderError, SetupError
from portal.providers.http.answer import Answer
from portal.providers.http.provider import HTTPProvider
from portal.providers.parsed import list_of, object_of, text_of
from portal.providers.sendgrid import events, inbound
from portal.providers.sendgrid.campaigns import CALLED, SendGridCampaigns
from portal.providers.sendgrid.contacts import SUPPRESSIONS
from portal.providers.sendgrid.payload import mail
from portal.providers.values import (
    Email,
    HookCall,
    InboundEmail,
    ProviderEvent,
    Receipt,
)
from portal.providers.webhooks import calls


class SendGrid(SendGridCampaigns):
    """Mail and contacts at SendGrid. LIST_ID is the id of the list that subscribers are put on.

    UNSUBSCRIBE_GROUP is the number of the group that newsletters belong to: their links to leave
    lead out of it.

    The account must have the custom fields topics, format and preferences_url,
    of the kind Text; its set-up makes them.
    """

    name = "sendgrid"
    title = "SendGrid"
    default_url = "https://api.sendgrid.com"
    settings: ClassVar[tuple[str, ...]] = (
        *HTTPProvider.settings,
        *("UNSUBSCRIBE_GROUP", "WEBHOOK_KEY"),
    )
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
        "/v3/asm/groups",
        *CALLED,
        *SUPPRESSIONS,
        "/v3/recipients/erasejob",
    )
    has_sandbox = True
    key_lasts: timedelta | None = None  # it takes no key: a repeated send is a second mail
    largest_mail = 30_000_000  # page "Mail Send: Limitations"

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
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
