"""Brevo: its account, and what of it the API can set up.

Facts are from Brevo's description of its API, version 3.0.0: "Senders", "Contacts", "Webhooks".
"""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any, ClassVar

from portal.addresses import address_key
from portal.providers.brevo.adapter import Brevo
from portal.providers.http.answer import Answer
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.setup import Setup
from portal.providers.values import Finding

# What each kind of webhook is to tell us.
WANTED = {
    "transactional": (
        *("sent", "delivered", "hardBounce", "softBounce"),
        *("blocked", "spam", "invalid", "deferred"),
    ),
    "marketing": ("hardBounce", "softBounce", "spam", "delivered", "unsubscribed"),
    "inbound": ("inboundEmailProcessed",),
}


class BrevoSetup(Setup[Brevo]):
    """Attributes, and a webhook of each kind, which shows our secret as a bearer token."""

    inbound = ""
    hook = "The webhook of the kind “{}”"
    watching = "opened", "uniqueOpened", "proxyOpen", "uniqueProxyOpen", "click"
    list_path = "/contacts/lists/{}"
    fields: ClassVar[dict[str, str]] = {
        name: name for name in ("TOPICS", "FORMAT", "NAME", "PREFERENCES_URL")
    }

    def check(self) -> Iterator[Finding]:
        yield from super().check()
        words = "Look whether opens and clicks are tracked: Brevo has no way to say so in a mail."
        yield Finding(words, ok=None)

    @cached_property
    def account(self) -> Answer:
        """The account that the key is for."""
        return self.provider.ask("GET", "/account")

    def key(self) -> str:
        return f"The key works. It is for the account “{self.account.field('companyName')}”."

    def campaigns(self) -> Iterator[Finding]:
        yield from super().campaigns()
        if any(text_of(one, "type") == "free" for one in rows(self.account.data(), "plan")):
            words = "Brevo's free plan sends 300 mails a day: an issue for more people stays there."
            yield Finding(words, ok=None)

    @cached_property
    def known_senders(self) -> Collection[str]:
        """The keys of the addresses that may send."""
        return {
            address_key(text_of(one, "email"))
            for one in self.provider.rows("/senders", "senders")
            if one.get("active") is True
        }

    def sender(self, sender: str) -> Iterator[Finding]:
        ok = address_key(sender) in self.known_senders
        yield self.may_send(sender, ok, "Add it in Brevo under “Senders”.")

    def known_fields(self) -> list[dict[str, Any]]:
        return self.provider.rows("/contacts/attributes", "attributes")

    def add_field(self, name: str) -> None:
        self.provider.ask("POST", f"/contacts/attributes/normal/{name}", {"type": "text"})

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in WANTED if kind != "inbound" or self.site.inbound_domain]

    def address(self, kind: str) -> str:
        return self.site.inbound_url if kind == "inbound" else self.site.events_url

    def hooks(self, kind: str) -> list[dict[str, Any]]:
        found = self.provider.rows(f"/webhooks?type={kind}", "webhooks")
        return [{**one, "type": kind} for one in found]  # some are listed as “transac”

    def shows(self, found: dict[str, Any], secrets: Collection[str]) -> bool:
        is_ours = text_of(found, "url") == self.address(found["type"])
        return is_ours and text_of(found.get("auth"), "token") in secrets

    def wanted_of(self, found: dict[str, Any]) -> Collection[str]:
        return WANTED[found["type"]]

    def told(self, found: dict[str, Any]) -> set[str]:
        """As we write them: “request” is the same as “sent”, and some are listed with an s."""
        names = {name.removesuffix("s") for name in super().told(found)}
        return {"sent" if name == "request" else name for name in names}

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        domain = {"domain": self.site.inbound_domain} if kind == "inbound" else {}
        return {
            "url": self.address(kind),
            "events": [*WANTED[kind]],
            "auth": {"type": "bearer", "token": secret},
            "description": "The portal",
            **domain,
        }

    def add_hook(self, kind: str, secret: str) -> dict[str, Any]:
        payload = {"type": kind, **self.wanted(kind, secret)}
        return object_of(self.provider.ask("POST", self.hooks_path, payload).data())
