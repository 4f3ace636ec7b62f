"""Whether a Resend account is set up rightly, and what of it the API can set up.

Facts are from Resend's description of segments, contact properties and
webhooks, version 1.5.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from portal.providers.answer import text_of
from portal.providers.base import INSTALL, Finding, Site
from portal.providers.resend_hooks import WANTED

if TYPE_CHECKING:
    from portal.providers.resend import Resend

PROPERTIES = ("topics", "format", "name", "preferences_url")


def check(provider: Resend, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    is_there = _has_hook(provider, site)
    yield Finding("The key works.")
    words = f"Look at “Domains” whether the domain of {site.sender} is verified."
    yield Finding(words, ok=None)
    if provider.list_id:
        path = f"/segments/{quote(provider.list_id, safe='')}"
        found = provider.ask("GET", path, allow=(404,))
        yield Finding.of(
            found.status == 200,  # noqa: PLR2004 - the status of success
            f"Subscribers go into the segment “{found.field('name')}”.",
            f"There is no segment {provider.list_id}. Look at {provider.setting('LIST_ID')}.",
        )
    missing = _missing(provider)
    yield Finding.of(
        not missing,
        "Contacts have all that we keep of a choice.",
        f"Contacts lack {', '.join(missing)}. {INSTALL}",
    )
    yield Finding.of(is_there, "The webhook is there.", f"The webhook is missing. {INSTALL}")


def install(provider: Resend, site: Site) -> Iterator[Finding]:
    """Register the webhook, and the properties that contacts need."""
    for name in _missing(provider):
        provider.ask("POST", "/contact-properties", {"key": name, "type": "string"})
        yield Finding(f"Contacts have “{name}” now.")
    if _has_hook(provider, site):
        yield Finding("The webhook was there.")
        return
    payload = {"endpoint": site.events_url, "events": list(WANTED)}
    secret = provider.ask("POST", "/webhooks", payload).field("signing_secret")
    setting = f"{provider.setting('WEBHOOK_SECRET')}={secret}"
    yield Finding(f"The webhook is registered. Put this into .env: {setting}")


def _has_hook(provider: Resend, site: Site) -> bool:
    return any(text_of(one, "endpoint") == site.events_url for one in provider.pages("/webhooks"))


def _missing(provider: Resend) -> list[str]:
    known = {text_of(one, "key") for one in provider.pages("/contact-properties")}
    return [name for name in PROPERTIES if name not in known]
