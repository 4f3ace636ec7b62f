"""Postmark: its server, and what of it the API can set up.

Facts are from Postmark's description of its API, version 1.0.0 ("Server
Configuration API"), with what its Python library adds of webhooks.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from portal.addresses import address_key
from portal.providers.http.answer import Answer
from portal.providers.http.provider import quoted
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.postmark.adapter import Postmark
from portal.providers.postmark.payload import STREAM
from portal.providers.setup import Setup
from portal.providers.values import Finding
from portal.providers.webhooks import calls

WATCHING = {"Open": {"Enabled": False}, "Click": {"Enabled": False}}
TRIGGERS = {
    "Delivery": {"Enabled": True},
    "Bounce": {"Enabled": True, "IncludeContent": False},
    "SpamComplaint": {"Enabled": True, "IncludeContent": False},
    "SubscriptionChange": {"Enabled": True},
    **WATCHING,
}


class PostmarkSetup(Setup[Postmark]):
    """A webhook with our secret as its password; mail that comes in is a setting of the server."""

    look_at = "Look at “Sender Signatures” whether {} is confirmed: a token of a server cannot ask."
    hook = "The webhook for the stream “{}”"
    hook_key, hook_id, hooks_name = "Url", "ID", "Webhooks"
    watching = (*WATCHING,)
    events = tuple(name for name in TRIGGERS if name not in WATCHING)
    server: Answer

    def key(self) -> str:
        self.server = self.provider.ask("GET", "/server")
        return f"The key works. It is for the server “{self.server.field('Name')}”."

    @property
    def kinds(self) -> Sequence[str]:
        """Each stream has its own."""
        return (STREAM, self.provider.stream)

    def hooks(self, kind: str) -> list[dict[str, Any]]:
        answer = self.provider.ask("GET", f"/webhooks?MessageStream={quoted(kind)}")
        return rows(answer.data(), self.hooks_name)

    def shows(self, found: dict[str, Any], secrets: Collection[str]) -> bool:
        return (
            super().shows(found, secrets) and text_of(found.get("HttpAuth"), "Password") in secrets
        )

    def told(self, found: dict[str, Any]) -> set[str]:
        triggers = object_of(found.get("Triggers"))
        return {name for name, one in triggers.items() if object_of(one).get("Enabled")}

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        return {
            "Url": self.site.events_url,
            "HttpAuth": {"Username": "portal", "Password": secret},
            "Triggers": TRIGGERS,
            "MessageStream": kind,
        }

    def is_handed_on(self) -> bool:
        known = self.provider.webhook_secrets
        addresses = [calls.with_password(self.site.inbound_url, one) for one in known]
        domain = self.server.field("InboundDomain")
        is_here = address_key(domain) == address_key(self.site.inbound_domain)
        is_whole = object_of(self.server.data()).get("RawEmailEnabled") is True
        return is_here and is_whole and self.server.field("InboundHookUrl") in addresses

    def install_inbound(self, secret: str) -> Iterator[Finding]:
        url = calls.with_password(self.site.inbound_url, secret)
        inbound = {"InboundHookUrl": url, "InboundDomain": self.site.inbound_domain}
        self.provider.ask("PUT", "/server", inbound | {"RawEmailEnabled": True})
        yield Finding(f"{self.mail_in} is handed on from now.")
