"""Mailchimp Transactional, once Mandrill: mail, and mail that comes in (mandrillapp.com).

Facts are from Mailchimp's own description of the API, version 1.4.0. Every
call is a POST with the key in its body.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar

from portal.providers import hook, mandrill_hooks
from portal.providers.answer import Answer, text_of
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
    TryLater,
)
from portal.providers.headers import ascii_value, extra_headers, named, one_line
from portal.providers.http import HTTPProvider

# What `name` in a refusal means (the description's answers, and its page "Errors").
FAULTS: dict[str, type[ProviderError]] = {
    "Invalid_Key": Denied,
    "PaymentRequired": Denied,
    "Unknown_Subaccount": Denied,
    "ServiceUnavailable": Busy,
    "GeneralError": TryLater,
}
# Why a mail was rejected although the call was taken (`reject_reason`).
SUPPRESSED = frozenset({"hard-bounce", "soft-bounce", "spam", "unsub", "custom"})
EVENTS_WANTED = ("send", "deferral", "hard_bounce", "soft_bounce", "spam", "unsub", "reject")


class Mandrill(HTTPProvider):
    """Mail at Mailchimp Transactional. WEBHOOK_SECRET holds the keys of all its webhooks."""

    name = "mandrill"
    title = "Mailchimp Transactional"
    default_url = "https://mandrillapp.com/api/1.4"
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "WEBHOOK_SECRET")
    key_lasts: timedelta | None = None  # a repeated send is a second mail

    def headers(self) -> dict[str, str]:
        """None: the key is in each body."""
        return {}

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The error's name, and its words."""
        return answer.field("name"), answer.field("message")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What the error's name means."""
        name = answer.field("name")
        kind = FAULTS.get(name)
        if kind is Denied:
            return self.denied(words)
        return kind(words) if kind else None

    def call(self, path: str, **payload: Any) -> Any:
        """Make a call that may be repeated; returns the JSON of its answer."""
        return self.ask("POST", path, {"key": self.api_key, **payload}).data()

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over. The answer may still say that it was rejected."""
        payload = {"key": self.api_key, "message": mail(email, key), "async": False}
        answer = self.exchange("POST", "/messages/send", payload)
        self.judge(answer)
        data = answer.data()
        first = data[0] if isinstance(data, list) and data else {}
        reason = text_of(first, "reject_reason")
        if text_of(first, "status") in {"rejected", "invalid"}:
            words = f"{self.name} did not send it: {reason or 'the address is not valid'}."
            raise (Suppressed if reason in SUPPRESSED else Refused)(words)
        return Receipt(text_of(first, "_id"))

    def find(self, key: str, address: str) -> Receipt | None:
        """The mail with that key among those to the address in the last two days."""
        since = date.today() - timedelta(days=2)  # noqa: DTZ011 - a day more or less is the same
        found = self.call(
            "/messages/search", query=f"full_email:{address}", date_from=since.isoformat()
        )
        for one in found if isinstance(found, list) else []:
            metadata = one.get("metadata") if isinstance(one, dict) else None
            if text_of(metadata, "key") == key:
                return Receipt(text_of(one, "_id"))
        return None

    def verify(self, call: HookCall) -> bool:
        """Whether the call is signed with a webhook's key.

        HMAC-SHA1 in base64 over the address and all fields with their values,
        sorted by name (page "Authenticating webhook requests").
        """
        signed = call.url + "".join(name + value for name, value in sorted(hook.form(call)))
        given = hook.header(call, "X-Mandrill-Signature")
        matches = [
            hook.same(
                given, b64encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha1)).decode()
            )
            for key in self.secrets
        ]
        return any(matches)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call."""
        return [mandrill_hooks.event(one) for one in mandrill_hooks.items(call)]

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The mails in a call."""
        return mandrill_hooks.mails(call)

    def check(self, site: Site) -> Iterator[Finding]:
        """Whether the key works, and the webhooks are there."""
        info = self.call("/users/info")
        yield Finding(f"The key works. It is for the account “{text_of(info, 'username')}”.")
        yield Finding(
            f"Look at “Sending domains” whether the domain of {site.sender} is verified.", ok=None
        )
        yield Finding.of(
            self._has_hook(site.events_url),
            "The webhook for events is there.",
            f"The webhook for events is missing. {INSTALL}",
        )

    def install_hooks(self, site: Site) -> Iterator[Finding]:
        """Register the webhook, and the route of mail that comes in."""
        if self._has_hook(site.events_url):
            yield Finding("The webhook for events was there.")
        else:
            made = self.call(
                "/webhooks/add",
                url=site.events_url,
                description="The portal",
                events=list(EVENTS_WANTED),
            )
            yield Finding(
                "The webhook for events is registered. Add its key to .env: "
                f"{self.setting('WEBHOOK_SECRET')}={text_of(made, 'auth_key')}"
            )
        if site.inbound_domain:
            routes = self.call("/inbound/routes", domain=site.inbound_domain)
            if any(text_of(one, "url") == site.inbound_url for one in routes or []):
                yield Finding("Mail that comes in was handed on.")
                return
            self.call(
                "/inbound/add-route",
                domain=site.inbound_domain,
                pattern="*",
                url=site.inbound_url,
            )
            yield Finding(
                "Mail that comes in is handed on. Look at “Inbound” for the key of that "
                f"webhook, and add it to {self.setting('WEBHOOK_SECRET')}.",
                ok=None,
            )

    def _has_hook(self, url: str) -> bool:
        hooks = self.call("/webhooks/list")
        return isinstance(hooks, list) and any(text_of(one, "url") == url for one in hooks)


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as the description's `message`. Raises Refused for a forbidden header."""
    headers = {name: ascii_value(value) for name, value in extra_headers(email)}
    if email.reply_to:
        headers["Reply-To"] = ascii_value(named(email.reply_to))
    to = {"email": email.to.email, "name": one_line(email.to.name), "type": "to"}
    payload: dict[str, Any] = {
        "html": email.html,
        "text": email.text,
        "subject": one_line(email.subject),
        "from_email": email.sender.email,
        "from_name": one_line(email.sender.name),
        "to": [to],
        "headers": headers,
        "metadata": {"key": key},
        "track_opens": False,
        "track_clicks": False,
        "auto_text": False,
        "auto_html": False,
        "preserve_recipients": True,
    }
    if email.name:
        payload["tags"] = [email.name.replace("_", "-")]  # a tag may not begin with "_"
    if email.attachments:
        payload["attachments"] = [
            {"type": file.kind, "name": file.name, "content": file.base64}
            for file in email.attachments
        ]
    return payload
