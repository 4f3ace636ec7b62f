"""Whether settings are made, the site's address is one, and visitors are told apart."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from urllib.parse import urlsplit

from flask import current_app

from portal import floods, providers
from portal.providers.values import Finding
from portal.settings import SETTINGS

OWN = ("SITE_URL", "MAIL_FROM", "TEAM_EMAIL", "ORG_NAME")
ALIKE = 0.85  # of the letters of two names, from which one is taken for the other


def address() -> Iterator[Finding]:
    """Whether SITE_URL is one that people can use."""
    config = current_app.config
    parts = urlsplit(config["SITE_URL"])
    if config["DEVELOPMENT"]:
        words = "DEVELOPMENT is on: plain http, and a page that shows all mail."
        yield Finding(words, ok=None, cure="Never on a public server: leave it out there.")
    elif parts.scheme != "https":
        words = f"SITE_URL is {config['SITE_URL']}: without https nobody can sign in."
        yield Finding(words, ok=False, cure="Set it to the https address of the site.")
    else:
        yield Finding(f"Links in mails lead to {config['SITE_URL']}.")


def proxies() -> Iterator[Finding]:
    """Whether visitors are told apart, as far as anybody came."""
    config = current_app.config
    number = config["TRUSTED_PROXIES"]
    if not number and floods.proxy_mark(config).exists():
        yield Finding(floods.UNTRUSTED_PROXY, ok=None)
    elif number:
        words = f"TRUSTED_PROXIES is {number}: what so many proxies in front say is believed."
        yield Finding(words, ok=None, cure="Look that there are exactly so many.")
    else:
        yield Finding("No proxy was seen, and none is trusted (TRUSTED_PROXIES=0).")


def settings() -> Iterator[Finding]:
    """Which settings are made, whether some are forgotten, and whether names are written wrongly.

    That each can be read was seen before: the app would not be there.
    """
    config = current_app.config
    made: list[str] = config["SETTINGS_MADE"]
    yield Finding(f"All settings can be read. These are set: {', '.join(made)}.")
    forgotten = [name for name in OWN if name not in made]
    if forgotten and not config["DEVELOPMENT"]:
        words = f"{', '.join(forgotten)}: left out, so the programme's own are used."
        yield Finding(words, ok=None, cure="Set them, unless you are Get Yourself Active.")
    for name in os.environ.keys() - _known():
        if meant := get_close_matches(name, _known(), 1, ALIKE):
            words = f"{name} is set, which the portal does not know."
            yield Finding(words, ok=None, cure=f"Did you mean {meant[0]}?")


def _known() -> set[str]:
    """The names of all settings."""
    ends = {name: providers.adapter(name).settings for name in providers.ADAPTERS}
    return {*SETTINGS, *(f"{name.upper()}_{end}" for name in ends for end in ends[name])}
