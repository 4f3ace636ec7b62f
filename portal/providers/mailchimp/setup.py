"""Mailchimp: its audience, and what of it the API can set up.

Facts are from Mailchimp's description of audiences, merge fields and webhooks,
version 3.0.55.
"""

from functools import cached_property
from typing import Any, ClassVar

from portal.providers.mailchimp.adapter import MERGE_FIELDS, Mailchimp
from portal.providers.parsed import rows, text_of
from portal.providers.setup import Setup
from portal.providers.webhooks import calls

WANTED = ("unsubscribe", "cleaned")
UNWANTED = ("subscribe", "profile", "upemail", "campaign")


class MailchimpSetup(Setup[Mailchimp]):
    """Merge fields, and a webhook with our secret in its address."""

    inbound = ""
    place = "into the audience"
    list_path = "/lists/{}"
    hook = "The webhook"
    field_key = "tag"
    fields: ClassVar[dict[str, str]] = dict(
        zip(MERGE_FIELDS, ("Topics", "Format", "Name", "Preferences link"), strict=True)
    )

    def key(self) -> str:
        self.provider.ask("GET", "/ping")
        return "The key works."

    def known_fields(self) -> list[dict[str, Any]]:
        return rows(self._ask("GET", "merge-fields?count=1000"), "merge_fields")

    def add_field(self, name: str) -> None:
        field = {"tag": name, "name": self.fields[name], "type": "text"}
        self._ask("POST", "merge-fields", field)

    @cached_property
    def found(self) -> dict[str, Any]:
        """The webhook with our address, whatever secret is in it."""
        hooks, ours = rows(self._ask("GET", "webhooks"), "webhooks"), self.site.events_url
        return next((one for one in hooks if text_of(one, "url").partition("?")[0] == ours), {})

    def add_hook(self, secret: str) -> dict[str, Any]:
        webhook: dict[str, Any] = {
            "url": calls.with_secret(self.site.events_url, secret),
            "events": dict.fromkeys(UNWANTED, False) | dict.fromkeys(WANTED, True),
            "sources": {"user": True, "admin": True, "api": False},  # what we did is no news to us
        }
        self._ask("POST", "webhooks", webhook)
        return webhook

    def _ask(self, method: str, what: str, payload: Any = None) -> Any:
        path = f"/lists/{self.provider.list_id}/{what}"
        return self.provider.ask(method, path, payload).data()
