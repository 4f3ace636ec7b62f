"""How a message comes or goes, and how somebody wants to be answered: all there is to know of each.

A new way is a table in `ways.toml` and a line in Way, a migration that lets the two columns hold it
(`conversation.reply_by`, `message.way`), and a field in `templates/contact/form.html` if it
needs something that no other way does.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple


class Way(StrEnum):
    """How a message came or went, and how somebody wants to be answered."""

    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    SMS = "sms"
    RELAY = "relay"
    BSL = "bsl"
    POST = "post"
    HELPER = "helper"
    VISIT = "visit"


class WayFacts(NamedTuple):
    """What a way needs, and its words: `ways.toml` says what each is."""

    to_sender: str
    to_team: str
    choice: str = ""
    logged: str = ""
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    is_spoken: bool = False
    is_mailed: bool = False
    can_tell: bool = False

    @classmethod
    def read(cls, facts: dict[str, Any]) -> WayFacts:
        """The facts as the file has them; what a way needs it also asks for."""
        needs = tuple(facts.get("needs", ()))
        return cls(**facts | {"needs": needs, "asks": tuple(facts.get("asks", needs))})


TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
WAYS = {way: WayFacts.read(TABLES[way]) for way in Way}
# What people may choose; a setting can leave some out or give them other words.
REPLY_WAYS = {str(way): facts.choice for way, facts in WAYS.items() if facts.choice}
BY_PHONE = tuple(way for way, facts in WAYS.items() if "phone" in facts.needs)
BY_EMAIL = tuple(way for way, facts in WAYS.items() if "email" in facts.asks)
CALLS = {str(way): facts.choice for way, facts in WAYS.items() if facts.can_tell}


def facts_of(way: str | None) -> WayFacts:
    """What is known of a way; of what is none, that it needs nothing."""
    return WAYS[Way(way)] if way in set(Way) else WAYS[Way.WEB]
