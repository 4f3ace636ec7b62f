"""Mailchimp Marketing: contacts (api.mailchimp.com). Its mail is a service of its own: `mandrill`.

Facts are from Mailchimp's own description of its API, version 3.0.55, and
from its page on webhooks.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from portal.providers import hook, mailchimp_hooks
from portal.providers.answer import Answer, text_of
from portal.providers.base import (
    Busy,
    Contact,
    Finding,
    HookCall,
    KnownContact,
    ProviderError,
    ProviderEvent,
    Receipt,
    SetupError,
    Site,
    Suppressed,
    TryLater,
)
from portal.providers.http import HTTPProvider

GONE = (int(HTTPStatus.NOT_FOUND),)
PAGE = 1000
# Our own words for what Mailchimp keeps beside an address: merge tags have ten letters at most.
FIELDS = {"TOPICS": "Topics", "FORMAT": "Format", "FNAME": "Name", "PREFS": "Preferences link"}
EVENTS_WANTED = ("unsubscribe", "cleaned")


class Mailchimp(HTTPProvider):
    """Contacts on one audience of Mailchimp's, LIST_ID."""

    name = "mailchimp"
    title = "Mailchimp"
    default_url = "https://{data_centre}.api.mailchimp.com/3.0"
    settings: ClassVar[tuple[str, ...]] = ("API_KEY", "API_URL", "LIST_ID", "WEBHOOK_SECRET")
    needed: ClassVar[tuple[str, ...]] = ("API_KEY", "LIST_ID")
    most_at_once = 500

    def __init__(self, settings: Mapping[str, str]) -> None:
        """The key ends with the data centre that it is for, and so gives the address."""
        key = settings.get("api_key", "").strip()
        centre = key.rpartition("-")[2]
        fits = re.fullmatch("[a-z]{2,4}[0-9]{1,4}", centre)
        if key and not fits and not settings.get("api_url"):
            raise SetupError("MAILCHIMP_API_KEY must end with its data centre, like -us6.")
        address = self.default_url.format(data_centre=centre or "us1")
        super().__init__({"api_url": address, **{k: v for k, v in settings.items() if v}})
        if not re.fullmatch("[0-9A-Za-z]{1,32}", self.list_id):
            raise SetupError(f"{self.setting('LIST_ID')} has letters and digits only.")

    def headers(self) -> dict[str, str]:
        """The key, as the password of Basic authentication."""
        pair = f"portal:{self.api_key}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The title and detail of a problem (RFC 7807)."""
        return answer.field("title"), answer.field("detail")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What is not the usual.

        A 403 without a body means too many connections at a time (page "API
        limits"). Somebody who was deleted for good, or left, can only come
        back by a form of Mailchimp's own.
        """
        if answer.status == HTTPStatus.FORBIDDEN and not answer.body:
            return Busy(words, answer.retry_after())
        if answer.status == HTTPStatus.BAD_REQUEST and answer.field("title") in COMPLIANCE:
            return Suppressed(
                f"{words} Only the person can change that, by a form that is Mailchimp's own."
            )
        if "lots of lists" in answer.field("detail") or "a lot of lists" in answer.field("detail"):
            return TryLater(words)
        return None

    def upsert(self, contact: Contact) -> Receipt:
        """Add the contact, or bring it up to date and subscribe it again.

        It is called only when somebody has just confirmed or changed their
        choices, so `status` may undo that they had left.
        """
        payload = {
            "email_address": contact.email,
            "status_if_new": "subscribed",
            "status": "subscribed",
            "merge_fields": merge_fields(contact),
        }
        path = f"{self._member(contact.email)}?skip_merge_validation=true"
        self.ask("PUT", path, payload)
        return Receipt()

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Do so with up to 500. Those that Mailchimp does not take are left for one by one."""
        members = [
            {
                "email_address": contact.email,
                "status": "subscribed",
                "merge_fields": merge_fields(contact),
            }
            for contact in contacts
        ]
        query = "skip_merge_validation=true"
        payload = {"members": members, "update_existing": True}
        self.ask("POST", f"/lists/{self.list_id}?{query}", payload)
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        """Mark the contact as somebody who left."""
        self.ask("PATCH", self._member(address), {"status": "unsubscribed"}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete the contact for good. Mailchimp then never takes the address by its API again."""
        path = f"{self._member(address)}/actions/delete-permanent"
        self.ask("POST", path, allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as Mailchimp holds it."""
        answer = self.ask("GET", self._member(address), allow=GONE)
        data = answer.data()
        if answer.status in GONE or text_of(data, "status") == "archived":
            return None
        if not text_of(data, "status"):
            raise TryLater(f"{self.name} answered {answer.status} in a way we cannot read.")
        return known(data, address)

    def everyone(self) -> Iterator[KnownContact]:
        """All members of the list, whatever their status."""
        offset = 0
        while True:
            query = urlencode({"count": PAGE, "offset": offset})
            data = self.ask("GET", f"/lists/{self.list_id}/members?{query}").data()
            rows = data.get("members") if isinstance(data, dict) else None
            rows = rows if isinstance(rows, list) else []
            yield from (known(row, "") for row in rows if isinstance(row, dict))
            if len(rows) < PAGE:
                return
            offset += PAGE

    def verify(self, call: HookCall) -> bool:
        """Whether the call has our secret in its address, or is signed with one of them."""
        return mailchimp_hooks.is_signed(self.secrets, call) or hook.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The one event in a call."""
        return [mailchimp_hooks.event(dict(hook.form(call)))]

    def check(self, site: Site) -> Iterator[Finding]:
        """Whether key, list, fields and webhook are right."""
        self.ask("GET", "/ping")
        yield Finding("The key works.")
        found = self.ask("GET", f"/lists/{self.list_id}", allow=GONE)
        if found.status in GONE:
            words = f"There is no audience {self.list_id}. Look at {self.setting('LIST_ID')}."
            yield Finding(words, ok=False)
            return
        yield Finding(f"Subscribers go into the audience “{found.field('name')}”.")
        missing = [name for name in FIELDS if name not in self._fields()]
        yield Finding(
            "Contacts have all that we keep of a choice."
            if not missing
            else f"Contacts lack {', '.join(missing)}. "
            "“flask providers hooks --install” adds them.",
            ok=not missing,
        )
        is_there = self._has_hook(site.events_url)
        yield Finding(
            "The webhook is there."
            if is_there
            else "The webhook is missing. “flask providers hooks --install” registers it.",
            ok=is_there,
        )

    def install_hooks(self, site: Site) -> Iterator[Finding]:
        """Register the webhook with our secret in its address, and add the fields we need."""
        there = self._fields()
        for tag, words in FIELDS.items():
            if tag not in there:
                payload = {"tag": tag, "name": words, "type": "text"}
                self.ask("POST", f"/lists/{self.list_id}/merge-fields", payload)
                yield Finding(f"Contacts have “{words}” now.")
        if self._has_hook(site.events_url):
            yield Finding("The webhook was there.")
            return
        wanted = dict.fromkeys(EVENTS_WANTED, True)
        events = dict.fromkeys(("subscribe", "profile", "upemail", "campaign"), False) | wanted
        url = hook.with_secret(site.events_url, self.secrets[0])
        sources = {"user": True, "admin": True, "api": False}  # what we did ourselves is no news
        payload_ = {"url": url, "events": events, "sources": sources}
        self.ask("POST", f"/lists/{self.list_id}/webhooks", payload_)
        yield Finding("The webhook is registered.")

    def _fields(self) -> set[str]:
        query = urlencode({"count": PAGE})
        data = self.ask("GET", f"/lists/{self.list_id}/merge-fields?{query}").data()
        found = data.get("merge_fields") if isinstance(data, dict) else None
        return {text_of(one, "tag") for one in found} if isinstance(found, list) else set()

    def _has_hook(self, url: str) -> bool:
        data = self.ask("GET", f"/lists/{self.list_id}/webhooks").data()
        hooks = data.get("webhooks") if isinstance(data, dict) else None
        found = [text_of(one, "url") for one in hooks] if isinstance(hooks, list) else []
        return any(one.partition("?")[0] == url for one in found)

    def _member(self, address: str) -> str:
        """Where Mailchimp keeps the contact: by the MD5 of the address in lower case."""
        name = hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
        return f"/lists/{self.list_id}/members/{name}"


COMPLIANCE = frozenset({"Forgotten Email Not Subscribed", "Member In Compliance State"})


def merge_fields(contact: Contact) -> dict[str, str]:
    """What Mailchimp keeps beside the address."""
    return {
        "TOPICS": ",".join(contact.topics),
        "FORMAT": contact.format,
        "FNAME": contact.name,
        "PREFS": contact.preferences_url,
    }


def known(data: Mapping[str, Any], address: str) -> KnownContact:
    """A member of the list."""
    fields = data.get("merge_fields")
    return KnownContact(
        email=text_of(data, "email_address") or address,
        subscribed=text_of(data, "status") == "subscribed",
        attributes=fields if isinstance(fields, dict) else {},
    )
