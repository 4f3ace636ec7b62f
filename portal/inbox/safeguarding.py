"""Whether somebody's words suggest that a person may be in danger now.

A list of phrases understands nothing. It misses what is said in other words or
in other languages than English, and it takes some memories for the present. So
it decides nothing: where it fires, help is shown, and the team looks there
first.
"""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
BETWEEN = re.compile(r"[\W_]+")


def suggests_danger(text: str) -> bool:
    """Whether to show where help is and to mark it urgent for the team. It refuses nothing."""
    words = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _danger().search(BETWEEN.sub(" ", words)) is not None


@cache
def _danger() -> re.Pattern[str]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    wanted = "|".join(phrase for some in tables["phrases"].values() for phrase in some)
    return re.compile(rf"\b({wanted.format_map(tables['names'])})\b".replace("(", "(?:"))
