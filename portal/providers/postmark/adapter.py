"""Postmark: mail, newsletters, and mail that comes in (api.postmarkapp.com). It keeps no contacts.

Facts are from Postmark's own description of its API, version 1.0.0, and from
its Python library; error codes from its page "API overview".
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from portal.providers.errors import Busy, Denied, ProviderError, Refused, Suppressed, UsedUp
from portal.providers.http.answer import Answer
from portal.providers.http.many import MailsInOneCall
from portal.providers.http.provider import quoted
from portal.providers.parsed import list_of, object_of, rows, text_of
from portal.providers.postmark import events, inbound
from portal.providers.postmark.payload import BROADCAST, STREAM, mail
from portal.providers.values import Email, HookCall, InboundEmail, ProviderEvent, Receipt
from portal.providers.webhooks import calls

MOST_TO_LOOK_AT = 20
# What a mail that was not taken means: "API overview", "API error codes".
FAULTS: dict[str, type[ProviderError]] = {
    "10": Denied,  # a wrong or missing token
    "100": Busy,  # maintenance
    "400": Denied,  # the sender is not known
    "401": Denied,  # the sender is not confirmed
    "405": UsedUp,  # no credits left
    "406": Suppressed,  # bounced, complained or unsubscribed before
    "412": Denied,  # the account waits for its approval
    "413": Denied,  # the account may not send
}
NO_STREAM = {"1235", "1236"}  # there is none of that name; it is not one for sending


class Postmark(MailsInOneCall):
    """Mail at Postmark. API_SECRET is the account's token, which removes a person's data.

    STREAM is the stream that newsletters go through: no other may carry what goes to many.
    """

    name = "postmark"
    title = "Postmark"
    default_url = "https://api.postmarkapp.com"
    settings: ClassVar[tuple[str, ...]] = (
        *("API_KEY", "API_SECRET", "API_URL", "STREAM", "WEBHOOK_SECRET"),
    )
    faults = FAULTS
    key_lasts: timedelta | None = None  # a repeated send is a second mail
    largest_mail = 10_000_000  # "What are the attachment and email size limits?"
    most_mails = 50  # 500 are allowed, and 50 MB (page "Batch emails")
    cannot = ("It adds a link of its own for leaving, which only its support can turn off.",)

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self.stream = settings.get("stream", "").strip() or BROADCAST

    def headers(self) -> dict[str, str]:
        return {"X-Postmark-Server-Token": self.api_key}

    def said(self, answer: Answer) -> tuple[str, ...]:
        return str(_code(answer) or ""), answer.field("Message")

    def send(self, email: Email, key: str) -> Receipt:
        answer = self.exchange("POST", "/email", mail(email, key))
        if self.said(answer)[0] in NO_STREAM:
            raise self.denied(self._words(answer))
        return self.taken(answer)

    def newsletter(self, email: Email, key: str) -> dict[str, Any]:
        return mail(email, key, self.stream)

    def exchange_many(self, mails: list[dict[str, Any]]) -> tuple[Answer, list[Answer]]:
        """Postmark tells of each in the order in which they came."""
        answer = self.exchange("POST", "/email/batch", mails)
        told = list_of(answer.data()) if answer.status == HTTPStatus.OK else []
        return answer, [replace(answer, body=json.dumps(one).encode()) for one in told]

    def taken(self, answer: Answer) -> Receipt:
        code = _code(answer)
        if str(code) in NO_STREAM:  # all other mail has a stream of its own, and goes on
            raise Refused(f"{self._words(answer)} Look at {self.setting('STREAM')}.")
        if answer.status == HTTPStatus.OK and code:  # taken as a call, not as a mail
            words = self._words(answer)
            raise self.fault(answer, words) or Refused(words)
        return self.receipt(answer, answer.identifier("MessageID"), is_taken=code == 0)

    def _words(self, answer: Answer) -> str:
        return f"{self.name} answered {answer.status}{self.complaint(answer)}."

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key among the last to the address, in each stream."""
        streams = (self._find(stream, key, address) for stream in (STREAM, self.stream))
        return next(filter(None, streams), None)

    def _find(self, stream: str, key: str, address: str) -> Receipt | None:
        wanted = {"recipient": address, "messagestream": stream}
        query = urlencode({"count": MOST_TO_LOOK_AT, "offset": 0, **wanted})
        found = self.ask("GET", f"/messages/outbound?{query}").data()
        for message in rows(found, "Messages"):
            message_id = text_of(message, "MessageID")
            path = f"/messages/outbound/{quoted(message_id)}/details"
            data = object_of(self.ask("GET", path).data() if message_id else None)
            if text_of(data.get("Metadata"), "key") == key:
                return Receipt(message_id)
        return None

    def erase(self, address: str) -> Receipt:
        """Ask for the removal of all that is held about the address, with the account's token."""
        if not self.api_secret:
            raise Refused(
                f"{self.title} removes the data of a person only with the token of the account: "
                f"set {self.setting('API_SECRET')}."
            )
        payload = {"RequestedBy": address, "RequestedFor": address, "NotifyWhenCompleted": False}
        token = {"X-Postmark-Account-Token": self.api_secret}
        self.ask("POST", "/data-removals", payload, headers=token)
        return Receipt()

    def verify(self, call: HookCall) -> bool:
        """By our secret: Postmark signs nothing."""
        return calls.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """Postmark tells one at a time."""
        return [events.event(one) for one in calls.items(calls.parse_json(call.body))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        return [inbound.mail(one) for one in calls.items(calls.parse_json(call.body))]


def _code(answer: Answer) -> int | None:
    code = object_of(answer.data()).get("ErrorCode")
    return code if type(code) is int else None
