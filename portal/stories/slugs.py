"""The readable end of a story's address, from its title."""

import re
import tomllib
import unicodedata
from collections.abc import Collection
from itertools import chain, count
from pathlib import Path

from portal.letters import normal_form

LONGEST = 60
EMPTY = "story"
TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
RESERVED = frozenset(TABLES["reserved"])
PLAIN = str.maketrans(TABLES["plain"])
INSIDE_WORDS = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
BETWEEN = re.compile(r"-{2,}")


def make(title: str) -> str:
    """At most 60 characters: a-z and 0-9 for Latin letters, other scripts as they are.

    It may be taken already: the caller adds a number then.
    """
    text = INSIDE_WORDS.sub("", normal_form("NFKC", title).lower())
    letters = "".join(_plain(text.translate(PLAIN)))
    slug = _cut(BETWEEN.sub("-", normal_form("NFKC", letters)).strip("-")) or EMPTY
    return f"{slug}-{EMPTY}" if slug in RESERVED else slug


def free(wanted: str, taken: Collection[str]) -> str:
    """The name, with the lowest number from 2 on where it is taken."""
    numbered = (f"{wanted}-{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)


def _plain(text: str) -> list[str]:
    """Letters and numbers, with a hyphen for what divides them."""
    kept = [""]
    for letter in text:
        kind = unicodedata.category(letter)
        base = normal_form("NFKD", letter)[0]
        if kind[0] in "LN":
            kept.append(base if base.isascii() else letter)
        elif kind[0] == "M":  # a vowel sign of other scripts; an accent of Latin letters drops
            kept.append("" if kept[-1].isascii() else letter)
        elif kind != "Cf":
            kept.append("-")
    return kept


def _cut(slug: str) -> str:
    """The slug without the last word that has no room, unless it is all one word."""
    if len(slug) <= LONGEST:
        return slug
    whole, _, _ = slug[: LONGEST + 1].rpartition("-")
    return (whole or slug[:LONGEST]).strip("-")
