"""Whether a Mailjet account is set up rightly, and what of it the API can set up.

Facts are from Mailjet's description of senders, lists, contact properties,
event callbacks and parse routes, version 1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.providers.mailjet.adapter import Mailjet
from portal.providers.parsed import rows, text_of
from portal.providers.values import INSTALL, Finding, Site
from portal.providers.webhooks import calls

PROPERTIES = ("topics", "format", "name", "preferences_url")
# Never that a mail was opened or a link followed.
WANTED = ("sent", "bounce", "blocked", "spam", "unsub")


def check(provider: Mailjet, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater or Refused."""
    provider.ask("GET", "/v3/REST/sender?Limit=1")
    yield Finding("The keys work.")
    yield Finding.of(
        _may_send(provider, site.sender),
        f"{site.sender} may send.",
        f"{site.sender} may not send yet. Validate it in Mailjet under “Senders”.",
    )
    yield _list(provider)
    missing = _missing(provider)
    yield Finding.of(
        not missing,
        "Contacts have all that we keep of a choice.",
        f"Contacts lack {', '.join(missing)}. {INSTALL}",
    )
    there = _hooks(provider)
    lacking = [name for name in WANTED if not _is_ours(provider, there.get(name), site.events_url)]
    yield Finding.of(
        not lacking,
        "The webhooks for events are there.",
        f"Webhooks are missing for: {', '.join(lacking)}. {INSTALL}",
    )
    if site.inbound_domain:
        yield Finding.of(
            bool(_route(provider, site)),
            "Mail that comes in is handed on.",
            f"Mail that comes in is not handed on. {INSTALL}",
        )


def _may_send(provider: Mailjet, sender: str) -> bool:
    """Whether the address itself, or all of its domain, is validated."""
    ours = {sender.lower(), f"*@{sender.partition('@')[2]}".lower()}
    return any(
        text_of(one, "Email").lower() in ours and text_of(one, "Status") == "Active"
        for one in provider.pages("sender")
    )


def _list(provider: Mailjet) -> Finding:
    setting = provider.setting("LIST_ID")
    if not provider.list_id:
        return Finding(f"{setting} is not set. Without a list Mailjet takes no contacts.", ok=None)
    lists = provider.pages("contactslist")
    found = [one for one in lists if str(one.get("ID")) == provider.list_id]
    return Finding.of(
        bool(found),
        f"Subscribers go on the list “{text_of(found[0] if found else {}, 'Name')}”.",
        f"There is no list {provider.list_id}. Look at {setting}.",
    )


def install(provider: Mailjet, site: Site) -> Iterator[Finding]:
    """Register what is missing, with our secret as the password in the address."""
    url = calls.with_password(site.events_url, provider.secrets[0])
    for name in _missing(provider):
        field = {"Name": name, "Datatype": "str", "NameSpace": "static"}
        provider.ask("POST", "/v3/REST/contactmetadata", field)
        yield Finding(f"Contacts have “{name}” now.")
    there = _hooks(provider)
    for name in WANTED:
        if _is_ours(provider, there.get(name), site.events_url):
            yield Finding(f"The webhook for “{name}” was there.")
        elif name in there:  # there can be one of a kind, and it may be somebody else's
            yield Finding(f"Another webhook for “{name}” stands in the way. Remove it.", ok=False)
        else:
            callback = {"EventType": name, "Url": url, "Status": "alive", "Version": 2}
            provider.ask("POST", "/v3/REST/eventcallbackurl", callback)
            yield Finding(f"The webhook for “{name}” is registered.")
    if site.inbound_domain:
        yield _install_route(provider, site)


def _install_route(provider: Mailjet, site: Site) -> Finding:
    route = _route(provider, site)
    if not route:
        url = calls.with_password(site.inbound_url, provider.secrets[0])
        made = provider.ask("POST", "/v3/REST/parseroute", {"Url": url})
        route = next(iter(rows(made.data(), "Data")), {})
    return Finding(f"Let mail for {site.inbound_domain} go to {text_of(route, 'Email')}.", ok=None)


def _missing(provider: Mailjet) -> list[str]:
    known = {text_of(one, "Name") for one in provider.pages("contactmetadata")}
    return [name for name in PROPERTIES if name not in known]


def _hooks(provider: Mailjet) -> dict[str, str]:
    """The address that each kind of event is told to."""
    found = provider.pages("eventcallbackurl")
    return {text_of(one, "EventType"): text_of(one, "Url") for one in found}


def _route(provider: Mailjet, site: Site) -> dict[str, Any]:
    routes = provider.pages("parseroute")
    ours = (one for one in routes if _is_ours(provider, text_of(one, "Url"), site.inbound_url))
    return next(ours, {})


def _is_ours(provider: Mailjet, url: str | None, ours: str) -> bool:
    """Whether the address leads to us, with a secret that we know."""
    known = provider.webhook_secrets
    return url in {f(ours, one) for f in (calls.with_password, calls.with_secret) for one in known}
