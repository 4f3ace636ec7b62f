"""Whether a Resend account is set up rightly, and what of it the API can set up.

Facts are from Resend's description of segments, contact properties and
webhooks, version 1.5.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from portal.providers.parsed import text_of
from portal.providers.resend.adapter import Resend
from portal.providers.resend.events import WANTED
from portal.providers.values import INSTALL, Finding, Site

PROPERTIES = ("topics", "format", "name", "preferences_url")
WATCHING = {"email.opened", "email.clicked"}
GONE = (int(HTTPStatus.NOT_FOUND),)


def check(provider: Resend, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    hook = _find_hook(provider, site)
    yield Finding("The key works.")
    yield from _look_at_domains(site)
    if provider.list_id:
        path = f"/segments/{quote(provider.list_id, safe='')}"
        found = provider.ask("GET", path, allow=GONE)
        yield Finding.of(
            found.status not in GONE,
            f"Subscribers go into the segment “{found.field('name')}”.",
            f"There is no segment {provider.list_id}. Look at {provider.setting('LIST_ID')}.",
        )
    missing = _missing(provider)
    yield Finding.of(
        not missing,
        "Contacts have all that we keep of a choice.",
        f"Contacts lack {', '.join(missing)}. {INSTALL}",
    )
    yield _judge(provider, hook)


def _look_at_domains(site: Site) -> Iterator[Finding]:
    """What the description has no call for."""
    yield Finding(
        f"Look at “Domains” whether the domain of {site.sender} is verified, "
        "and whether it tracks neither opens nor clicks.",
        ok=None,
    )
    if site.inbound_domain:
        words = f"Look at “Domains” whether {site.inbound_domain} receives mail."
        yield Finding(words, ok=None)


def _judge(provider: Resend, hook: dict[str, Any] | None) -> Finding:
    if hook is None:
        return Finding(f"The webhook is missing. {INSTALL}", ok=False)
    if not _is_whole(hook):
        words = f"The webhook is off, or tells too little or too much. {INSTALL}"
        return Finding(words, ok=False)
    if _secret(provider, hook) not in provider.webhook_secrets:
        words = f"{provider.setting('WEBHOOK_SECRET')} is not the secret of the webhook. "
        return Finding(words + "“flask providers hooks --install” shows it.", ok=False)
    return Finding("The webhook is there, and signed.")


def install(provider: Resend, site: Site) -> Iterator[Finding]:
    """Register the webhook, and the properties that contacts need."""
    for name in _missing(provider):
        provider.ask("POST", "/contact-properties", {"key": name, "type": "string"})
        yield Finding(f"Contacts have “{name}” now.")
    hook = _find_hook(provider, site)
    payload = {"endpoint": site.events_url, "events": list(WANTED)}
    if hook is None:
        secret = provider.ask("POST", "/webhooks", payload).field("signing_secret")
        yield Finding("The webhook is registered.")
    else:
        secret = _secret(provider, hook)
        if _is_whole(hook):
            yield Finding("The webhook was there.")
        else:
            provider.ask("PATCH", _path(hook), {**payload, "status": "enabled"})
            yield Finding("The webhook is on now, with what we use.")
    if secret not in provider.webhook_secrets:
        yield Finding(f"Put this into .env: {provider.setting('WEBHOOK_SECRET')}={secret}")


def _find_hook(provider: Resend, site: Site) -> dict[str, Any] | None:
    hooks = provider.pages("/webhooks")
    return next((one for one in hooks if text_of(one, "endpoint") == site.events_url), None)


def _is_whole(hook: dict[str, Any]) -> bool:
    """Whether a webhook tells all that we use, and nothing of opens and clicks."""
    found = hook.get("events")
    events = {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
    return text_of(hook, "status") == "enabled" and {*WANTED} <= events and not events & WATCHING


def _secret(provider: Resend, hook: dict[str, Any]) -> str:
    """What the webhook is signed with; the list of webhooks leaves it out."""
    return provider.ask("GET", _path(hook)).field("signing_secret")


def _path(hook: dict[str, Any]) -> str:
    return f"/webhooks/{quote(text_of(hook, 'id'), safe='')}"


def _missing(provider: Resend) -> list[str]:
    known = {text_of(one, "key") for one in provider.pages("/contact-properties")}
    return [name for name in PROPERTIES if name not in known]
