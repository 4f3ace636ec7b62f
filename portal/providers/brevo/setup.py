"""Whether a Brevo account is set up rightly, and what of it the API can set up.

Facts are from Brevo's description of senders, lists, attributes and webhooks,
version 3.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.providers.brevo.adapter import Brevo
from portal.providers.parsed import text_of
from portal.providers.values import INSTALL, Finding, Site

ATTRIBUTES = ("TOPICS", "FORMAT", "NAME", "PREFERENCES_URL")
# What each kind of webhook is to tell us: never that a mail was opened or a link followed.
WANTED = {
    "transactional": (
        *("sent", "delivered", "hardBounce", "softBounce"),
        *("blocked", "spam", "invalid", "deferred"),
    ),
    "marketing": ("hardBounce", "softBounce", "spam", "delivered", "unsubscribed"),
}


def check(provider: Brevo, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    account = provider.ask("GET", "/account")
    yield Finding(f"The key works. It is for the account “{account.field('companyName')}”.")
    senders = provider.rows("/senders", "senders")
    yield Finding.of(
        any(
            text_of(one, "email").lower() == site.sender.lower() and one.get("active") is True
            for one in senders
        ),
        f"{site.sender} may send.",
        f"{site.sender} may not send yet. Add it in Brevo under “Senders”.",
    )
    if provider.list_ids:
        path = f"/contacts/lists/{provider.list_ids[0]}"
        found = provider.ask("GET", path, allow=(404,))
        yield Finding.of(
            found.status == 200,  # noqa: PLR2004 - the status of success
            f"Subscribers go on the list “{found.field('name')}”.",
            f"There is no list {provider.list_id}. Look at {provider.setting('LIST_ID')}.",
        )
    missing = _missing_attributes(provider)
    yield Finding.of(
        not missing,
        "Contacts have all that we keep of a choice.",
        f"Contacts lack {', '.join(missing)}. {INSTALL}",
    )
    there = _hooks(provider, site)
    lacking = [kind for kind in _kinds(site) if kind not in there]
    yield Finding.of(
        not lacking,
        "The webhooks are there.",
        f"Webhooks are missing: {', '.join(lacking)}. {INSTALL}",
    )
    words = "Look whether opens and clicks are tracked: Brevo has no way to say so in a mail."
    yield Finding(words, ok=None)


def install(provider: Brevo, site: Site) -> Iterator[Finding]:
    """Register what is missing, with our secret as the bearer token that Brevo shows."""
    auth = {"type": "bearer", "token": provider.secrets[0]}
    for name in _missing_attributes(provider):
        provider.ask("POST", f"/contacts/attributes/normal/{name}", {"type": "text"})
        yield Finding(f"Contacts have “{name}” now.")
    there = _hooks(provider, site)
    for kind in _kinds(site):
        if kind in there:
            yield Finding(f"The webhook of the kind “{kind}” was there.")
            continue
        payload: dict[str, Any] = {"type": kind, "description": "The portal", "auth": auth}
        if kind == "inbound":
            payload |= {"url": site.inbound_url, "domain": site.inbound_domain}
            payload["events"] = ["inboundEmailProcessed"]
        else:
            payload |= {"url": site.events_url, "events": list(WANTED[kind])}
        provider.ask("POST", "/webhooks", payload)
        yield Finding(f"The webhook of the kind “{kind}” is registered.")


def _kinds(site: Site) -> list[str]:
    return [*WANTED, *(["inbound"] if site.inbound_domain else [])]


def _hooks(provider: Brevo, site: Site) -> set[str]:
    """The kinds of the webhooks that lead to us."""
    ours = {site.events_url, site.inbound_url}
    return {
        kind
        for kind in _kinds(site)
        for one in provider.rows(f"/webhooks?type={kind}", "webhooks")
        if text_of(one, "url") in ours
    }


def _missing_attributes(provider: Brevo) -> list[str]:
    found = provider.rows("/contacts/attributes", "attributes")
    known = {text_of(one, "name") for one in found}
    return [name for name in ATTRIBUTES if name not in known]
