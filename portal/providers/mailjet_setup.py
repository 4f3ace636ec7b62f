"""Whether a Mailjet account is set up rightly, and what of it the API can set up.

Facts are from Mailjet's description of senders, lists, contact properties,
event callbacks and parse routes, version 1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from portal.providers import hook
from portal.providers.answer import rows, text_of
from portal.providers.base import INSTALL, Finding, Site

if TYPE_CHECKING:
    from portal.providers.mailjet import Mailjet

PROPERTIES = ("topics", "format", "name", "preferences_url")
WANTED = ("sent", "bounce", "blocked", "spam", "unsub")


def check(provider: Mailjet, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    senders = {text_of(one, "Email").lower(): one for one in provider.rows("/v3/REST/sender")}
    yield Finding("The keys work.")
    domain = f"*@{site.sender.partition('@')[2]}".lower()
    sender = senders.get(site.sender.lower()) or senders.get(domain)
    yield Finding.of(
        text_of(sender, "Status") == "Active",
        f"{site.sender} may send.",
        f"{site.sender} may not send yet. Validate it in Mailjet under “Senders”.",
    )
    if provider.list_id:
        lists = {one.get("ID") for one in provider.rows("/v3/REST/contactslist")}
        yield Finding.of(
            int(provider.list_id) in lists,
            f"The list {provider.list_id} is there.",
            f"There is no list {provider.list_id}. Look at {provider.setting('LIST_ID')}.",
        )
    missing = _missing(provider)
    yield Finding.of(
        not missing,
        "Contacts have all that we keep of a choice.",
        f"Contacts lack {', '.join(missing)}. {INSTALL}",
    )
    there = _hooks(provider, site.events_url)
    lacking = [name for name in WANTED if name not in there]
    yield Finding.of(
        not lacking,
        "The webhooks for events are there.",
        f"Webhooks are missing for: {', '.join(lacking)}. {INSTALL}",
    )


def install(provider: Mailjet, site: Site) -> Iterator[Finding]:
    """Register what is missing, with our secret as the password in the address."""
    secret = provider.secrets[0]
    for name in _missing(provider):
        field = {"Name": name, "Datatype": "str", "NameSpace": "static"}
        provider.ask("POST", "/v3/REST/contactmetadata", field)
        yield Finding(f"Contacts have “{name}” now.")
    there = _hooks(provider, site.events_url)
    url = hook.with_password(site.events_url, secret)
    for name in WANTED:
        if name not in there:
            callback: dict[str, Any] = {"EventType": name, "Url": url, "Status": "alive"}
            provider.ask("POST", "/v3/REST/eventcallbackurl", callback | {"Version": 2})
            yield Finding(f"The webhook for “{name}” is registered.")
    routes = [text_of(one, "Url") for one in provider.rows("/v3/REST/parseroute")]
    if site.inbound_domain and not any(_leads(one, site.inbound_url) for one in routes):
        route = {"Url": hook.with_password(site.inbound_url, secret)}
        made = rows(provider.ask("POST", "/v3/REST/parseroute", route).data(), "Data")
        address = text_of(made[0] if made else {}, "Email")
        yield Finding(f"Let mail for {site.inbound_domain} go to {address}.", ok=None)


def _missing(provider: Mailjet) -> list[str]:
    known = {text_of(one, "Name") for one in provider.rows("/v3/REST/contactmetadata")}
    return [name for name in PROPERTIES if name not in known]


def _hooks(provider: Mailjet, url: str) -> set[str]:
    found = provider.rows("/v3/REST/eventcallbackurl")
    return {text_of(one, "EventType") for one in found if _leads(text_of(one, "Url"), url)}


def _leads(url: str, ours: str) -> bool:
    """Whether an address is ours; a password may stand in it."""
    return url.endswith(ours.partition("://")[2])
