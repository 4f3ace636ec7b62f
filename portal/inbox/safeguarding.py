"""Whether somebody's words suggest that a person may be in danger now.

A list of phrases understands nothing. It misses what is said in other words or
in other languages than English, and it takes some memories for the present. So
it decides nothing: where it fires, help is shown, and the team looks there
first.
"""

from pathlib import Path

from portal.inbox import phrases

PHRASES = Path(__file__).with_suffix(".toml")


def suggests_danger(text: str) -> bool:
    """Whether to show where help is and to mark it urgent for the team. It refuses nothing."""
    return phrases.has_one_of(PHRASES, text)
