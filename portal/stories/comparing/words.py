"""Two pieces of text, word by word: what went out and what came in, marked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from portal.stories.comparing.sequences import Run, joined, runs

FEWEST_ALIKE = 0.4  # below it single words that happen to be the same say nothing
STEM = 4  # letters by which two forms of a word are the same: swim, swimming
SHORT = 3  # letters: so few words between two changes belong to them
SIGNS = (
    r"!-/:-@\[-`{-~\u2010-\u2015\u2018-\u201f\u2026\u00a1\u00ab\u00bb\u00bf"
    r"\u060c\u061b\u061f\u0964\u3001\u3002\uff01\uff0c\uff1f"
)
LETTERS = re.compile(rf"[^\s{SIGNS}]+")
PIECE = re.compile(rf"({LETTERS.pattern}(?:['\u2019-]{LETTERS.pattern})*|\S|\A(?=\s))(\s*)")
Op = Literal["same", "out", "in"]
Marked = tuple[tuple[Op, str], ...]


def mark(before: str, after: str) -> Marked:
    """The text with its changes: `same` and `out` make up `before`, `same` and `in` `after`."""
    if alike(stems(before), stems(after)) < FEWEST_ALIKE:
        return _tidy([("out", before), ("in", after)])
    old, new = PIECE.findall(before), PIECE.findall(after)
    return _tidy(part for part in _marked(old, new) if part[1])


def stems(text: str) -> Counter[str]:
    """The starts of its words, counted."""
    return Counter(word[:STEM].casefold() for word in LETTERS.findall(text))


def alike(one: Counter[str], other: Counter[str]) -> float:
    """How much two texts have in common, from 0 to 1."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _marked(
    old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]
) -> Iterator[tuple[Op, str]]:
    for run in _rounded([word for word, _ in old], [word for word, _ in new]):
        if not run.same:
            yield "out", "".join(map("".join, old[run.old]))
            yield "in", "".join(map("".join, new[run.new]))
            continue
        for (word, space), (_, other) in zip(old[run.old], new[run.new], strict=True):
            yield "same", word
            if space == other:
                yield "same", space
            else:
                yield "out", space
                yield "in", other


def _rounded(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    """The runs, without a short word or sign that stayed between two changes."""
    found = runs(old, new)
    for at in range(1, len(found) - 1):
        run, around = found[at], (found[at - 1], found[at + 1])
        letters = "".join(LETTERS.findall("".join(old[run.old])))
        if run.same and len(letters) <= SHORT and all(old[r.old] and new[r.new] for r in around):
            found[at] = Run(False, run.old, run.new)  # noqa: FBT003
    return joined(found)


def _tidy(marked: Iterable[tuple[Op, str]]) -> Marked:
    """One mark for each piece of one kind, and what goes out before what comes in."""
    tidy: list[tuple[Op, str]] = []
    for stays, group in groupby(marked, key=lambda part: part[0] == "same"):
        parts = list(group)
        kinds: tuple[Op, ...] = ("same",) if stays else ("out", "in")
        tidy += [(kind, "".join(text for op, text in parts if op == kind)) for kind in kinds]
    return tuple((op, text) for op, text in tidy if text)
