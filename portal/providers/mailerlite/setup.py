"""MailerLite: its account, and the webhook.

Facts are from MailerLite's pages "Groups" and "Webhooks".
"""

from collections.abc import Iterator
from typing import Any

from portal.providers.mailerlite.adapter import MailerLite
from portal.providers.mailerlite.events import EVENTS
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.setup import Setup
from portal.providers.values import Finding


class MailerLiteSetup(Setup[MailerLite]):
    """One webhook, whose secret MailerLite makes and always shows."""

    inbound = ""
    place = "into the group"
    hook = "The webhook"
    hooks_name, secret_key = "data", "secret"
    on = "enabled", True
    events = (*EVENTS,)
    watching = "campaign.open", "campaign.click"
    makes_secret = True
    groups: list[dict[str, Any]]

    def key(self) -> str:
        self.groups = rows(self.provider.ask("GET", "/groups?limit=1000").data(), "data")
        return "The key works."

    def list_name(self) -> str | None:
        ours = self.provider.list_id
        names = [text_of(one, "name") for one in self.groups if str(one.get("id")) == ours]
        return names[0] if names else None

    def campaigns(self) -> Iterator[Finding]:
        yield from super().campaigns()
        words = f"See “Domains”: is that of {self.site.senders[0]} verified, for newsletters?"
        yield Finding(words, ok=None)

    def check_hooks(self) -> Iterator[Finding]:
        """What a person must see, and then the webhook."""
        words = "See “Fields”: are there the text fields topics, format and preferences_url?"
        yield Finding(words, ok=None)
        yield from super().check_hooks()

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        url, events = self.site.events_url, [*EVENTS]
        return {"name": "Portal", "url": url, "events": events, "enabled": True, "batchable": True}

    def add_hook(self, kind: str, secret: str) -> dict[str, Any]:
        return object_of(super().add_hook(kind, secret).get("data"))
