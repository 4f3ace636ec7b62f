"""MailerLite: its account, and the webhook.

Facts are from MailerLite's pages "Groups" and "Webhooks".
"""

from collections.abc import Iterator
from typing import Any

from portal.providers.http.provider import quoted
from portal.providers.mailerlite.adapter import MailerLite
from portal.providers.mailerlite.events import EVENTS
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.setup import INSTALL, SHOWS, Setup
from portal.providers.values import Finding


class MailerLiteSetup(Setup[MailerLite]):
    """One webhook, whose secret MailerLite makes and always shows."""

    inbound = ""
    place = "into the group"
    hook = "The webhook"
    makes_secret = True
    groups: list[dict[str, Any]]

    def key(self) -> str:
        self.groups = rows(self.provider.ask("GET", "/groups?limit=1000").data(), "data")
        return "The key works."

    def list_name(self) -> str | None:
        ours = self.provider.list_id
        names = [text_of(one, "name") for one in self.groups if str(one.get("id")) == ours]
        return names[0] if names else None

    def check_hooks(self) -> Iterator[Finding]:
        """What a person must see, whether the webhook is on, and whether we have its secret."""
        words = "See “Fields”: are there the text fields topics, format and preferences_url?"
        yield Finding(words, ok=None)
        is_whole = self.is_whole(self.found)
        yield Finding.of(
            is_whole, f"{self.hook} is there.", f"{self.hook} is missing, or off. {INSTALL}"
        )
        if is_whole:
            yield Finding.of(
                self.secret_of(self.found) in self.known_secrets(),
                f"{self.secret_setting} is that of the webhook.",
                f"{self.secret_setting} is not that of the webhook. {SHOWS}",
            )

    def hooks(self) -> list[dict[str, Any]]:
        return rows(self.provider.ask("GET", "/webhooks").data(), "data")

    def is_whole(self, found: dict[str, Any]) -> bool:
        """Whether it is on, and tells what we use and nothing else."""
        events = found.get("events")
        told = {str(one) for one in events} if isinstance(events, list) else set()
        return found.get("enabled") is True and told == {*EVENTS}

    @property
    def wanted(self) -> dict[str, Any]:
        events = [*EVENTS]
        return {"url": self.site.events_url, "events": events, "enabled": True, "batchable": True}

    def add_hook(self, secret: str) -> dict[str, Any]:
        answer = self.provider.ask("POST", "/webhooks", {"name": "Portal", **self.wanted})
        return object_of(object_of(answer.data()).get("data"))

    def mend_hook(self, found: dict[str, Any], secret: str) -> None:
        self.provider.ask("PUT", f"/webhooks/{quoted(text_of(found, 'id'))}", self.wanted)

    def secret_of(self, found: dict[str, Any]) -> str:
        return text_of(found, "secret")
