"""Resend: its account, and what of it the API can set up.

Facts are from Resend's description of its API, version 1.5.0: "Segments",
"Contact Properties", "Webhooks".
"""

from collections.abc import Iterator
from typing import Any

from portal.providers.parsed import text_of
from portal.providers.resend.adapter import Resend
from portal.providers.resend.events import WANTED
from portal.providers.setup import ATTRIBUTES, Setup
from portal.providers.values import Finding


class ResendSetup(Setup[Resend]):
    """Contact properties, and one webhook, whose secret Resend makes."""

    look_at = (
        "Look at “Domains” whether the domain of {} is verified, "
        "and whether it tracks neither opens nor clicks."
    )
    inbound = ""
    place = "into the segment"
    list_path = "/segments/{}"
    hook = "The webhook"
    hook_key = "endpoint"
    on = "status", "enabled"
    field_key = "key"
    events = WANTED
    watching = "email.opened", "email.clicked"
    makes_secret = True
    fields = ATTRIBUTES

    def key(self) -> str:
        _ = self.missing
        return "The key works."

    def sending(self) -> Iterator[Finding]:
        yield from super().sending()
        if self.site.inbound_domain:
            words = f"Look at “Domains” whether {self.site.inbound_domain} receives mail."
            yield Finding(words, ok=None)

    def known_fields(self) -> Iterator[dict[str, Any]]:
        return self.provider.pages("/contact-properties")

    def add_field(self, name: str) -> None:
        self.provider.ask("POST", "/contact-properties", {"key": name, "type": "string"})

    def hooks(self, kind: str) -> Iterator[dict[str, Any]]:
        return self.provider.pages("/webhooks")

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        return {"endpoint": self.site.events_url, "events": list(WANTED)}

    def mend_hook(self, kind: str, found: dict[str, Any], secret: str) -> None:
        payload = {**self.wanted(kind, secret), "status": "enabled"}
        self.provider.ask("PATCH", self.path_of(found), payload)

    def secret_of(self, found: dict[str, Any]) -> str:
        """What it is signed with. The list of webhooks leaves it out; a new one comes with it."""
        made = text_of(found, "signing_secret")
        return made or self.provider.ask("GET", self.path_of(found)).field("signing_secret")
