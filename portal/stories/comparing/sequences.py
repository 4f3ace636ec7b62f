"""Where two sequences differ, in bounded work.

`difflib` compares best, and takes minutes for long sequences. So what is the
same at both ends goes first, a long rest is cut at what occurs once in both, and
what is still long then counts as different altogether.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_WORK = 500_000  # steps that difflib may take: some milliseconds
Place = tuple[int, int]


@dataclass(frozen=True)
class Run:
    """From where to where in the old and in the new; and whether it is the same."""

    same: bool
    old: slice
    new: slice


def runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """The runs that make up both sequences, in order: a same one, another one, and so on."""
    return list(joined(_runs(old, new)))


def joined(parts: Iterable[Run]) -> Iterator[Run]:
    """The runs, with neighbours of one kind made one."""
    last: Run | None = None
    for run in parts:
        if last and last.same == run.same:
            old, new = slice(last.old.start, run.old.stop), slice(last.new.start, run.new.stop)
            last = Run(run.same, old, new)
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    head = same_start(old, new)
    tail = same_start(old[head:][::-1], new[head:][::-1])
    at, ends = (head, head), (len(old) - tail, len(new) - tail)
    yield from _same((0, 0), head)
    for found in _landmarks(old, new, at, ends):
        yield from _between(old, new, at, found)
        yield from _same(found, 1)
        at = found[0] + 1, found[1] + 1
    yield from _between(old, new, at, ends)
    yield from _same(ends, tail)


def same_start(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts are the same from the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _same(at: Place, size: int) -> Iterator[Run]:
    if size:
        yield Run(True, slice(at[0], at[0] + size), slice(at[1], at[1] + size))  # noqa: FBT003


def _landmarks(old: Sequence[str], new: Sequence[str], at: Place, ends: Place) -> list[Place]:
    """Where that is which occurs once in both, as far as it has kept its order."""
    olds, news = Counter(old[at[0] : ends[0]]), Counter(new[at[1] : ends[1]])
    if _work(olds, news) <= MOST_WORK:
        return []
    where = {new[place]: place for place in range(at[1], ends[1]) if news[new[place]] == 1}
    once = (place for place in range(at[0], ends[0]) if olds[old[place]] == 1)
    return _rising([(place, where[old[place]]) for place in once if old[place] in where])


def _work(olds: Counter[str], news: Counter[str]) -> int:
    """How many steps difflib takes at most: it looks at all pairs, once for each it finds."""
    pairs = sum(number * news[part] for part, number in olds.items())
    return (olds.total() + pairs) * min(olds.total(), news.total(), pairs)


def _rising(places: Sequence[Place]) -> list[Place]:
    """The longest row of the places in which the second number rises as the first does."""
    lowest: list[int] = []  # of all rows of a length, the last number that is lowest
    ends: list[int] = []  # and whose that is
    before: list[int] = []
    for at, (_, number) in enumerate(places):
        length = bisect_left(lowest, number)
        before.append(ends[length - 1] if length else -1)
        lowest[length : length + 1] = [number]
        ends[length : length + 1] = [at]
    row, at = [], ends[-1] if ends else -1
    while at >= 0:
        row.append(places[at])
        at = before[at]
    return row[::-1]


def _between(old: Sequence[str], new: Sequence[str], at: Place, to: Place) -> Iterator[Run]:
    olds, news = old[at[0] : to[0]], new[at[1] : to[1]]
    if not olds and not news:
        return
    if _work(Counter(olds), Counter(news)) > MOST_WORK:
        yield Run(False, slice(at[0], to[0]), slice(at[1], to[1]))  # noqa: FBT003
        return
    for kind, start, end, first, last in SequenceMatcher(None, olds, news, False).get_opcodes():  # noqa: FBT003
        before, after = slice(at[0] + start, at[0] + end), slice(at[1] + first, at[1] + last)
        yield Run(kind == "equal", before, after)
