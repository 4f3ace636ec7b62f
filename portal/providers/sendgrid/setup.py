"""Whether a SendGrid account is set up rightly, and what of it the API can set up.

Facts are from SendGrid's descriptions of field definitions, lists and webhooks,
version 1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from portal.providers.parsed import rows, text_of
from portal.providers.sendgrid.adapter import SendGrid
from portal.providers.values import INSTALL, Finding, Site
from portal.providers.webhooks import calls

HOOKS = "/v3/user/webhooks/event/settings"
INBOUND = "/v3/user/webhooks/parse/settings"
GONE = (int(HTTPStatus.NOT_FOUND),)
# The events that we use, in the words of the settings, and those that are nobody's business.
WANTED = (
    "processed",
    "deferred",
    "delivered",
    "bounce",
    "dropped",
    "spam_report",
    "unsubscribe",
    "group_unsubscribe",
)
UNWANTED = ("open", "click")


def check(provider: SendGrid, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    missing = provider.missing_fields()
    yield Finding("The key works.")
    words = f"Look at “Sender Authentication” whether {site.sender} or its domain is verified."
    yield Finding(words, ok=None)
    if provider.list_id:
        yield _list(provider)
    yield Finding(
        f"Contacts lack the custom fields {', '.join(missing)}. {INSTALL}"
        if missing
        else "Contacts have all that we keep of a choice.",
        ok=not missing,
    )
    yield _events(provider, site.events_url)
    if site.inbound_domain:
        setting = _inbound_setting(provider, site)
        is_right = _names(text_of(setting, "url"), site.inbound_url)
        yield Finding(
            f"Mail to {site.inbound_domain} is handed on."
            if is_right
            else f"Mail to {site.inbound_domain} is not handed on. {INSTALL}",
            ok=is_right,
        )


def _list(provider: SendGrid) -> Finding:
    path = f"/v3/marketing/lists/{quote(provider.list_id, safe='')}"
    found = provider.ask("GET", path, allow=GONE)
    if found.status in GONE:
        words = f"There is no list {provider.list_id}. Look at {provider.setting('LIST_ID')}."
        return Finding(words, ok=False)
    return Finding(f"Subscribers go on the list “{found.field('name')}”.")


def _events(provider: SendGrid, url: str) -> Finding:
    found = _event_hook(provider, url)
    if found is None:
        return Finding(f"The webhook for events is missing. {INSTALL}", ok=False)
    if not _is_whole(found):
        words = f"The webhook for events is off, or tells too little or too much. {INSTALL}"
        return Finding(words, ok=False)
    if text_of(found, "public_key") not in provider.webhook_keys:
        words = f"{provider.setting('WEBHOOK_KEY')} is not the key of the webhook. "
        return Finding(words + "“flask providers hooks --install” shows it.", ok=False)
    return Finding("The webhook for events is there, and signed.")


def install(provider: SendGrid, site: Site) -> Iterator[Finding]:
    """Make what is missing; says what to put where. Raises TryLater or Refused."""
    secret = provider.secrets[0] if site.inbound_domain else ""
    for name in provider.missing_fields():
        payload = {"name": name, "field_type": "Text"}
        provider.ask("POST", "/v3/marketing/field_definitions", payload)
        yield Finding(f"Contacts have the custom field “{name}” now.")
    yield from _install_events(provider, site.events_url)
    if site.inbound_domain:
        yield _install_inbound(provider, site, secret)


def _install_events(provider: SendGrid, url: str) -> Iterator[Finding]:
    found = _event_hook(provider, url)
    name = text_of(found, "id")
    events = dict.fromkeys(WANTED, True) | dict.fromkeys(UNWANTED, False)
    payload = {"url": url, "enabled": True, **events}
    if found is None:
        payload["friendly_name"] = "Portal"
        name = provider.ask("POST", HOOKS, payload).identifier("id")
        yield Finding("The webhook for events is registered.")
    elif not _is_whole(found):
        provider.ask("PATCH", f"{HOOKS}/{quote(name, safe='')}", payload)
        yield Finding("The webhook for events is on now, with what we use.")
    else:
        yield Finding("The webhook for events was there.")
    key = text_of(found, "public_key")
    if not key:
        path = f"{HOOKS}/signed/{quote(name, safe='')}"
        key = provider.ask("PATCH", path, {"enabled": True}).field("public_key")
    if key not in provider.webhook_keys:
        yield Finding(f"Put this into .env: {provider.setting('WEBHOOK_KEY')}={key}")


def _install_inbound(provider: SendGrid, site: Site, secret: str) -> Finding:
    url = calls.with_password(site.inbound_url, secret)
    setting = _inbound_setting(provider, site)
    if text_of(setting, "url") == url:
        return Finding(f"Mail to {site.inbound_domain} was handed on before.")
    # The whole mail, as it was written: nothing is lost by somebody else's reading of it.
    payload = {"url": url, "spam_check": False, "send_raw": True}
    if setting:
        provider.ask("PATCH", f"{INBOUND}/{quote(site.inbound_domain, safe='')}", payload)
    else:
        provider.ask("POST", INBOUND, {"hostname": site.inbound_domain, **payload})
    return Finding(
        f"Mail to {site.inbound_domain} is handed on from now. "
        f"Its MX record must name mx.sendgrid.net."
    )


def _event_hook(provider: SendGrid, url: str) -> dict[str, Any] | None:
    found = rows(provider.ask("GET", f"{HOOKS}/all").data(), "webhooks")
    return next((one for one in found if text_of(one, "url") == url), None)


def _inbound_setting(provider: SendGrid, site: Site) -> dict[str, Any] | None:
    found = rows(provider.ask("GET", INBOUND).data(), "result")
    domain = site.inbound_domain.lower()
    return next((one for one in found if text_of(one, "hostname").lower() == domain), None)


def _is_whole(webhook: dict[str, Any]) -> bool:
    on = {name for name in ("enabled", *WANTED, *UNWANTED) if webhook.get(name) is True}
    return on == {"enabled", *WANTED}


def _names(url: str, ours: str) -> bool:
    """Whether an address is ours, with or without the secret in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" == ours
