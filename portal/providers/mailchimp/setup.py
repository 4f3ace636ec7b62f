"""Mailchimp: its audience, and what of it the API can set up.

Facts are from Mailchimp's description of audiences, merge fields, webhooks and verified domains,
version 3.0.55.
"""

from collections.abc import Collection, Iterator
from typing import Any, ClassVar

from portal.providers.mailchimp.adapter import MERGE_FIELDS, Mailchimp
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.setup import Setup
from portal.providers.values import Finding
from portal.providers.webhooks import calls

WANTED = ("unsubscribe", "cleaned")
SOURCES = {"user": "what people do", "admin": "what the team does"}
UNWANTED = ("subscribe", "profile", "upemail", "campaign")


class MailchimpSetup(Setup[Mailchimp]):
    """Merge fields, and a webhook with our secret in its address."""

    inbound = ""
    place = "into the audience"
    list_path = "/lists/{}"
    mend_by = "PATCH"
    hook = "The webhook"
    hooks_name = "webhooks"
    events = (*WANTED, *SOURCES.values())
    field_key = "tag"
    fields: ClassVar[dict[str, str]] = dict(
        zip(MERGE_FIELDS, ("Topics", "Format", "Name", "Preferences link"), strict=True)
    )

    def key(self) -> str:
        self.provider.ask("GET", "/ping")
        return "The key works."

    def sending(self) -> Iterator[Finding]:
        """Whether newsletters may come from our first address; no other mail goes from here."""
        sender = self.site.senders[0]
        found = rows(self.provider.ask("GET", "/verified-domains").data(), "domains")
        verified = {text_of(one, "domain").lower() for one in found if one.get("verified") is True}
        ok = sender.partition("@")[2].lower() in verified
        yield self.may_send(sender, ok, "Verify its domain in Mailchimp under “Domains”.")

    def known_fields(self) -> list[dict[str, Any]]:
        return rows(self._ask("GET", "merge-fields?count=1000"), "merge_fields")

    def add_field(self, name: str) -> None:
        field = {"tag": name, "name": self.fields[name], "type": "text"}
        self._ask("POST", "merge-fields", field)

    @property
    def hooks_path(self) -> str:  # type: ignore[override]
        """Where the audience has its webhooks."""
        return f"/lists/{self.provider.list_id}/webhooks"

    def shows(self, found: dict[str, Any], secrets: Collection[str]) -> bool:
        ours = (calls.with_secret(self.site.events_url, one) for one in secrets)
        return text_of(found, "url") in ours

    def told(self, found: dict[str, Any]) -> set[str]:
        """What happens, and what of it: only what we did ourselves is no news to us."""
        events, sources = object_of(found.get("events")), object_of(found.get("sources"))
        told = {name for name in WANTED if events.get(name) is True}
        return told | {words for name, words in SOURCES.items() if sources.get(name) is True}

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        return {
            "url": calls.with_secret(self.site.events_url, secret),
            "events": dict.fromkeys(UNWANTED, False) | dict.fromkeys(WANTED, True),
            "sources": dict.fromkeys(SOURCES, True) | {"api": False},
        }

    def _ask(self, method: str, what: str, payload: Any = None) -> Any:
        path = f"/lists/{self.provider.list_id}/{what}"
        return self.provider.ask(method, path, payload).data()
