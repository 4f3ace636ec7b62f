"""Strikes out of a passage who wrote it, before it is shown to somebody outside.

It is a proposal, which a person checks: no list knows all names. Too much rather than too little.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from flask import current_app

from portal import phones
from portal.inbox.desk.page import ADDRESS
from portal.inbox.models import Conversation, Direction

STRUCK = "[…]"
LETTERS = 2  # that a part of a name has at least: an initial alone stands in many words
LINE = 4  # letters that a line of a postal address has at least
NUMBER = re.compile(r"\+?\(?\d(?:[\s().-]{0,2}\d){8,14}")
PART = re.compile(r"[\w'\u2019-]+")
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)


def strike(text: str, family: Sequence[Conversation]) -> str:
    """The text without names, addresses and numbers of those who wrote in the conversations."""
    text = strike_keys(text, family)
    for pattern in (ADDRESS, POSTCODE, NUMBER, *_patterns(family)):
        text = pattern.sub(STRUCK, text)
    return text


def strike_keys(text: str, family: Iterable[Conversation]) -> str:
    """The text without what leads to a person's page: our private links, and the references."""
    site = re.escape(current_app.config["SITE_URL"].partition("://")[2])
    text = re.sub(rf"(https?://)?{site}/\S*\w", STRUCK, text, flags=re.IGNORECASE)
    for conversation in family:
        reference = re.escape(conversation.reference).replace(r"\-", r"[\s-]?")
        text = re.sub(rf"\b{reference}\b", STRUCK, text, flags=re.IGNORECASE)
    return text


def _patterns(family: Sequence[Conversation]) -> Iterator[re.Pattern[str]]:
    """What stands for the people of the conversations; whole names before their parts."""
    names = [*dict.fromkeys(name for one in family for name in _names(one) if name)]
    whole = [name for name in names if " " in name]
    lines = [line.strip(" ,.") for one in family for line in one.postal.splitlines()]
    numbers = [form for one in family for form in phones.written(one.phone)]
    kept = [line for line in lines if len(line) >= LINE]
    for words in sorted({*whole, *kept, *numbers}, key=len, reverse=True):
        yield re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    for part in dict.fromkeys(part for name in names for part in PART.findall(name)):
        if len(part) >= LETTERS:  # as a name is written: “will” and “may” are words too
            forms = {part.capitalize(), part.upper()} | ({part} if not part.islower() else set())
            either = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
            yield re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _names(conversation: Conversation) -> list[str]:
    incoming = [one for one in conversation.messages if one.direction is Direction.INCOMING]
    senders = [ADDRESS.sub("", one.sender).strip(" ()") for one in incoming]
    return [conversation.name, conversation.helper, *senders]
