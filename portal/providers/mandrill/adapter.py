"""Mailchimp Transactional, once Mandrill: mail, and mail that comes in (mandrillapp.com).

Facts are from Mailchimp's own description of the API, version 1.4.0. Every
call is a POST with the key in its body.
"""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from portal.providers.errors import Busy, Denied, ProviderError, Refused, Suppressed
from portal.providers.http.answer import Answer
from portal.providers.http.provider import HTTPProvider
from portal.providers.mandrill import events, inbound
from portal.providers.mandrill.payload import mail
from portal.providers.parsed import objects, text_of
from portal.providers.values import Email, HookCall, InboundEmail, ProviderEvent, Receipt
from portal.providers.webhooks import calls

# What `name` in a refusal means (the description's answers). Any other trouble of
# the server's own, GeneralError among it, leaves open whether the mail was taken.
FAULTS: dict[str, type[ProviderError]] = {
    "Invalid_Key": Denied,
    "PaymentRequired": Denied,
    "Unknown_Subaccount": Denied,
    "RequestLimitExceeded": Busy,
    "ServiceUnavailable": Busy,
    "ValidationError": Refused,  # the older API 1.0 says it with a status of 500
}
TAKEN = frozenset({"sent", "queued", "scheduled"})
NOT_TAKEN = frozenset({"rejected", "invalid"})
NOT_SENT = frozenset({"rejected", "canceled"})  # the `state` of a mail that a search finds
# Why a mail was not taken (`reject_reason`): because of the address, or of the account.
SUPPRESSED = frozenset({"hard-bounce", "soft-bounce", "spam", "unsub", "custom"})
SETUP = {
    "invalid-sender": "Check MAIL_FROM and TEAM_MAIL_FROM.",
    "unsigned": "Verify the domains of MAIL_FROM and TEAM_MAIL_FROM under “Sending domains”.",
    "test-mode-limit": "The key is one for tests, and its mails are used up.",
}
# Why a mail that was taken is not sent yet (`queued_reason`), where waiting alone may not help.
HELD = frozenset(
    {
        *("free-trial-sends-exhausted", "monthly-limit-reached"),
        *("sending-paused", "sending-suspended", "account-suspended"),
    }
)
SEARCHED = timedelta(days=2)  # the day before is there too, whatever zone its dates are in


class Mandrill(HTTPProvider):
    """Mail at Mailchimp Transactional. WEBHOOK_SECRET holds the keys of all its webhooks."""

    name = "mandrill"
    title = "Mailchimp Transactional"
    default_url = "https://mandrillapp.com/api/1.4"
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "WEBHOOK_SECRET")
    faults = FAULTS
    key_lasts: timedelta | None = None  # a repeated send is a second mail
    largest_mail = 25_000_000  # guide, "Outbound email"
    smtputf8 = True  # seen by django-anymail, its page on Mandrill, “Non-ASCII mailboxes”

    def headers(self) -> dict[str, str]:
        """None: the key is in each body."""
        return {}

    def said(self, answer: Answer) -> tuple[str, ...]:
        return answer.field("name"), answer.field("message")

    def call(self, path: str, **payload: Any) -> Any:
        """Make a call that may be repeated; returns the JSON of its answer."""
        return self.ask("POST", path, {"key": self.api_key, **payload}).data()

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over. The answer may still say that it was rejected."""
        payload = {"key": self.api_key, "message": mail(email, key), "async": False}
        answer = self.exchange("POST", "/messages/send", payload)
        first = next(iter(objects(answer.data())), {})
        status, reason = text_of(first, "status"), text_of(first, "reject_reason")
        if status in NOT_TAKEN:
            raise _not_taken(
                f"{self.name} did not send it: {status}, {reason or 'no reason'}.", reason
            )
        receipt = self.receipt(answer, text_of(first, "_id"), is_taken=status in TAKEN)
        why = text_of(first, "queued_reason")
        return replace(receipt, held=why) if why in HELD else receipt

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key among the newest to the address."""
        since = (datetime.now(UTC) - SEARCHED).date().isoformat()
        found = self.call("/messages/search", query=f"full_email:{address}", date_from=since)
        for one in objects(found):
            if text_of(one.get("metadata"), "key") == key and text_of(one, "state") not in NOT_SENT:
                return Receipt(text_of(one, "_id"))
        return None

    def verify(self, call: HookCall) -> bool:
        """Whether the call is signed with a webhook's key.

        HMAC-SHA1 in base64 over the address and all fields with their values,
        sorted by name (page "Authenticating webhook requests").
        """
        signed = call.url + "".join(name + value for name, value in sorted(calls.form(call)))
        given = calls.header(call, "X-Mandrill-Signature")
        matches = [
            calls.same(
                given, b64encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha1)).decode()
            )
            for key in self.secrets
        ]
        return any(matches)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        return [events.event(one) for one in events.items(call)]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        return inbound.mails(call)


def _not_taken(words: str, reason: str) -> ProviderError:
    if reason in SETUP:
        return Denied(f"{words} {SETUP[reason]}")
    return Suppressed(words) if reason in SUPPRESSED else Refused(words)
