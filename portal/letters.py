"""Letters in their usual form (UAX #15), in an amount of work that grows as the text does.

Python sorts the marks on one letter pair by pair: some 100,000 of them, which fit into a form,
took half a minute. So a row of marks is parted first, as the Stream-Safe Text Format does (UAX #15,
13): no writing has as many, and no mark is lost.
"""

import re
import unicodedata
from typing import Literal

MOST_MARKS = 30  # on one letter: UAX #15's own figure
APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc\u2032"))
PARTED = "\u034f"  # the combining grapheme joiner: nobody sees it, and no mark moves over it
ROW = re.compile(rf"[^\w\x00-\x7f]{{{MOST_MARKS + 1},}}")  # marks are no letters; few such rows are


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in a form of Unicode. Nothing else in the portal makes one."""
    if text.isascii():  # which is the same in each of them
        return text
    return unicodedata.normalize(form, ROW.sub(_parted, text))


def _parted(row: re.Match[str]) -> str:
    parts, marks = [], 0
    for letter in row[0]:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > MOST_MARKS:
            parts.append(PARTED)
            marks = 1
        parts.append(letter)
    return "".join(parts)


def fold(words: str) -> str:
    """Words as they are looked for: letters, digits and signs with single spaces between.

    Case, accents and apostrophes make no difference; quotes, hyphens and stops part words.
    """
    letters = normal_form("NFKD", words.translate(APOSTROPHES)).casefold()
    return " ".join(letters.translate(FOLDED).split())


class _Folded(dict[int, str | None]):
    """What becomes of each mark; found out once for each that comes up."""

    def __missing__(self, code: int) -> str | None:
        mark = chr(code)
        kind = unicodedata.category(mark)
        is_left_out = unicodedata.combining(mark) or kind == "Cf"
        self[code] = None if is_left_out else " " if kind.startswith("P") else mark
        return self[code]


FOLDED = _Folded()
