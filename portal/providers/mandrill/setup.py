"""Whether a Mailchimp Transactional account is set up rightly, and what of it the API can set up.

Facts are from the description of users, webhooks and inbound routes, version
1.4.0. Its webhooks make their keys themselves and always show them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.providers.mandrill.adapter import Mandrill
from portal.providers.parsed import text_of
from portal.providers.values import INSTALL, Finding, Site

# What the webhook is to tell us: never that a mail was opened or a link followed.
WANTED = (
    *("send", "delivered", "deferral", "hard_bounce", "soft_bounce"),
    *("spam", "unsub", "reject"),
)
ROUTE_KEY = "Look at “Inbound” for the key of that route, and add it to"


def check(provider: Mandrill, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    info = provider.call("/users/info")
    yield Finding(f"The key works. It is for the account “{text_of(info, 'username')}”.")
    domain = site.sender.partition("@")[2]
    yield Finding(f"Look at “Sending domains” whether {domain} is verified.", ok=None)
    webhook = _webhook(provider, site)
    yield Finding.of(
        _tells_enough(webhook),
        "The webhook for events is there.",
        f"The webhook for events is missing, or tells too little. {INSTALL}",
    )
    if webhook and not _has_key(provider, webhook):
        lack = f"{provider.setting('WEBHOOK_SECRET')} is not complete: a webhook's key is missing."
        yield Finding(f"{lack} {_key(provider, webhook)}", ok=False)
    if site.inbound_domain:
        yield from _check_inbound(provider, site)


def _check_inbound(provider: Mandrill, site: Site) -> Iterator[Finding]:
    domain = _domain(provider, site)
    if not domain:
        yield _no_domain(site)
        return
    yield Finding.of(
        domain.get("valid_mx") is True,
        f"Mail to {site.inbound_domain} comes to {provider.title}.",
        f"The MX records of {site.inbound_domain} do not lead to {provider.title} yet.",
    )
    yield Finding.of(
        _has_route(provider, site),
        "Mail that comes in is handed on.",
        f"Mail that comes in is not handed on. {INSTALL}",
    )


def install(provider: Mandrill, site: Site) -> Iterator[Finding]:
    """Register the webhook, and the route of mail that comes in."""
    webhook = _webhook(provider, site)
    wanted = {"url": site.events_url, "events": list(WANTED), "description": "The portal"}
    if not webhook:
        webhook = _object(provider.call("/webhooks/add", **wanted))
        yield Finding("The webhook for events is registered.")
    elif not _tells_enough(webhook):
        provider.call("/webhooks/update", id=webhook.get("id"), **wanted)
        yield Finding("The webhook for events tells all that it should now.")
    else:
        yield Finding("The webhook for events was there.")
    if not _has_key(provider, webhook):
        yield Finding(_key(provider, webhook), ok=None)
    if site.inbound_domain:
        yield from _install_route(provider, site)


def _install_route(provider: Mandrill, site: Site) -> Iterator[Finding]:
    if not _domain(provider, site):
        yield _no_domain(site)
        return
    if _has_route(provider, site):
        yield Finding("Mail that comes in was handed on.")
        return
    provider.call(
        "/inbound/add-route", domain=site.inbound_domain, pattern="*", url=site.inbound_url
    )
    yield Finding("Mail that comes in is handed on.")
    yield Finding(f"{ROUTE_KEY} {provider.setting('WEBHOOK_SECRET')}.", ok=None)


def _no_domain(site: Site) -> Finding:
    return Finding(f"Add the domain {site.inbound_domain} under “Inbound” first.", ok=False)


def _webhook(provider: Mandrill, site: Site) -> dict[str, Any]:
    found = _objects(provider.call("/webhooks/list"))
    return next((one for one in found if text_of(one, "url") == site.events_url), {})


def _tells_enough(webhook: dict[str, Any]) -> bool:
    events = webhook.get("events")
    return isinstance(events, list) and all(name in events for name in WANTED)


def _has_key(provider: Mandrill, webhook: dict[str, Any]) -> bool:
    return text_of(webhook, "auth_key") in provider.webhook_secrets


def _key(provider: Mandrill, webhook: dict[str, Any]) -> str:
    keys = " ".join([*provider.webhook_secrets, text_of(webhook, "auth_key")])
    return f"Put this into .env: {provider.setting('WEBHOOK_SECRET')}={keys}"


def _domain(provider: Mandrill, site: Site) -> dict[str, Any]:
    found = _objects(provider.call("/inbound/domains"))
    wanted = site.inbound_domain.lower()
    return next((one for one in found if text_of(one, "domain").lower() == wanted), {})


def _has_route(provider: Mandrill, site: Site) -> bool:
    routes = _objects(provider.call("/inbound/routes", domain=site.inbound_domain))
    return any(text_of(one, "url") == site.inbound_url for one in routes)


def _objects(data: Any) -> list[dict[str, Any]]:
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _object(data: Any) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}
