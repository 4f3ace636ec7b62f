"""Whether a Mailchimp account is set up rightly, and what of it the API can set up.

Facts are from Mailchimp's description of audiences, merge fields and
webhooks, version 3.0.55.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.providers.mailchimp.adapter import Mailchimp
from portal.providers.parsed import rows, text_of
from portal.providers.values import INSTALL, Finding, Site
from portal.providers.webhooks import calls

# What is kept beside an address: the tags have ten letters at most.
FIELDS = {"TOPICS": "Topics", "FORMAT": "Format", "FNAME": "Name", "PREFS": "Preferences link"}
WANTED = ("unsubscribe", "cleaned")
UNWANTED = ("subscribe", "profile", "upemail", "campaign")


def check(provider: Mailchimp, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    provider.ask("GET", "/ping")
    yield Finding("The key works.")
    found = provider.ask("GET", f"/lists/{provider.list_id}", allow=(404,))
    is_there = found.status == 200  # noqa: PLR2004 - the status of success
    yield Finding.of(
        is_there,
        f"Subscribers go into the audience “{found.field('name')}”.",
        f"There is no audience {provider.list_id}. Look at {provider.setting('LIST_ID')}.",
    )
    if not is_there:
        return
    missing = _missing(provider)
    yield Finding.of(
        not missing,
        "Contacts have all that we keep of a choice.",
        f"Contacts lack {', '.join(missing)}. {INSTALL}",
    )
    yield Finding.of(
        _has_hook(provider, site), "The webhook is there.", f"The webhook is missing. {INSTALL}"
    )


def install(provider: Mailchimp, site: Site) -> Iterator[Finding]:
    """Register the webhook with our secret in its address, and add the fields we need."""
    url = calls.with_secret(site.events_url, provider.secrets[0])
    for tag in _missing(provider):
        field = {"tag": tag, "name": FIELDS[tag], "type": "text"}
        provider.ask("POST", f"/lists/{provider.list_id}/merge-fields", field)
        yield Finding(f"Contacts have “{FIELDS[tag]}” now.")
    if _has_hook(provider, site):
        yield Finding("The webhook was there.")
        return
    payload: dict[str, Any] = {
        "url": url,
        "events": dict.fromkeys(UNWANTED, False) | dict.fromkeys(WANTED, True),
        "sources": {"user": True, "admin": True, "api": False},  # what we did is no news to us
    }
    provider.ask("POST", f"/lists/{provider.list_id}/webhooks", payload)
    yield Finding("The webhook is registered.")


def _missing(provider: Mailchimp) -> list[str]:
    data = provider.ask("GET", f"/lists/{provider.list_id}/merge-fields?count=1000").data()
    known = {text_of(one, "tag") for one in rows(data, "merge_fields")}
    return [tag for tag in FIELDS if tag not in known]


def _has_hook(provider: Mailchimp, site: Site) -> bool:
    data = provider.ask("GET", f"/lists/{provider.list_id}/webhooks").data()
    found = [text_of(one, "url").partition("?")[0] for one in rows(data, "webhooks")]
    return site.events_url in found
