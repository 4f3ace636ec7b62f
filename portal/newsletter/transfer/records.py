"""The rows of a list in text: cells between separators, some of them in quotation marks.

A quotation mark that is opened and never closed swallows nobody: its row is named, and the lines
behind it are read by themselves.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

QUOTE = '"'
MOST_LINES = 100  # in one row: what is longer is a quotation mark that was forgotten


class Record(NamedTuple):
    """A row, and the line that it begins in."""

    line: int
    cells: list[str]
    is_broken: bool = False
    """Whether a quotation mark in it is never closed."""


Lines = Iterator[tuple[int, str]]
IsPerson = Callable[[list[str]], bool]


def records(lines: Lines, separator: str, is_person: IsPerson) -> Iterator[Record]:
    """The rows that are not blank. `is_person` tells a row of somebody from a part of a cell."""
    waiting: deque[tuple[int, str]] = deque()

    def following() -> tuple[int, str] | None:
        return waiting.popleft() if waiting else next(lines, None)

    while line := following():
        number, text = line
        cells, begun = split(text, separator)
        taken: list[tuple[int, str]] = []
        while begun is not None and len(taken) < MOST_LINES and (more := following()):
            taken.append(more)
            if is_person(split(more[1], separator)[0]):
                break
            rest, begun = split(more[1], separator, begun)
            cells += rest
        if begun is not None:
            waiting.extendleft(reversed(taken))
            cells, begun = split(text, separator)
            yield Record(number, [*cells, begun or ""], is_broken=True)
        elif any(cell.strip() for cell in cells):
            yield Record(number, cells)


def split(text: str, separator: str, begun: str | None = None) -> tuple[list[str], str | None]:
    """The cells of a line, and what there is of one that goes on in the next line.

    `begun` is what there is of the one that goes on in this line.
    """
    if begun is None and QUOTE not in text:
        return text.split(separator), None
    cells, place, (opened, closed) = [], 0, _patterns(separator)
    while True:
        if begun is None and not (start := opened.match(text, place)):
            end = text.find(separator, place)
            cells.append(text[place : end if end >= 0 else None])
        else:
            begun, place = ("", start.end()) if begun is None and start else (f"{begun}\n", place)
            if not (found := closed.match(text, place)):
                return cells, begun + text[place:]
            cells.append((begun + found[1]).replace(QUOTE * 2, QUOTE))
            begun, end = None, found.end() if found.end() < len(text) else -1
        if end < 0:
            return cells, None
        place = end + 1


@cache
def _patterns(separator: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How a cell in quotation marks begins, and how it ends: before a separator or a line's end.

    Another mark in it is a letter: many programs do not double them.
    """
    blank = r"[^\S\t]*" if separator == "\t" else r"\s*"
    ends = rf"{blank}(?:{re.escape(separator)}|\Z)"
    return (
        re.compile(f"{blank}{QUOTE}"),
        re.compile(rf'((?:[^"]|""|"(?!{ends}))*+)"{blank}(?={re.escape(separator)}|\Z)'),
    )
