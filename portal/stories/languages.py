"""The language of a story, as its teller calls it and as a page must say it."""

import re
import tomllib
from pathlib import Path

from portal.stories.models import Story

ENGLISH, ANOTHER = "en", "other"
UNKNOWN = "und"  # what BCP 47 has for a language that nobody named
TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OFFERED: dict[str, str] = TABLES["offered"]
NAMES: dict[str, str] = TABLES["spoken"]
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


def name_of(story: Story) -> str:
    """What its teller calls the language."""
    typed = str(story.answers.get("language_name") or "")
    return typed or OFFERED.get(story.language, story.language)
