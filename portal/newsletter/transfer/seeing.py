"""What is seen in a whole list before anybody decides: its letters, and the words it has."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from flask import current_app

from portal.fields import on_one_line
from portal.newsletter.transfer import reading, words
from portal.newsletter.transfer.columns import Column, plain
from portal.newsletter.transfer.entries import ReadAs
from portal.newsletter.transfer.reading import SEPARATORS, Shape
from portal.newsletter.transfer.text import UTF_8

MOST_WORDS = 30  # different ones of a kind, the most frequent first
LONGEST = 60  # letters of one that are shown
EXAMPLES, EXAMPLE_LONGEST = 3, 30
OFTEN = 10_000  # rows
DATES = (Column.AGREED, Column.SINCE, Column.LEFT, Column.BOUNCED)


def see(
    file: BinaryIO, shape: Shape, read_as: ReadAs, tell: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Look at every row once. What it gives is kept as it is.

    `tell` is told now and then how many rows that were so far.
    """
    letters: Counter[str] = Counter()
    states: Counter[str] = Counter()
    unknown = {"topic": Counter[str](), "format": Counter[str]()}
    offered = {"topic": current_app.config["TOPICS"], "format": current_app.config["FORMATS"]}
    first: Counter[bool | str] = Counter()
    number = broken = 0
    for record in reading.rows(file, shape, letters):
        number += 1
        if tell and number % OFTEN == 0:
            tell(number)
        broken += record.is_broken
        cells = shape.cells(record, read_as.columns)
        states[cells.get(Column.STATE, "")[:LONGEST]] += 1
        for kind, column in (("topic", Column.TOPICS), ("format", Column.FORMAT)):
            if cell := cells.get(column):
                _, others = words.choices(cell, offered[kind])
                unknown[kind].update(one[:LONGEST] for one in others)
        for column in DATES:
            if cell := cells.get(column):
                which = words.says_which_is_first(cell)
                first["either" if which is None else which] += bool(words.SLASHED.match(cell))
    return {
        "separator": SEPARATORS.get(shape.separator, f"“{shape.separator}”"),
        "columns": [(one, _examples(shape, place)) for place, one in enumerate(shape.headings)],
        "of": columns_of(read_as),
        "rows": number,
        "broken": broken,
        "letters": [name for name, _ in letters.most_common()] or [UTF_8],
        "states": _most(states) if Column.STATE in read_as.columns else [],
        "topics": _most(unknown["topic"]),
        "formats": _most(unknown["format"]),
        "day_first": None if not +first else _day_first(first),
        "doubtful_dates": first["either"],
    }


def is_seen(seen: Mapping[str, Any], read_as: ReadAs) -> bool:
    """Whether that was seen of these columns."""
    return bool(seen.get("of") == columns_of(read_as))


def columns_of(read_as: ReadAs) -> dict[str, list[int]]:
    """The columns as a row keeps them."""
    return {str(column): [*places] for column, places in read_as.columns.items()}


def _examples(shape: Shape, place: int) -> str:
    """Some of what stands in a column."""
    cells = (row[place].strip() for row in shape.first if place < len(row))
    some = dict.fromkeys(on_one_line(cell)[:EXAMPLE_LONGEST] for cell in cells if cell)
    return ", ".join([*some][:EXAMPLES])


def _day_first(first: Counter[bool | str]) -> bool:
    """Whether days come first in this list, by those of its dates that say it."""
    return first[True] >= first[False]


def _most(found: Counter[str]) -> list[list[Any]]:
    """The words that are there most often, each in one of its spellings, and how often."""
    together: dict[str, list[Any]] = {}
    for word, number in found.items():
        one = together.setdefault(plain(word), [word, 0])
        one[1] += number
    return sorted(together.values(), key=lambda one: -one[1])[:MOST_WORDS]
