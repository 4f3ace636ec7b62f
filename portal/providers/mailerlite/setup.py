"""Whether a MailerLite account is set up rightly, and its webhook.

Facts are from MailerLite's pages "Groups" and "Webhooks".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from portal.providers.mailerlite.adapter import MailerLite
from portal.providers.mailerlite.events import EVENTS
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.values import INSTALL, Finding, Site


def check(provider: MailerLite, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    groups = rows(provider.ask("GET", "/groups?limit=1000").data(), "data")
    yield Finding("The key works.")
    if provider.list_id:
        names = [text_of(one, "name") for one in groups if str(one.get("id")) == provider.list_id]
        yield Finding.of(
            bool(names),
            f"Subscribers go into the group “{''.join(names)}”.",
            f"There is no group {provider.list_id}. Look at {provider.setting('LIST_ID')}.",
        )
    words = "See “Fields”: are there the text fields topics, format and preferences_url?"
    yield Finding(words, ok=None)
    found = _hook(provider, site)
    is_whole = _is_whole(found)
    yield Finding.of(
        is_whole, "The webhook is there.", f"The webhook is missing, or off. {INSTALL}"
    )
    if is_whole:
        setting = provider.setting("WEBHOOK_SECRET")
        yield Finding.of(
            text_of(found, "secret") in provider.webhook_secrets,
            f"{setting} is that of the webhook.",
            f"{setting} is not that of the webhook. “flask providers hooks --install” shows it.",
        )


def install(provider: MailerLite, site: Site) -> Iterator[Finding]:
    """Register the webhook, or turn it on; says which secret it has. Raises TryLater or Refused."""
    found = _hook(provider, site)
    payload = {"url": site.events_url, "events": [*EVENTS], "enabled": True, "batchable": True}
    if not found:
        answer = provider.ask("POST", "/webhooks", {"name": "Portal", **payload})
        found = object_of(object_of(answer.data()).get("data"))
        yield Finding("The webhook is registered.")
    elif not _is_whole(found):
        provider.ask("PUT", f"/webhooks/{quote(text_of(found, 'id'), safe='')}", payload)
        yield Finding("The webhook is on now, with what we use.")
    else:
        yield Finding("The webhook was there.")
    if (secret := text_of(found, "secret")) not in provider.webhook_secrets:
        yield Finding(f"Put this into .env: {provider.setting('WEBHOOK_SECRET')}={secret}")


def _hook(provider: MailerLite, site: Site) -> dict[str, Any]:
    found = rows(provider.ask("GET", "/webhooks").data(), "data")
    return next((one for one in found if text_of(one, "url") == site.events_url), {})


def _is_whole(webhook: dict[str, Any]) -> bool:
    """Whether it is on, and tells what we use and nothing else."""
    events = webhook.get("events")
    told = {str(one) for one in events} if isinstance(events, list) else set()
    return webhook.get("enabled") is True and told == {*EVENTS}
