"""Whether a Postmark server is set up rightly, and what of it the API can set up.

Facts are from Postmark's description of webhooks and of the server, version
1.0.0, with what its Python library adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.providers.http.answer import Answer
from portal.providers.parsed import rows, text_of
from portal.providers.postmark.adapter import STREAM, Postmark
from portal.providers.values import INSTALL, Finding, Site
from portal.providers.webhooks import calls

WATCHING = {"Open": {"Enabled": False}, "Click": {"Enabled": False}}
TRIGGERS = {
    "Delivery": {"Enabled": True},
    "Bounce": {"Enabled": True, "IncludeContent": False},
    "SpamComplaint": {"Enabled": True, "IncludeContent": False},
    "SubscriptionChange": {"Enabled": True},
    **WATCHING,
}


def check(provider: Postmark, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    server = provider.ask("GET", "/server")
    yield Finding(f"The key works. It is for the server “{server.field('Name')}”.")
    yield Finding(
        f"Look at “Sender Signatures” whether {site.sender} is confirmed: "
        "a token of a server cannot ask.",
        ok=None,
    )
    found = _find_hook(provider, site)
    if found is None:
        yield Finding(f"The webhook for events is missing. {INSTALL}", ok=False)
    else:
        yield Finding.of(
            _is_right(provider, found),
            "The webhook for events is there.",
            "The webhook for events has another password, or tells too little or too much. "
            f"{INSTALL}",
        )
    if site.inbound_domain:
        yield Finding.of(
            _hands_on(provider, server, site),
            f"Mail to {site.inbound_domain} is handed on.",
            f"Mail to {site.inbound_domain} is not handed on. {INSTALL}",
        )


def install(provider: Postmark, site: Site) -> Iterator[Finding]:
    """Register what is missing, with our secret as the password."""
    secret = provider.secrets[0]
    auth = {"Username": "portal", "Password": secret}
    payload = {"Url": site.events_url, "HttpAuth": auth, "Triggers": TRIGGERS}
    found = _find_hook(provider, site)
    if found is None:
        provider.ask("POST", "/webhooks", {**payload, "MessageStream": STREAM})
        yield Finding("The webhook for events is registered.")
    elif _is_right(provider, found):
        yield Finding("The webhook for events was there.")
    else:
        provider.ask("PUT", f"/webhooks/{found.get('ID')}", payload)
        yield Finding("The webhook for events is right now.")
    if site.inbound_domain:
        url = calls.with_password(site.inbound_url, secret)
        inbound = {"InboundHookUrl": url, "InboundDomain": site.inbound_domain}
        provider.ask("PUT", "/server", inbound)
        yield Finding(f"Mail to {site.inbound_domain} is handed on from now.")


def _find_hook(provider: Postmark, site: Site) -> dict[str, Any] | None:
    data = provider.ask("GET", f"/webhooks?MessageStream={STREAM}").data()
    found = rows(data, "Webhooks")
    return next((one for one in found if text_of(one, "Url") == site.events_url), None)


def _is_right(provider: Postmark, found: dict[str, Any]) -> bool:
    """Whether a webhook has our password, and tells what we use and nothing of opens and clicks."""
    triggers = found.get("Triggers")
    triggers = triggers if isinstance(triggers, dict) else {}
    on = {name for name, one in triggers.items() if isinstance(one, dict) and one.get("Enabled")}
    is_ours = text_of(found.get("HttpAuth"), "Password") in provider.webhook_secrets
    return is_ours and on == {*TRIGGERS} - {*WATCHING}


def _hands_on(provider: Postmark, server: Answer, site: Site) -> bool:
    """Whether mail that comes in goes to our hook, with our password."""
    addresses = [calls.with_password(site.inbound_url, one) for one in provider.webhook_secrets]
    is_here = server.field("InboundDomain").lower() == site.inbound_domain.lower()
    return is_here and server.field("InboundHookUrl") in addresses
