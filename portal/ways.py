"""How a message comes or goes, and how somebody wants to be answered: all there is to know of each.

A new way is a line in WAYS and in Way, a migration that lets the two columns hold it
(`conversation.reply_by`, `message.way`), and a field in `templates/contact/form.html` if it
needs something that no other way does.
"""

from enum import StrEnum
from typing import NamedTuple


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


class WayFacts(NamedTuple):
    """What a way needs, and its words on pages."""

    choice: str
    """As people choose it; empty where nobody can."""
    logged: str
    """As the team chooses how it answered; empty where it is no way by itself."""
    to_sender: str
    """How something was said, to whom it was said."""
    to_team: str
    needs: tuple[str, ...] = ()
    """The answers that it cannot do without, among email, phone, postal and helper."""
    asks: tuple[str, ...] = ()
    """All answers that it asks for."""
    is_mailed: bool = False
    """Whether what the team writes leaves as a mail. A film goes as a link in one."""
    can_tell: bool = False
    """Whether a story can be told in such a call."""


WAYS = {
    Way.WEB: WayFacts("", "", "on this site", "on the website"),
    Way.EMAIL: WayFacts(
        "By email", "Email", "by email", "by email", ("email",), ("email",), is_mailed=True
    ),
    Way.PHONE: WayFacts(
        "By phone", "Phone call", "by phone", "by phone", ("phone",), ("phone",), can_tell=True
    ),
    Way.SMS: WayFacts(
        "By text message",
        "Text message",
        "by text message",
        "by text message",
        ("phone",),
        ("phone",),
    ),
    Way.RELAY: WayFacts(
        "By text relay (Relay UK)",
        "Text relay",
        "by text relay",
        "by text relay",
        ("phone",),
        ("phone",),
        can_tell=True,
    ),
    Way.BSL: WayFacts(
        "By video in British Sign Language",
        "Film in British Sign Language (put the link in the text)",
        "in British Sign Language",
        "in British Sign Language",
        ("email",),
        ("email",),
        is_mailed=True,
        can_tell=True,
    ),
    Way.POST: WayFacts("By post", "Letter", "by post", "by post", ("postal",), ("postal",)),
    Way.HELPER: WayFacts(
        "Someone is helping me. Answer them",
        "",
        "through who helps you",
        "through who helps them",
        ("helper",),
        ("helper", "email", "phone"),
    ),
}
# What people may choose; a setting can leave some out or give them other words.
REPLY_WAYS = {str(way): facts.choice for way, facts in WAYS.items() if facts.choice}
BY_PHONE = tuple(way for way, facts in WAYS.items() if "phone" in facts.needs)
BY_EMAIL = tuple(way for way, facts in WAYS.items() if "email" in facts.asks)
CALLS = {str(way): facts.choice for way, facts in WAYS.items() if facts.can_tell}


def facts_of(way: str | None) -> WayFacts:
    """What is known of a way; of what is none, that it needs nothing."""
    return WAYS[Way(way)] if way in set(Way) else WAYS[Way.WEB]
