"""Cells of a file that a spreadsheet will open."""

import unicodedata

from portal.letters import normal_form

# What a spreadsheet takes for a formula (OWASP, CSV Injection), in each width that there is: Excel
# reads the wide signs of East Asian keyboards as the narrow ones.
SIGNS = frozenset("=+-@")
BREAKS = ("\t", "\r", "\n")
# What shows nothing besides spaces, controls and marks, though Unicode calls it a letter or a sign.
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


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
