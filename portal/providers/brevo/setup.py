"""Brevo: its account, and what of it the API can set up.

Facts are from Brevo's description of its API, version 3.0.0: "Senders", "Contacts", "Webhooks".
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from portal.providers.brevo.adapter import Brevo
from portal.providers.parsed import text_of
from portal.providers.setup import INSTALL, Setup
from portal.providers.values import Finding

# What each kind of webhook is to tell us: never that a mail was opened or a link followed.
WANTED = {
    "transactional": (
        *("sent", "delivered", "hardBounce", "softBounce"),
        *("blocked", "spam", "invalid", "deferred"),
    ),
    "marketing": ("hardBounce", "softBounce", "spam", "delivered", "unsubscribed"),
}


class BrevoSetup(Setup[Brevo]):
    """Attributes, and a webhook of each kind, which shows our secret as a bearer token."""

    inbound = ""
    list_path = "/contacts/lists/{}"
    fields: ClassVar[dict[str, str]] = {
        name: name for name in ("TOPICS", "FORMAT", "NAME", "PREFERENCES_URL")
    }

    def check(self) -> Iterator[Finding]:
        yield from super().check()
        words = "Look whether opens and clicks are tracked: Brevo has no way to say so in a mail."
        yield Finding(words, ok=None)

    def key(self) -> str:
        account = self.provider.ask("GET", "/account")
        return f"The key works. It is for the account “{account.field('companyName')}”."

    def sender(self) -> Iterator[Finding]:
        sender = self.site.sender
        yield Finding.of(
            any(
                text_of(one, "email").lower() == sender.lower() and one.get("active") is True
                for one in self.provider.rows("/senders", "senders")
            ),
            f"{sender} may send.",
            f"{sender} may not send yet. Add it in Brevo under “Senders”.",
        )

    def known_fields(self) -> list[dict[str, Any]]:
        return self.provider.rows("/contacts/attributes", "attributes")

    def add_field(self, name: str) -> None:
        self.provider.ask("POST", f"/contacts/attributes/normal/{name}", {"type": "text"})

    def check_hooks(self) -> Iterator[Finding]:
        lacking = [kind for kind in self.kinds if kind not in self.there]
        yield Finding.of(
            not lacking,
            "The webhooks are there.",
            f"Webhooks are missing: {', '.join(lacking)}. {INSTALL}",
        )

    def install_hooks(self, secret: str) -> Iterator[Finding]:
        auth = {"type": "bearer", "token": secret}
        for kind in self.kinds:
            if kind in self.there:
                yield Finding(f"The webhook of the kind “{kind}” was there.")
                continue
            payload: dict[str, Any] = {"type": kind, "description": "The portal", "auth": auth}
            if kind == "inbound":
                payload |= {"url": self.site.inbound_url, "domain": self.site.inbound_domain}
                payload["events"] = ["inboundEmailProcessed"]
            else:
                payload |= {"url": self.site.events_url, "events": list(WANTED[kind])}
            self.provider.ask("POST", "/webhooks", payload)
            yield Finding(f"The webhook of the kind “{kind}” is registered.")

    @property
    def kinds(self) -> list[str]:
        return [*WANTED, *(["inbound"] if self.site.inbound_domain else [])]

    @cached_property
    def there(self) -> set[str]:
        ours = {self.site.events_url, self.site.inbound_url}
        return {
            kind
            for kind in self.kinds
            for one in self.provider.rows(f"/webhooks?type={kind}", "webhooks")
            if text_of(one, "url") in ours
        }
