"""What somebody looks for: words, and with `from:`, `before:` and `after:` by whom and when."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from portal import days, phones
from portal.addresses import to_ascii, to_unicode
from portal.extensions import now
from portal.letters import normal_form
from portal.words import local, start_of

WORDS_MOST, WORD_LONGEST, TEXT_LONGEST = 10, 254, 10_000
WEEK, YEAR = timedelta(days=7), timedelta(days=365)
AROUND = "<>()[],;:.\"'"  # an address that was copied
NUMBER = re.compile(r"[\d+()./-]*\d[\d+()./-]*|[+()./-]+")  # or a part of one
MARKED = re.compile(r'(?<!\S)(from|before|after):(?:"([^"]*)"|(\S+))', re.IGNORECASE)

Way = tuple[str, ...]
"""One way to write a word: its parts, which follow each other."""


@dataclass(frozen=True)
class Term:
    """A word that must be there, in one of the ways to write it."""

    ways: tuple[Way, ...]
    is_sender: bool = False
    """Whether it must be in the name, address or number of somebody who wrote."""


@dataclass(frozen=True)
class Question:
    """All that must hold for what is found."""

    terms: tuple[Term, ...] = ()
    before: datetime | None = None
    after: datetime | None = None
    unread: str = ""
    """The day after `before:` or `after:` that nobody can read."""


def read(words: str) -> Question:
    """The question that somebody typed, its words as the parts that a database would make of them.

    An address is looked for in both of its forms, a phone number in each in which it is written.
    """
    text = normal_form("NFC", words[:TEXT_LONGEST])
    asked: dict[str, list[str]] = {"from": [], "before": [], "after": []}
    for name, quoted, bare in MARKED.findall(text):
        asked[name.lower()].append(quoted or bare)
    days_asked = {name: [*map(_day, asked[name])] for name in ("before", "after")}
    wrote = (replace(term, is_sender=True) for one in asked["from"] for term in _terms(one))
    return Question(
        (*_terms(MARKED.sub(" ", text)), *wrote)[:WORDS_MOST],
        min(filter(None, days_asked["before"]), default=None),
        max(filter(None, days_asked["after"]), default=None),
        next(
            (
                one
                for name, found in days_asked.items()
                for one, day in zip(asked[name], found, strict=True)
                if not day
            ),
            "",
        ),
    )


def _day(text: str) -> datetime | None:
    """The start of a day that was typed: of the last such day, unless it names a coming one."""
    moment = local(now())
    found = days.read(text, moment)
    if found and found.at.date() > moment.date():
        back = YEAR if any(map(str.isdecimal, text)) else WEEK
        found = days.read(text, moment - back)
    return start_of(found.at.date()) if found else None


def _terms(text: str) -> Iterator[Term]:
    typed = (word[:WORD_LONGEST] for word in text.split()[:WORDS_MOST])
    for forms in _forms(typed):
        if ways := tuple(filter(None, map(_parts, forms))):
            yield Term(ways)


def _forms(words: Iterable[str]) -> Iterator[Sequence[str]]:
    """Each word in its forms. Those of which a phone number is made stand for it together."""
    for is_number, found in groupby(words, lambda word: NUMBER.fullmatch(word) is not None):
        run = [*found]
        if is_number and (forms := phones.written(" ".join(run))):
            yield forms
        else:
            yield from map(_in_both_forms, run)


def _in_both_forms(word: str) -> Sequence[str]:
    bare = word.strip(AROUND)
    return [*dict.fromkeys((to_ascii(bare), to_unicode(bare)))] if "@" in bare else [word]


def _parts(form: str) -> Way:
    return tuple("".join(map(letter_of_word, form)).split())


def letter_of_word(char: str) -> str:
    """The character, if it can be part of a word, and a space for any other."""
    return char if char.isalnum() or unicodedata.category(char).startswith("M") else " "
