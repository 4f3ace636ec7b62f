"""Resend: mail, contacts, and mail that comes in (api.resend.com).

Facts are from Resend's own description of its API, version 1.5.0; error names
from its page "Errors".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from portal.providers import hook, resend_hooks
from portal.providers.answer import Answer, text_of
from portal.providers.base import (
    Busy,
    Contact,
    Denied,
    Email,
    Finding,
    HookCall,
    InboundEmail,
    KnownContact,
    ProviderError,
    ProviderEvent,
    Receipt,
    Site,
    TryLater,
)
from portal.providers.headers import ascii_value, extra_headers, named, one_line
from portal.providers.http import HTTPProvider

GONE = (int(HTTPStatus.NOT_FOUND),)
PAGE = 100
A_DAY = timedelta(days=1)
PROPERTIES = ("topics", "format", "name", "preferences_url")
# What `name` in a refusal means (page "Errors").
FAULTS: dict[str, type[ProviderError]] = {
    "missing_api_key": Denied,
    "invalid_api_key": Denied,
    "restricted_api_key": Denied,
    "invalid_access": Denied,
    "rate_limit_exceeded": Busy,
    "daily_quota_exceeded": Busy,
    "monthly_quota_exceeded": Busy,
    "concurrent_idempotent_requests": TryLater,  # the first try is still under way
}


class Resend(HTTPProvider):
    """Mail and contacts at Resend. LIST_ID is the segment that subscribers are put into."""

    name = "resend"
    title = "Resend"
    default_url = "https://api.resend.com"
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "LIST_ID", "WEBHOOK_SECRET")
    remaining_header = "ratelimit-remaining"
    reset_header = "ratelimit-reset"
    key_lasts: timedelta | None = timedelta(hours=24)

    def said(self, answer: Answer) -> tuple[str, ...]:
        """Resend's name for the error, and its words."""
        return answer.field("name"), answer.field("message")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What the error's name means."""
        name = answer.field("name")
        kind = FAULTS.get(name)
        if kind is None:
            return None
        after = A_DAY if name.endswith("_quota_exceeded") else self.wait(answer)
        return kind(words, after)

    def send(self, email: Email, key: str) -> Receipt:
        """Hand the mail over; `key` stops Resend from sending it twice."""
        headers = {"Idempotency-Key": key}
        answer = self.exchange("POST", "/emails", mail(email, key), headers=headers)
        if (
            answer.status == HTTPStatus.CONFLICT
            and answer.field("name") == "invalid_idempotent_request"
        ):
            return Receipt()  # an earlier try with this key, and other words, was taken
        self.judge(answer)
        return Receipt(answer.identifier("id"))

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, put it into our segment, and let mail go to it again."""
        properties = {
            "topics": ",".join(contact.topics),
            "format": contact.format,
            "name": contact.name,
            "preferences_url": contact.preferences_url,
        }
        values = {"first_name": contact.name, "unsubscribed": False, "properties": properties}
        path = contact_path(contact.email)
        if self.ask("PATCH", path, values, allow=GONE).status in GONE:
            self.ask("POST", "/contacts", {"email": contact.email, **values})
        if self.list_id:
            self.ask("POST", f"{path}/segments/{quote(self.list_id, safe='')}")
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        """Stop all broadcasts to the address."""
        self.ask("PATCH", contact_path(address), {"unsubscribed": True}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete the contact. No call deletes the log of mails; it ends by itself."""
        self.ask("DELETE", contact_path(address), allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Resend holds it; subscribed if not unsubscribed and in our segment."""
        path = contact_path(address)
        answer = self.ask("GET", path, allow=GONE)
        if answer.status in GONE:
            return None
        data = answer.data()
        if not isinstance(data, dict) or not isinstance(data.get("unsubscribed"), bool):
            raise TryLater(f"{self.name} answered {answer.status} in a way we cannot read.")
        on_list = not self.list_id or any(
            text_of(one, "id") == self.list_id for one in self._pages(f"{path}/segments")
        )
        properties = data.get("properties")
        return KnownContact(
            email=answer.field("email") or address,
            subscribed=on_list and not data["unsubscribed"],
            attributes=properties if isinstance(properties, dict) else {},
        )

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts in our segment, or all there are. Their properties are not in the list."""
        query = {"segment_id": self.list_id} if self.list_id else {}
        for one in self._pages("/contacts", **query):
            yield KnownContact(text_of(one, "email"), one.get("unsubscribed") is False, {})

    def _pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        after: dict[str, str] = {}
        while True:
            answer = self.ask("GET", f"{path}?{urlencode({'limit': PAGE, **query, **after})}")
            data = answer.data()
            rows = data.get("data") if isinstance(data, dict) else None
            rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            yield from rows
            last = text_of(rows[-1], "id") if rows else ""
            if data.get("has_more") is not True or not last or after.get("after") == last:
                return
            after = {"after": last}

    def verify(self, call: HookCall) -> bool:
        """Whether the call is signed as Svix does, which is what Standard Webhooks came from."""
        return hook.standard(self.secrets, call, "svix")

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The event in a call; its id is in the headers."""
        name = hook.header(call, "svix-id")
        return [resend_hooks.event(one, name) for one in hook.items(hook.json_body(call))]

    def fetch_mail(self, message_id: str) -> InboundEmail:
        """A mail that came in, of which we were only told the id."""
        path = f"/emails/receiving/{quote(message_id, safe='')}"
        data = self.ask("GET", path).data()
        if not isinstance(data, dict):
            raise TryLater(f"{self.name} did not give the mail in a way we can read.")
        return resend_hooks.mail(data)

    def check(self, site: Site) -> Iterator[Finding]:
        """Whether key, segment and webhook are right."""
        hooks = list(self._pages("/webhooks"))
        yield Finding("The key works.")
        yield Finding(
            f"Look at “Domains” whether the domain of {site.sender} is verified.", ok=None
        )
        if self.list_id:
            found = self.ask("GET", f"/segments/{quote(self.list_id, safe='')}", allow=GONE)
            is_there = found.status not in GONE
            yield Finding(
                f"Subscribers go into the segment “{found.field('name')}”."
                if is_there
                else f"There is no segment {self.list_id}. Look at {self.setting('LIST_ID')}.",
                ok=is_there,
            )
        known = {text_of(one, "key") for one in self._pages("/contact-properties")}
        missing = [name for name in PROPERTIES if name not in known]
        yield Finding(
            "Contacts have all that we keep of a choice."
            if not missing
            else f"Contacts lack {', '.join(missing)}. "
            "“flask providers hooks --install” adds them.",
            ok=not missing,
        )
        is_there = any(text_of(one, "endpoint") == site.events_url for one in hooks)
        yield Finding(
            "The webhook is there."
            if is_there
            else "The webhook is missing. “flask providers hooks --install” registers it.",
            ok=is_there,
        )

    def install_hooks(self, site: Site) -> Iterator[Finding]:
        """Register the webhook, and the properties that contacts need."""
        known = {text_of(one, "key") for one in self._pages("/contact-properties")}
        for name in PROPERTIES:
            if name not in known:
                self.ask("POST", "/contact-properties", {"key": name, "type": "string"})
                yield Finding(f"Contacts have “{name}” now.")
        if any(text_of(one, "endpoint") == site.events_url for one in self._pages("/webhooks")):
            yield Finding("The webhook was there.")
            return
        payload = {"endpoint": site.events_url, "events": list(resend_hooks.EVENTS)}
        secret = self.ask("POST", "/webhooks", payload).field("signing_secret")
        yield Finding(
            f"The webhook is registered. Put this into .env: "
            f"{self.setting('WEBHOOK_SECRET')}={secret}"
        )


def mail(email: Email, key: str) -> dict[str, Any]:
    """The mail as Resend's `SendEmailRequest`. Raises Refused for a forbidden header.

    Tracking is a setting of the domain there, and off unless somebody sets it.
    """
    payload: dict[str, Any] = {
        "from": named(email.sender),
        "to": [named(email.to)],
        "subject": one_line(email.subject),
        "text": email.text,
        "html": email.html,
        "tags": [{"name": "key", "value": key}],
    }
    if headers := {name: ascii_value(value) for name, value in extra_headers(email)}:
        payload["headers"] = headers
    if email.reply_to:
        payload["reply_to"] = [named(email.reply_to)]
    if email.name:
        payload["tags"].append({"name": "mail", "value": email.name})
    if email.attachments:
        payload["attachments"] = [
            {"filename": file.name, "content": file.base64, "content_type": file.kind}
            for file in email.attachments
        ]
    return payload


def contact_path(address: str) -> str:
    """Where Resend keeps the contact with the address."""
    return f"/contacts/{quote(address, safe='')}"
