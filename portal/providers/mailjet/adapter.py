"""Mailjet: mail, contacts, and mail that comes in (api.mailjet.com, in the EU).

Facts are from Mailjet's own description of its API, version 1.0.0, and from
its guides: send v3.1, contact lists, contacts v4, events, parse.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from portal.providers.errors import ProviderError
from portal.providers.http.answer import Answer
from portal.providers.http.client import basic
from portal.providers.http.many import MailsInOneCall
from portal.providers.mailjet import events, inbound
from portal.providers.mailjet.campaigns import MailjetCampaigns
from portal.providers.mailjet.contacts import first, number
from portal.providers.mailjet.payload import mail
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.values import Email, HookCall, InboundEmail, ProviderEvent, Receipt
from portal.providers.webhooks import calls

# The codes after which nothing goes (guide "Send API v3.1", "Errors"), and what to do.
DENIED = {
    "mj-0015": "The keys are not right.",
    "send-0008": "The address in MAIL_FROM or TEAM_MAIL_FROM is not validated.",
}


class Mailjet(MailjetCampaigns, MailsInOneCall):
    """Mail, contacts and campaigns at Mailjet. LIST_ID is the number of the contact list."""

    name = "mailjet"
    title = "Mailjet"
    default_url = "https://api.mailjet.com"
    settings: ClassVar[tuple[str, ...]] = ("API_SECRET", *MailjetCampaigns.settings)
    needed: ClassVar[tuple[str, ...]] = ("API_KEY", "API_SECRET")
    has_sandbox = True
    key_lasts: timedelta | None = None  # CustomID is only a label
    largest_mail = 15_000_000  # guide, "Send API v3.1"
    most_mails = 50  # guide, "Send API v3.1"
    smtputf8 = True  # seen by django-anymail, its page on Mailjet, “Non-ASCII mailboxes”

    def headers(self) -> dict[str, str]:
        return basic(self.api_key, self.api_secret)

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The code and words of the first error, wherever in the answer it is."""
        error = _error(answer)
        words = text_of(error, "ErrorMessage") or answer.field("ErrorMessage")
        return text_of(error, "ErrorCode"), words

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        code = text_of(_error(answer), "ErrorCode")
        return self.denied(f"{words} {DENIED[code]}") if code in DENIED else None

    def send(self, email: Email, key: str) -> Receipt:
        return self.taken(self._exchange([mail(email, key)]))

    def newsletter(self, email: Email, key: str) -> dict[str, Any]:
        return mail(email, key)

    def exchange_many(self, mails: list[dict[str, Any]]) -> tuple[Answer, list[Answer]]:
        """Mailjet tells of each in the order in which they came, whatever the call's status."""
        answer = self._exchange(mails)
        bodies = [json.dumps({"Messages": [one]}) for one in rows(answer.data(), "Messages")]
        return answer, [Answer(HTTPStatus.OK, answer.headers, one.encode()) for one in bodies]

    def _exchange(self, mails: list[dict[str, Any]]) -> Answer:
        sandbox = {"SandboxMode": True} if self.sandbox else {}
        return self.exchange("POST", "/v3.1/send", {"Messages": mails, **sandbox})

    def taken(self, answer: Answer) -> Receipt:
        result = first(answer.data(), "Messages")
        status = text_of(result, "Status")
        if answer.status == HTTPStatus.OK and status == "error":
            # Taken as a call, not as a mail: the error has a status of its own.
            self.judge(replace(answer, status=_status(_error(answer))))
        message_id = number(first(result, "To").get("MessageID"))
        return self.receipt(answer, message_id, is_taken=status == "success")

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key as its CustomID."""
        for one in self.pages("message", CustomID=key, ShowCustomID="true"):
            if text_of(one, "CustomID") == key:
                return Receipt(number(one.get("ID")))
        return None

    def verify(self, call: HookCall) -> bool:
        """By our secret: Mailjet signs nothing."""
        return calls.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        return [events.event(one) for one in calls.items(calls.parse_json(call.body))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        return [inbound.mail(one) for one in calls.items(calls.parse_json(call.body))]


def _error(answer: Answer) -> dict[str, Any]:
    """The first error of the first mail, or that of the whole call."""
    data = object_of(answer.data())
    return data if data.get("ErrorCode") else first(first(data, "Messages"), "Errors")


def _status(error: Mapping[str, Any]) -> int:
    """The status of an error: one of a refusal, whatever the call's own was."""
    status = error.get("StatusCode")
    if isinstance(status, int) and status >= HTTPStatus.BAD_REQUEST:
        return status
    return HTTPStatus.BAD_REQUEST
