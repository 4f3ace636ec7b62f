"""Mailchimp Transactional: its account, and what of it the API can set up.

Facts are from the description of its API, version 1.4.0: "Users", "Webhooks",
"Inbound". Its webhooks make their keys themselves and always show them.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from portal.addresses import address_key
from portal.providers.mandrill.adapter import Mandrill
from portal.providers.parsed import object_of, objects, text_of
from portal.providers.setup import Setup
from portal.providers.values import Finding

WANTED = (
    *("send", "delivered", "deferral", "hard_bounce", "soft_bounce"),
    *("spam", "unsub", "reject"),
)
ROUTE_KEY = "Look at “Inbound” for the key of that route, and add it to"


class MandrillSetup(Setup[Mandrill]):
    """A webhook, and a route for mail that comes in, each signed with a key of its own."""

    makes_secret = True
    signing_word, secret_key = "the key", "auth_key"
    events, watching = WANTED, ("open", "click")
    inbound = "Mail that comes in"

    def key(self) -> str:
        info = self.provider.call("/users/info")
        return f"The key works. It is for the account “{text_of(info, 'username')}”."

    def sender(self, sender: str) -> Iterator[Finding]:
        """What the API has no call for."""
        domain = sender.partition("@")[2]
        yield Finding(f"Look at “Sending domains” whether {domain} is verified.", ok=None)

    def hooks(self, kind: str) -> list[dict[str, Any]]:
        return objects(self.provider.call("/webhooks/list"))

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        url = self.site.events_url
        return {"url": url, "events": list(WANTED), "description": "The portal"}

    def add_hook(self, kind: str, secret: str) -> dict[str, Any]:
        return object_of(self.provider.call("/webhooks/add", **self.wanted(kind, secret)))

    def mend_hook(self, kind: str, found: dict[str, Any], secret: str) -> None:
        wanted = self.wanted(kind, secret)
        self.provider.call("/webhooks/update", id=found.get("id"), **wanted)

    def drop_hook(self, found: dict[str, Any]) -> None:
        self.provider.call("/webhooks/delete", id=found.get("id"))

    def show(self, secret: str) -> Finding:
        """The keys that we have, and the new one."""
        keys = " ".join([*self.provider.webhook_secrets, secret])
        return Finding(f"Put this into .env: {self.secret_setting}={keys}", ok=None)

    def check_inbound(self) -> Iterator[Finding]:
        """Whether mail comes to its servers, and is handed on."""
        if not self.domain:
            yield self._no_domain()
            return
        yield Finding.of(
            self.domain.get("valid_mx") is True,
            f"Mail to {self.site.inbound_domain} comes to {self.provider.title}.",
            f"The MX records of {self.site.inbound_domain} do not lead to "
            f"{self.provider.title} yet.",
        )
        yield from super().check_inbound()
        if self.is_handed_on():
            words = f"Look at “Inbound” whether the key of that route is in {self.secret_setting}."
            yield Finding(words, ok=None)

    def install_inbound(self, secret: str) -> Iterator[Finding]:
        if not self.domain:
            yield self._no_domain()
        elif self.is_handed_on():
            yield Finding("Mail that comes in was handed on.")
        else:
            route = {"domain": self.site.inbound_domain, "pattern": "*"}
            self.provider.call("/inbound/add-route", **route, url=self.site.inbound_url)
            yield Finding("Mail that comes in is handed on.")
            yield Finding(f"{ROUTE_KEY} {self.secret_setting}.", ok=None)

    @cached_property
    def domain(self) -> dict[str, Any]:
        found = objects(self.provider.call("/inbound/domains"))
        wanted = address_key(self.site.inbound_domain)
        return next((one for one in found if address_key(text_of(one, "domain")) == wanted), {})

    def _no_domain(self) -> Finding:
        words = f"Add the domain {self.site.inbound_domain} under “Inbound” first."
        return Finding(words, ok=False)

    def is_handed_on(self) -> bool:
        routes = objects(self.provider.call("/inbound/routes", domain=self.site.inbound_domain))
        return any(text_of(one, "url") == self.site.inbound_url for one in routes)
