"""The language of a story, as its teller calls it and as a page must say it."""

import re
import tomllib
from pathlib import Path

from portal.stories.models import Story

ENGLISH, ANOTHER, BSL = "en", "other", "bfi"
UNKNOWN = "und"  # what BCP 47 has for a language that nobody named
TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OFFERED: dict[str, str] = TABLES["offered"]
NAMES: dict[str, str] = TABLES["spoken"]
SIGNED = frozenset(TABLES["signed"])
WRITTEN = {tag: name for tag, name in OFFERED.items() if tag not in SIGNED}
# Of a recording we only need to know what a page can say.
RECORDED = {"": "Choose a language", **OFFERED, UNKNOWN: OFFERED[ANOTHER]}
del RECORDED[ANOTHER]
NOT_WRITTEN = "This language is signed, and has no written form. Enter the language of the words."
# Language, script and region: the parts of BCP 47 (RFC 5646, 2.1) that a text can need.
TAG = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?", re.IGNORECASE)


def tag_of(typed: str) -> str:
    """The tag for a language as somebody calls it: by its name, or by a tag."""
    words = " ".join(typed.split())
    if known := NAMES.get(words.casefold()):
        return known
    found = TAG.fullmatch(words)
    if not found:
        return UNKNOWN
    language, script, region = (part or "" for part in found.groups())
    return language.lower() + script.title() + region.upper()


def is_signed(tag: str) -> bool:
    """Whether a language is signed, so that no text can be in it."""
    return tag.partition("-")[0].lower() in SIGNED


def called(tag: str) -> str:
    """The name of a language, or the tag of one that we have no name for."""
    names = {known: name.title() for name, known in reversed(NAMES.items())} | OFFERED
    return names.get(tag, tag)


def name_of(story: Story) -> str:
    """What its teller calls the language."""
    typed = str(story.answers.get("language_name") or "")
    return typed or OFFERED.get(story.language, story.language)
