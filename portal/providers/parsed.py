"""Parts of JSON that somebody else wrote: what is of a wrong kind counts as absent."""

import math
from contextlib import suppress
from typing import Any


def text_of(data: Any, name: str) -> str:
    """A text in a JSON object, or nothing.

    What cannot be printed becomes a space: databases take no NUL and no half of a pair.
    """
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value)


def number(value: Any) -> float:
    """The number that this is, or says in a text; 0 where it is none."""
    found = 0.0
    if isinstance(value, str | int | float):
        with suppress(ValueError, OverflowError):
            found = float(value)
    return found if math.isfinite(found) else 0.0


def object_of(value: Any) -> dict[str, Any]:
    """The JSON object that this is; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The JSON list that this is; an empty one where it is none."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON list; none where it is no list."""
    return [one for one in list_of(value) if isinstance(one, dict)]


def rows(data: Any, name: str) -> list[dict[str, Any]]:
    """The objects in a list of a JSON object; none where there is no such list."""
    return objects(object_of(data).get(name))
