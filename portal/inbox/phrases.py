"""Lists of phrases in TOML files, and whether a text has one of them.

`[names]` has what stands for many words in `[phrases]`. Each phrase is a regular expression, in
small letters, without apostrophes, with one space between words.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from portal.letters import normal_form

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
BETWEEN = re.compile(r"[\W_]+")


def has_one_of(phrases: Path, text: str) -> bool:
    """Whether one of the phrases in that file stands in the text."""
    words = APOSTROPHES.sub("", normal_form("NFKC", text).casefold())
    return _pattern(phrases).search(BETWEEN.sub(" ", words)) is not None


@cache
def tables(path: Path) -> dict[str, Any]:
    """What stands in such a file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _pattern(path: Path) -> re.Pattern[str]:
    wanted = "|".join(phrase for some in tables(path)["phrases"].values() for phrase in some)
    whole = rf"\b({wanted.format_map(tables(path)['names'])})\b"
    return re.compile(re.sub(r"\((?!\?)", "(?:", whole))
