"""Postmark: transactional mail, and mail that comes in (api.postmarkapp.com). It keeps no contacts.

Facts are from Postmark's own description of its API, version 1.0.0, and from
its Python library; error codes from its page "API overview".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from portal.providers import hook, postmark_hooks
from portal.providers.answer import Answer, rows, text_of
from portal.providers.base import (
    INSTALL,
    Busy,
    Denied,
    Email,
    Finding,
    HookCall,
    InboundEmail,
    ProviderError,
    ProviderEvent,
    Receipt,
    Refused,
    Site,
    Suppressed,
)
from portal.providers.headers import extra_headers, named, one_line
from portal.providers.http import HTTPProvider

STREAM = "outbound"  # the transactional stream that every server has
MOST_TO_LOOK_AT = 20
# What a mail that was not taken means: "API overview", "API error codes".
FAULTS: dict[int, type[ProviderError]] = {
    10: Denied,  # a wrong or missing token
    100: Busy,  # maintenance
    400: Denied,  # the sender is not known
    401: Denied,  # the sender is not confirmed
    405: Denied,  # nothing left to send with
    406: Suppressed,  # bounced, complained or unsubscribed before
    412: Denied,  # the account waits for its approval
    413: Denied,  # the account may not send
}
TRIGGERS = ("Delivery", "Bounce", "SpamComplaint", "SubscriptionChange")


class Postmark(HTTPProvider):
    """Mail at Postmark. API_SECRET is the account's token, which removes a person's data."""

    name = "postmark"
    title = "Postmark"
    default_url = "https://api.postmarkapp.com"
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_SECRET", "API_URL", "WEBHOOK_SECRET")
    key_lasts: timedelta | None = None  # a repeated send is a second mail

    def headers(self) -> dict[str, str]:
        """The server's token."""
        return {"X-Postmark-Server-Token": self.api_key}

    def said(self, answer: Answer) -> tuple[str, ...]:
        """Postmark's number for the error, and its words."""
        return str(_code(answer) or ""), answer.field("Message")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What Postmark's own code means, which is not the status."""
        kind = FAULTS.get(_code(answer))
        if kind is Denied:
            return self.denied(words)
        return kind(words) if kind else None

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over."""
        answer = self.exchange("POST", "/email", mail(email, key))
        self.judge(answer)
        if _code(answer):  # taken as a call, not as a mail
            words = f"{self.name} answered {answer.status}{self.complaint(answer)}."
            raise self.fault(answer, words) or Refused(words)
        return Receipt(answer.identifier("MessageID"))

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key among the last to the address."""
        query = urlencode({"count": MOST_TO_LOOK_AT, "offset": 0, "recipient": address})
        found = self.ask("GET", f"/messages/outbound?{query}").data()
        for message in rows(found, "Messages"):
            message_id = text_of(message, "MessageID")
            path = f"/messages/outbound/{quote(message_id, safe='')}/details"
            data = self.ask("GET", path).data() if message_id else None
            metadata = data.get("Metadata") if isinstance(data, dict) else None
            if text_of(metadata, "key") == key:
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
        """Whether a call has our secret: Postmark signs nothing."""
        return hook.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The event in a call: Postmark tells one at a time."""
        return [postmark_hooks.event(one) for one in hook.items(hook.json_body(call))]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mail in a call."""
        return [postmark_hooks.mail(one) for one in hook.items(hook.json_body(call))]

    def check(self, site: Site) -> Iterator[Finding]:
        """Whether the token works, and the webhooks are there."""
        server = self.ask("GET", "/server")
        yield Finding(f"The key works. It is for the server “{server.field('Name')}”.")
        yield Finding(
            f"Look at “Sender Signatures” whether {site.sender} is confirmed: "
            "a token of a server cannot ask.",
            ok=None,
        )
        is_there = self._has_hook(site.events_url)
        yield Finding.of(
            is_there, "The webhook for events is there.", f"The webhook is missing. {INSTALL}"
        )
        if site.inbound_domain:
            inbound_url = server.field("InboundHookUrl")
            yield Finding.of(
                inbound_url.endswith(site.inbound_url.partition("://")[2]),
                "Mail that comes in is handed on.",
                f"Mail that comes in is not handed on. {INSTALL}",
            )

    def install_hooks(self, site: Site) -> Iterator[Finding]:
        """Register the webhooks that are missing, with our secret as their password."""
        secret = self.secrets[0]
        if self._has_hook(site.events_url):
            yield Finding("The webhook for events was there.")
        else:
            payload = {
                "Url": site.events_url,
                "MessageStream": STREAM,
                "HttpAuth": {"Username": "portal", "Password": secret},
                "Triggers": {
                    name: {"Enabled": True, "IncludeContent": False}
                    if name in {"Bounce", "SpamComplaint"}
                    else {"Enabled": True}
                    for name in TRIGGERS
                },
            }
            self.ask("POST", "/webhooks", payload)
            yield Finding("The webhook for events is registered.")
        if site.inbound_domain:
            url = hook.with_password(site.inbound_url, secret)
            self.ask(
                "PUT", "/server", {"InboundHookUrl": url, "InboundDomain": site.inbound_domain}
            )
            yield Finding("Mail that comes in is handed on from now.")

    def _has_hook(self, url: str) -> bool:
        data = self.ask("GET", f"/webhooks?MessageStream={STREAM}").data()
        return any(text_of(one, "Url") == url for one in rows(data, "Webhooks"))


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as Postmark's `SendEmailRequest`. Raises Refused for a forbidden header."""
    payload: dict[str, Any] = {
        "From": named(email.sender),
        "To": named(email.to),
        "Subject": one_line(email.subject),
        "TextBody": email.text,
        "HtmlBody": email.html,
        "Headers": [{"Name": name, "Value": value} for name, value in extra_headers(email)],
        "Metadata": {"key": key},
        "MessageStream": STREAM,
        "TrackOpens": False,
        "TrackLinks": "None",
    }
    if email.reply_to:
        payload["ReplyTo"] = named(email.reply_to)
    if email.name:
        payload["Tag"] = email.name
    if email.attachments:
        payload["Attachments"] = [
            {"Name": file.name, "Content": file.base64, "ContentType": file.kind}
            for file in email.attachments
        ]
    return payload


def _code(answer: Answer) -> int:
    data = answer.data()
    code = data.get("ErrorCode") if isinstance(data, dict) else 0
    return code if isinstance(code, int) else 0
