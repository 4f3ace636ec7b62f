"""Words that are one slip of the fingers away from one that was typed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from string import ascii_lowercase


@dataclass(frozen=True)
class NearWords:
    """A word that is nowhere, and those near it that are somewhere."""

    word: str
    near: tuple[str, ...]


def near_words(
    word: str, known: Callable[[set[str]], Iterable[str]], letters: Iterable[str] = ascii_lowercase
) -> NearWords:
    """The known words that differ by one slip: a letter more or less, or two the other way round.

    Where there is none, those with one other letter. `known` says which of some words there are.
    """
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    slips = {start + end[1:] for start, end in cuts if start or end[1:]}
    slips |= {start + end[1] + end[0] + end[2:] for start, end in cuts if len(end) > 1}
    slips |= {start + letter + end for start, end in cuts for letter in letters}
    others = {start + letter + end[1:] for start, end in cuts if end for letter in letters}
    return NearWords(word, tuple(sorted(known(slips) or known(others))))
