"""Resend: mail, contacts, campaigns, and mail that comes in (api.resend.com).

Facts are from Resend's own description of its API, version 1.5.0; error names
from its page "Errors", what is said of mails that came in from "Retrieve Received Email"
and "Retrieve Attachment".
"""

import json
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from portal.providers.errors import (
    Busy,
    Denied,
    ProviderError,
    Refused,
    TryLater,
    Uncertain,
    UsedUp,
)
from portal.providers.http.answer import Answer
from portal.providers.http.many import MailsInOneCall
from portal.providers.http.provider import quoted
from portal.providers.parsed import rows, text_of
from portal.providers.resend import events, inbound
from portal.providers.resend.campaigns import ResendCampaigns
from portal.providers.resend.payload import mail
from portal.providers.values import (
    Email,
    HookCall,
    InboundEmail,
    ProviderEvent,
    Receipt,
)
from portal.providers.webhooks import calls

MAIL_LIMIT = 60_000_000  # bytes of a mail that comes in: 40 MB of files, and how they are written
A_DAY = timedelta(days=1)
CALLS = uuid.UUID("0f5a4a5e-6a3b-4a0e-8a44-6c1d2b7e9f10")  # makes keys for calls with many mails
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


class Resend(MailsInOneCall, ResendCampaigns):
    """Mail and contacts at Resend. LIST_ID is the segment that subscribers are put into."""

    name = "resend"
    title = "Resend"
    default_url = "https://api.resend.com"
    remaining_header = "ratelimit-remaining"
    reset_header = "ratelimit-reset"
    faults = FAULTS
    key_lasts: timedelta | None = timedelta(hours=24)
    largest_mail = 40_000_000  # page "Attachments"
    most_mails = 50  # 100 are allowed (page "Send Batch Emails")

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
        return self.taken(answer)

    def newsletter(self, email: Email, key: str) -> dict[str, Any]:
        return mail(email, key)

    def exchange_many(self, mails: list[dict[str, Any]]) -> tuple[Answer, list[Answer]]:
        """Where there is no answer the very same call is made again: Resend knows it by its key."""
        headers = {"Idempotency-Key": str(uuid.uuid5(CALLS, json.dumps(mails)))}
        call = partial(self.exchange, "POST", "/emails/batch", mails, headers=headers)
        try:
            answer = call()
        except Uncertain:
            answer = call()
        told = rows(answer.data(), "data") if answer.status == HTTPStatus.OK else []
        return answer, [replace(answer, body=json.dumps(one).encode()) for one in told]

    def taken(self, answer: Answer) -> Receipt:
        if (
            answer.status == HTTPStatus.CONFLICT
            and answer.field("name") == "invalid_idempotent_request"
        ):
            return Receipt()  # an earlier try with this key, and other words, was taken
        return self.receipt(answer, answer.identifier("id"))

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
