"""The paragraphs of two texts, each beside what became of it.

A paragraph is what stands between blank lines: a heading, a list or a quote is
one too. One that was cut in two, or two that were made one, stay together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from portal.stories.comparing.sequences import runs
from portal.stories.comparing.words import alike, stems

FARTHEST, NEAREST = 40, 4  # so many paragraphs on, what became of one is looked for
MOST_LOOKS = 100_000
FEWEST_ALIKE = 0.45  # half of a paragraph that was cut in two has more
GAIN = 0.05  # a paragraph that makes others so much more like the old one belongs to them
MOST_TOGETHER = 10
MOST_PARAGRAPHS = 5_000  # of a text that is compared one by one; a book has fewer
MOST_CHANGES = 300  # nobody decides about more, one by one: then the whole text is one change
Stems = Sequence[Counter[str]]


@dataclass(frozen=True)
class ParagraphStep:
    """Some paragraphs of the old text, and what the new one has for them."""

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    key: str = ""
    """Of the change, such as p3; empty where nothing changed."""
    is_moved: bool = False
    """Whether it is at another place: a step takes it from there, one puts it here."""


def blocks(text: str) -> list[str]:
    """The paragraphs of a text, as they are."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    groups = groupby(lines, key=lambda line: bool(line.strip()))
    return ["\n".join(group) for has_words, group in groups if has_words]


def joined(parts: Iterable[str]) -> str:
    """The paragraphs as one text."""
    return "\n\n".join(parts)


def steps(old: str, new: str) -> list[ParagraphStep]:
    """How the old text becomes the new one, in order."""
    olds, news = blocks(old), blocks(new)
    if olds != news and max(len(olds), len(news)) > MOST_PARAGRAPHS:
        return [ParagraphStep(tuple(olds), tuple(news), "p1")]
    found = list(_numbered(_moved(list(_steps(olds, news)))))
    if len({step.key for step in found if step.key}) > MOST_CHANGES:
        return [ParagraphStep(tuple(olds), tuple(news), "p1")]
    return found


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[ParagraphStep]:
    for run in runs(old, new):
        olds, news = tuple(old[run.old]), tuple(new[run.new])
        if run.same:
            yield from (ParagraphStep((block,), (block,)) for block in olds)
        elif len(olds) == len(news) == 1:
            yield ParagraphStep(olds, news)
        else:
            yield from _paired(olds, news)


def _paired(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[ParagraphStep]:
    """All of both, with those together that belong together."""
    olds, news = [stems(block) for block in old], [stems(block) for block in new]
    at = first = 0
    for place, found in _pairs(olds, news):
        if place < at or found < first:
            continue  # it went to its neighbour
        theirs = _grown(news, found, first, olds[place])
        ours = slice(place, place + 1)
        if theirs.stop - theirs.start == 1:
            ours = _grown(olds, place, at, news[found])
        yield from _apart(old[at : ours.start], new[first : theirs.start])
        yield ParagraphStep(old[ours], new[theirs])
        at, first = ours.stop, theirs.stop
    yield from _apart(old[at:], new[first:])


def _pairs(olds: Stems, news: Stems) -> Iterator[tuple[int, int]]:
    """Places of an old and a new one that are more like each other than like those near them."""
    looks = MOST_LOOKS // (len(olds) + len(news))
    window = max(NEAREST, min(FARTHEST, looks))
    first = 0
    for place, one in enumerate(olds):
        found = _best(one, news, first, window)
        if found is not None and _best(news[found], olds, place, window) == place:
            yield place, found
            first = found + 1


def _best(one: Counter[str], others: Stems, first: int, window: int) -> int | None:
    near = range(first, min(first + window, len(others)))
    score, place = max(((alike(one, others[at]), -at) for at in near), default=(0.0, 0))
    return -place if score >= FEWEST_ALIKE else None


def _grown(parts: Stems, at: int, first: int, whole: Counter[str]) -> slice:
    """One of the parts, with those beside it that make it more like the whole."""
    start, end, together = at, at + 1, parts[at]
    for _ in range(MOST_TOGETHER):
        beside = [place for place in (end, start - 1) if first <= place < len(parts)]
        scores = [(alike(together + parts[place], whole), place) for place in beside]
        score, place = max(scores, default=(0.0, at))
        if score < alike(together, whole) + GAIN:
            break
        together = together + parts[place]
        start, end = min(start, place), max(end, place + 1)
    return slice(start, end)


def _apart(old: Iterable[str], new: Iterable[str]) -> Iterator[ParagraphStep]:
    yield from (ParagraphStep(old=(block,)) for block in old)
    yield from (ParagraphStep(new=(block,)) for block in new)


def _moved(parts: Sequence[ParagraphStep]) -> Iterator[ParagraphStep]:
    """Find what was taken out at one place and put in at another."""
    gone = Counter(step.old for step in parts if not step.new)
    come = Counter(step.new for step in parts if not step.old)
    moved = {block for block, number in gone.items() if number == come[block] == 1}
    for step in parts:
        is_moved = not (step.old and step.new) and (step.old or step.new) in moved
        yield replace(step, is_moved=is_moved)


def _numbered(parts: Iterable[ParagraphStep]) -> Iterator[ParagraphStep]:
    """Give each change its key; the two steps of a move have one."""
    keys: dict[tuple[str, ...], str] = {}
    number = 0
    for step in parts:
        key = keys.get(step.old or step.new, "") if step.is_moved else ""
        if step.old != step.new and not key:
            number += 1
            key = f"p{number}"
        if step.is_moved:
            keys[step.old or step.new] = key
        yield replace(step, key=key)
