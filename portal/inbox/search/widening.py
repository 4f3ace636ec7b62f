"""What else may be meant by a word that was typed: words that begin with it, or are near it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from portal.extensions import db
from portal.inbox.search import fulltext
from portal.inbox.search.fulltext import Words, fold
from portal.inbox.search.question import Term, Way
from portal.near_words import NearWords, near_words

SHORTEST = 3  # letters: too many words begin with fewer
BEGINNING_MOST = 20
FORMS_MOST = 2  # an address has two; a phone number has many, and all of it was typed
# What may be missing of a word whose stem is no longer than what was typed of it (swimm, citie).
ENDINGS = ["s", "g", "n", "d", "y", "ng", "ty", "on", "ed", "ing", "ion", "es", "ly"]


def widen(terms: Sequence[Term]) -> tuple[tuple[Term, ...], list[NearWords]]:
    """The terms with more ways to write them, and the words that are nowhere, with those near."""
    words_in, wider, missing = fulltext.of(db.session), [], []
    for term in terms:
        known = partial(words_in.known, is_sender=term.is_sender)
        ways = [*_beginning(term, words_in)]
        if not ways and len(term.ways) == len(term.ways[0]) == 1:
            word = fold(term.ways[0][0])
            if len(word) >= SHORTEST and not known({word}):
                near = near_words(word, known)
                missing += [near] if near.near else []
                ways = [(one,) for one in near.near]
        wider.append(replace(term, ways=tuple(dict.fromkeys((*term.ways, *ways)))))
    return tuple(wider), missing


def _beginning(term: Term, words_in: Words) -> Iterator[Way]:
    """The ways that begin as a way of the term does."""
    for *parts, last in term.ways if len(term.ways) <= FORMS_MOST else ():
        start = fold(last)
        if len(start) < SHORTEST:
            continue
        texts = words_in.texts(words_in.beginning(start, BEGINNING_MOST, is_sender=term.is_sender))
        words = {word for text in texts for word in text.split() if word.startswith(start)}
        for word in (*sorted(words - {start})[:BEGINNING_MOST], *_forms(start, words_in, term)):
            yield (*parts, word)


def _forms(start: str, words_in: Words, term: Term) -> set[str]:
    if not (start.isascii() and start.isalpha()):
        return set()
    return words_in.known({start + ending for ending in ENDINGS}, is_sender=term.is_sender)
