"""Files that a spreadsheet will open, and their cells."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO

from flask import Flask, Response, current_app

from portal.extensions import read_only
from portal.letters import normal_form

BOM = "\ufeff"  # without it Excel takes UTF-8 for Windows-1252
Some = Callable[[int], Sequence[tuple[int, Sequence[str]]]]
"""Gives the rows behind a number, some at once, each with its own."""

# What a spreadsheet takes for a formula (OWASP, CSV Injection), in each width that there is: Excel
# reads the wide signs of East Asian keyboards as the narrow ones.
SIGNS = frozenset("=+-@")
BREAKS = ("\t", "\r", "\n")
# What shows nothing besides spaces, controls and marks, though Unicode calls it a letter or a sign.
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def lines(headings: Iterable[str], some: Some) -> Iterator[str]:
    """The lines of a file, a batch at a time; also after the request has ended.

    Each batch has a session of its own, closed before the batch goes out: whoever reads slowly
    keeps nobody from writing.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _lines(app, headings, some)


def _lines(app: Flask, headings: Iterable[str], some: Some) -> Iterator[str]:
    yield BOM + _csv([headings])
    last = 0
    while True:
        with app.app_context():
            read_only()
            rows = some(last)
        if not rows:
            return
        last = rows[-1][0]
        yield _csv(cells for _, cells in rows)


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(map(quote, row) for row in rows)
    return text.getvalue()


def file(lines: Iterator[str], name: str) -> Response:
    """The answer that gives somebody a file of that name."""
    answer = Response(lines, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def quote(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if _may_run(cell) else cell


def unquote(cell: str) -> str:
    """Undo `quote`, so that an export can be imported."""
    return cell[1:] if cell.startswith("'") and _may_run(cell) else cell


def _may_run(cell: str) -> bool:
    """Whether it begins with a sign, but for what is not seen before it; or breaks its cell.

    Apostrophes do not count, so that what is quoted is known by itself.
    """
    if cell.lstrip("'").startswith(BREAKS):
        return True
    first = next((mark for mark in cell if mark != "'" and not _is_unseen(mark)), "")
    return normal_form("NFKC", first) in SIGNS


def _is_unseen(mark: str) -> bool:
    return mark in BLANKS or unicodedata.category(mark)[0] in "CMZ"
