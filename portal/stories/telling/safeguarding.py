"""Whether somebody's words suggest that a person may be in danger now.

A list of phrases understands nothing. It misses what is said in other words or
in other languages than English, and it takes some memories for the present. So
it decides nothing: where it fires, help is shown, and the team looks at that
story first.
"""

import re
import tomllib
import unicodedata
from pathlib import Path

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
BETWEEN = re.compile(r"[\W_]+")
TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
WANTED = "|".join(phrase for some in TABLES["phrases"].values() for phrase in some)
DANGER = re.compile(rf"\b({WANTED.format_map(TABLES['names'])})\b".replace("(", "(?:"))


def suggests_danger(text: str) -> bool:
    """Whether to show where help is and to mark the story urgent. It refuses nothing."""
    words = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return DANGER.search(BETWEEN.sub(" ", words)) is not None
