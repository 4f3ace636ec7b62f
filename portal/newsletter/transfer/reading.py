"""What a list is like: how its cells are parted, which row has the headings, what columns hold."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import BinaryIO

from portal.file_kinds import Unwelcome
from portal.newsletter.transfer import text
from portal.newsletter.transfer.columns import Column, Columns, guess, is_address, known, plain
from portal.newsletter.transfer.records import Lines, Record, records, split
from portal.newsletter.transfer.words import is_said

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "upright line"}
SAID = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
LOOKED_AT = 30  # rows
BEFORE = 10  # rows that may stand above the headings
MOST_COLUMNS = 500
LONGEST_LINE = 200_000  # letters
FLAGS = (Column.LEFT, Column.BOUNCED)
ONE_LINE = "A line of this file is too long to be a row of a list."
NO_ADDRESSES = "There is no email address in this file, and no column that is called “email”."


@dataclass(frozen=True)
class Shape:
    """How a list is to be read."""

    separator: str
    headings: list[str]
    begins: int
    """The line of the headings; 0 where there are none."""
    columns: Columns
    first: list[list[str]] = field(default_factory=list)
    """Some rows, to be shown."""

    def cells(self, record: Record, columns: Columns | None = None) -> dict[Column, str]:
        """What a row has in each kind of column: of several, the first that is not empty.

        That somebody left counts in whichever of them it is said.
        """
        found = {}
        for column, places in (columns or self.columns).items():
            cells = [_cell(record, place) for place in places]
            said = [one for one in cells if column in FLAGS and is_said(one)]
            found[column] = next(filter(None, [*said, *cells]), "")
        return found

    def is_person(self, cells: list[str]) -> bool:
        """Whether a line is a row of its own, with an address where that belongs."""
        places = self.columns.get(Column.EMAIL, [])
        is_whole = len(cells) == len(self.headings)
        return is_whole and any(is_address(cells[place]) for place in places)

    def is_headings(self, record: Record) -> bool:
        """Whether a row has the headings again, as where files were put one behind the other."""
        cells, headings = record.cells, self._plain
        return len(cells) == len(headings) and all(
            plain(cell) == heading for cell, heading in zip(cells, headings, strict=True)
        )

    @cached_property
    def _plain(self) -> list[str]:
        return [plain(one) for one in self.headings]


def _cell(record: Record, place: int) -> str:
    return record.cells[place].strip() if place < len(record.cells) else ""


def look(file: BinaryIO) -> Shape:
    """See how a list is to be read. Raises Unwelcome where it is none."""
    text.check(file)
    lines = list(islice(_lines(file, Counter()), LOOKED_AT * 2))
    if any(len(line) > LONGEST_LINE for _, line in lines):  # to look into it would take too long
        raise Unwelcome(f"{ONE_LINE} {text.SAVE_AS}")
    if said := SAID.fullmatch(lines[0][1].strip(" ,;\t")) if lines else None:
        lines.pop(0)
    tried = [_shape(lines, one) for one in ([said[1]] if said else SEPARATORS)]
    score, shape = max(tried, key=lambda one: one[0])
    if not score[0] or len(shape.headings) > MOST_COLUMNS:
        raise Unwelcome(f"{NO_ADDRESSES} {text.SAVE_AS}")
    return shape


def rows(
    file: BinaryIO, shape: Shape, letters: Counter[str] | None = None, after: int = 0
) -> Iterator[Record]:
    """The rows of a list, read a line at a time, behind the one that begins in the line `after`.

    `letters` counts what its letters were called.
    """
    lines = _lines(file, Counter() if letters is None else letters)
    lines = islice(lines, max(after - 1, 0), None)  # the row may go on in the next line
    said = SAID.fullmatch
    for record in records(lines, shape.separator, shape.is_person):
        is_said = record.line == 1 and said(shape.separator.join(record.cells).strip(" ,;\t"))
        if record.line > max(shape.begins, after) and not is_said and not shape.is_headings(record):
            yield record


def _lines(file: BinaryIO, letters: Counter[str]) -> Lines:
    for number, (line, called) in enumerate(text.lines(file), 1):
        if not line.isascii() or called == text.UTF_16:
            letters[called] += 1
        yield number, line.replace("\0", "\ufffd")


def _shape(lines: Sequence[tuple[int, str]], separator: str) -> tuple[tuple[int, ...], Shape]:
    """The list as it looks with this separator, and how much it looks like a list then."""
    width = len(split(lines[0][1], separator)[0]) if lines else 0

    def is_person(cells: list[str]) -> bool:
        return len(cells) == width and any(map(is_address, cells))

    found = list(islice(records(iter(lines), separator, is_person), LOOKED_AT))
    head = _headings(found)
    below = [one.cells for one in found if not head or one.line > head.line]
    widest = max((len(cells) for cells in below), default=0)
    headings = head.cells if head else [f"Column {place + 1}" for place in range(widest)]
    headings = [one.replace("\ufeff", "").strip() for one in headings]
    columns = guess(headings, below)
    shape = Shape(separator, headings, head.line if head else 0, columns, below[:BEFORE])
    alike = sum(len(cells) == len(headings) for cells in below)
    is_list = sum(any(map(is_address, cells)) for cells in below) + sum(map(len, columns.values()))
    return (is_list, alike, len(headings)), shape


def _headings(found: Sequence[Record]) -> Record | None:
    """The row with the headings: one that names an address, or else the first without one."""
    whole = [one for one in found[:BEFORE] if not one.is_broken]
    named = (one for one in whole if Column.EMAIL in map(known, one.cells))
    first = (one for one in whole[:1] if not any(map(is_address, one.cells)))
    return next(named, None) or next(first, None)
