"""Four words that lead back to a story, for who has no place to keep a link.

They come from the English list of BIP 39, in which no two words start with the
same four letters, without those that could hurt to be given. Drawn from some
1,800 words they are worth 43 bits, enough behind a rate limit. Only a digest is
kept: nobody can read the words again, and no page ever suggests one.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice, product
from pathlib import Path
from secrets import SystemRandom

from flask import current_app
from mnemonic import Mnemonic

from portal.stories.comparing.sequences import same_start

LENGTH = 4  # words
MOST_TRIED = 128  # phrases: all with one slip, and most with two
MOST_MEANT = 12  # words that one typed word may stand for: no more are one slip away
LONGEST_TYPED = 200
START = 4  # letters that tell a word of the list
LONG = 6  # letters: two of such a word in a row may be wrong
NEAR, FAR = 1, 2
LETTERS = re.compile(r"[a-z]+")
APOSTROPHES = re.compile("['\u2019]")

# Unkind to somebody Disabled, hurt, threatened, ill or grieving; or hard to know.
UNKIND = frozenset(Path(__file__).with_name("unkind.txt").read_text(encoding="utf-8").split())
LIST = tuple(Mnemonic("english").wordlist)
"""Words that are read: all, so that a word that becomes unkind still leads back."""
WORDS = tuple(word for word in LIST if word not in UNKIND)
"""Words that are given."""
KNOWN = frozenset(LIST)
SHORTEST, LONGEST = min(map(len, LIST)), max(map(len, LIST))


def new() -> str:
    """Four different words, with spaces between them."""
    return " ".join(SystemRandom().sample(WORDS, LENGTH))


def digest(words: str, key: str = "") -> str:
    """What is kept of the words, by the key of today where none is given."""
    key = key or current_app.config["SECRET_KEY"]
    told = f"story phrase {' '.join(words.casefold().split())}"
    return hmac.new(key.encode(), told.encode(), sha256).hexdigest()


def digests(typed: str) -> list[str]:
    """What may be kept of the words that somebody meant to type, the likeliest first.

    None when they are not four words of ours; a bounded number for each key.
    """
    config = current_app.config
    keys = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    phrases = islice(dict.fromkeys(_phrases(typed)), MOST_TRIED)
    return [digest(phrase, key) for phrase in phrases for key in keys]


def _phrases(typed: str) -> Iterator[str]:
    """What the typed words may stand for, the likeliest first."""
    apart = unicodedata.normalize("NFKD", APOSTROPHES.sub("", typed[:LONGEST_TYPED])).casefold()
    words = LETTERS.findall("".join(sign for sign in apart if not unicodedata.combining(sign)))
    yield from (" ".join(split) for split in _splits("".join(words), LENGTH))
    if len(words) == LENGTH:
        choices = product(*map(_meant, words))
        ranked = sorted(choices, key=lambda choice: sum(cost for cost, _ in choice))
        yield from (" ".join(word for _, word in choice) for choice in ranked)


def _splits(letters: str, number: int) -> Iterator[tuple[str, ...]]:
    """Each way to read the letters as so many words of the list, whatever the spaces."""
    if not SHORTEST * number <= len(letters) <= LONGEST * number:
        return
    if number == 0:
        yield ()
        return
    for size in range(SHORTEST, LONGEST + 1):
        if letters[:size] in KNOWN:
            yield from ((letters[:size], *rest) for rest in _splits(letters[size:], number - 1))


def _meant(typed: str) -> list[tuple[int, str]]:
    """Words that somebody may have meant, with how far they are from what was typed."""
    ranked = sorted((cost, word) for word in LIST if (cost := _distance(typed, word)) is not None)
    return ranked[:MOST_MEANT]


def _distance(typed: str, word: str) -> int | None:
    """0 for the word itself, 1 for one slip, 2 for two in a row or for the same start."""
    has_start = len(typed) >= START and typed[:START] == word[:START]
    if abs(len(typed) - len(word)) > 1:
        return FAR if has_start else None
    start = same_start(typed, word)
    end = same_start(typed[start:][::-1], word[start:][::-1])
    wrong, right = typed[start : len(typed) - end], word[start : len(word) - end]
    slips = max(len(wrong), len(right))
    if slips == FAR and wrong == right[::-1]:
        return NEAR
    if slips <= (FAR if len(word) >= LONG else NEAR):
        return slips
    return FAR if has_start else None
