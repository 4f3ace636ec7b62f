"""Mailjet: its account, and what of it the API can set up.

Facts are from Mailjet's description of its API, version 1.0.0: "Senders",
"Contacts", "Webhooks", "Parse API".
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from portal.providers.mailjet.adapter import Mailjet
from portal.providers.mailjet.contacts import first
from portal.providers.parsed import text_of
from portal.providers.setup import ATTRIBUTES, INSTALL, Setup
from portal.providers.values import Finding
from portal.providers.webhooks import calls

# Never that a mail was opened or a link followed.
WANTED = ("sent", "bounce", "blocked", "spam", "unsub")


class MailjetSetup(Setup[Mailjet]):
    """Contact properties, a webhook for each kind of event, and a route for mail that comes in.

    Their addresses have our secret as the password.
    """

    inbound = "Mail that comes in"
    field_key = "Name"
    fields = ATTRIBUTES

    def key(self) -> str:
        self.provider.ask("GET", "/v3/REST/sender?Limit=1")
        return "The keys work."

    def sender(self) -> Iterator[Finding]:
        """Whether the address itself, or all of its domain, is validated; and a list is set."""
        sender = self.site.sender
        ours = {sender.lower(), f"*@{sender.partition('@')[2]}".lower()}
        yield Finding.of(
            any(
                text_of(one, "Email").lower() in ours and text_of(one, "Status") == "Active"
                for one in self.provider.pages("sender")
            ),
            f"{sender} may send.",
            f"{sender} may not send yet. Validate it in Mailjet under “Senders”.",
        )
        if not self.provider.list_id:
            words = f"{self.list_setting} is not set. Without a list Mailjet takes no contacts."
            yield Finding(words, ok=None)

    def list_name(self) -> str | None:
        lists, ours = self.provider.pages("contactslist"), self.provider.list_id
        return next((text_of(one, "Name") for one in lists if str(one.get("ID")) == ours), None)

    def known_fields(self) -> Iterator[dict[str, Any]]:
        return self.provider.pages("contactmetadata")

    def add_field(self, name: str) -> None:
        field = {"Name": name, "Datatype": "str", "NameSpace": "static"}
        self.provider.ask("POST", "/v3/REST/contactmetadata", field)

    def check_hooks(self) -> Iterator[Finding]:
        there = self._hooks()
        lacking = [name for name in WANTED if not self._is_ours(there.get(name))]
        yield Finding.of(
            not lacking,
            "The webhooks for events are there.",
            f"Webhooks are missing for: {', '.join(lacking)}. {INSTALL}",
        )

    def install_hooks(self, secret: str) -> Iterator[Finding]:
        url, there = calls.with_password(self.site.events_url, secret), self._hooks()
        for name in WANTED:
            if self._is_ours(there.get(name)):
                yield Finding(f"The webhook for “{name}” was there.")
            elif name in there:  # there can be one of a kind, and it may be somebody else's
                words = f"Another webhook for “{name}” stands in the way. Remove it."
                yield Finding(words, ok=False)
            else:
                callback = {"EventType": name, "Url": url, "Status": "alive", "Version": 2}
                self.provider.ask("POST", "/v3/REST/eventcallbackurl", callback)
                yield Finding(f"The webhook for “{name}” is registered.")

    def _hooks(self) -> dict[str, str]:
        """The address that each kind of event is told to."""
        found = self.provider.pages("eventcallbackurl")
        return {text_of(one, "EventType"): text_of(one, "Url") for one in found}

    def _is_ours(self, url: str | None, ours: str = "") -> bool:
        """Whether the address leads to us, with a secret that we know."""
        ours = ours or self.site.events_url
        known = self.provider.webhook_secrets
        ways = (calls.with_password, calls.with_secret)
        return url in {way(ours, one) for way in ways for one in known}

    def is_handed_on(self) -> bool:
        return bool(self.route)

    @cached_property
    def route(self) -> dict[str, Any]:
        routes, ours = self.provider.pages("parseroute"), self.site.inbound_url
        return next((one for one in routes if self._is_ours(text_of(one, "Url"), ours)), {})

    def install_inbound(self, secret: str) -> Iterator[Finding]:
        """Add the parse route; its address at Mailjet is what mail must be forwarded to."""
        route = self.route
        if not route:
            url = calls.with_password(self.site.inbound_url, secret)
            made = self.provider.ask("POST", "/v3/REST/parseroute", {"Url": url})
            route = first(made.data(), "Data")
        words = f"Let mail for {self.site.inbound_domain} go to {text_of(route, 'Email')}."
        yield Finding(words, ok=None)
