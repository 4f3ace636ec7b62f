"""Mailjet: its account, and what of it the API can set up.

Facts are from Mailjet's description of its API, version 1.0.0: "Senders",
"Contacts", "Webhooks", "Parse API"; how one is changed, from the pages of its
reference of the same names ("PUT /eventcallbackurl/{url_ID}").
"""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from portal.addresses import address_key
from portal.providers.mailjet.adapter import Mailjet
from portal.providers.mailjet.contacts import first
from portal.providers.parsed import text_of
from portal.providers.setup import ATTRIBUTES, INSTALL, Setup
from portal.providers.values import Finding
from portal.providers.webhooks import calls

WANTED = ("sent", "bounce", "blocked", "spam", "unsub")
WATCHING = ("open", "click")


class MailjetSetup(Setup[Mailjet]):
    """Contact properties, a webhook for each kind of event, and a route for mail that comes in.

    Their addresses have our secret as the password.
    """

    inbound = "Mail that comes in"
    hook = "The webhook for “{}”"
    hook_key, hook_id = "Url", "ID"
    on = "Status", "alive"
    hooks_path = "/v3/REST/eventcallbackurl"
    field_key = "Name"
    fields = ATTRIBUTES

    def key(self) -> str:
        self.provider.ask("GET", "/v3/REST/sender?Limit=1")
        return "The keys work."

    @cached_property
    def known_senders(self) -> Collection[str]:
        """The keys of the addresses, and of `*@` domains, that may send."""
        return {
            address_key(text_of(one, "Email"))
            for one in self.provider.pages("sender")
            if text_of(one, "Status") == "Active"
        }

    def sender(self, sender: str) -> Iterator[Finding]:
        """Whether the address itself, or all of its domain, is validated."""
        ours = (address_key(one) for one in (sender, f"*@{sender.partition('@')[2]}"))
        ok = any(one in self.known_senders for one in ours)
        yield self.may_send(sender, ok, "Validate it in Mailjet under “Senders”.")

    def sending(self) -> Iterator[Finding]:
        """Whether each address may send, and a list is set."""
        yield from super().sending()
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

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in WANTED if kind not in self._in_the_way]

    @property
    def _in_the_way(self) -> list[str]:
        """There can be one of a kind, and it may be somebody else's."""
        return [kind for kind in WANTED if self.hooks(kind) and not self.ours(kind)]

    def check_hooks(self) -> Iterator[Finding]:
        yield from super().check_hooks()
        yield from self._others()
        for kind in filter(self.ours, WATCHING):
            words = f"{self.hook.format(kind)} tells what is nobody's business. {INSTALL}"
            yield Finding(words, ok=False)

    def install_hooks(self, secret: str) -> Iterator[Finding]:
        yield from super().install_hooks(secret)
        yield from self._others()
        for kind in filter(self.ours, WATCHING):
            for one in self.ours(kind):
                self.drop_hook(one)
            yield Finding(f"{self.hook.format(kind)} is removed.")

    def _others(self) -> Iterator[Finding]:
        for kind in self._in_the_way:
            words = f"Another webhook for “{kind}” stands in the way. Remove it."
            yield Finding(words, ok=False)

    def hooks(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self._callbacks if text_of(one, "EventType") == kind]

    @cached_property
    def _callbacks(self) -> list[dict[str, Any]]:
        found = self.provider.pages("eventcallbackurl")
        return [one for one in found if one.get("IsBackup") is not True]

    def shows(self, found: dict[str, Any], secrets: Collection[str]) -> bool:
        return self._leads_to(self.site.events_url, found, secrets)

    def _leads_to(self, ours: str, found: dict[str, Any], secrets: Collection[str]) -> bool:
        ways = (calls.with_password, calls.with_secret)
        return text_of(found, "Url") in {way(ours, one) for way in ways for one in secrets}

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        url = calls.with_password(self.site.events_url, secret)
        return {"EventType": kind, "Url": url, "Status": "alive", "Version": 2}

    def is_handed_on(self) -> bool:
        known = self.provider.webhook_secrets
        return self._leads_to(self.site.inbound_url, self._route(), known)

    def _route(self) -> dict[str, Any]:
        routes, ours = self.provider.pages("parseroute"), self.site.inbound_url
        return next((one for one in routes if calls.bare(text_of(one, "Url")) == ours), {})

    def install_inbound(self, secret: str) -> Iterator[Finding]:
        """Add or mend the parse route; its address is what mail must be forwarded to."""
        route, url = self._route(), calls.with_password(self.site.inbound_url, secret)
        if not route:
            made = self.provider.ask("POST", "/v3/REST/parseroute", {"Url": url})
            route = first(made.data(), "Data")
        elif not self._leads_to(self.site.inbound_url, route, [secret]):
            self.provider.ask("PUT", f"/v3/REST/parseroute/{route.get('ID')}", {"Url": url})
        words = f"Let mail for {self.site.inbound_domain} go to {text_of(route, 'Email')}."
        yield Finding(words, ok=None)
