"""Four words that lead back to a story, for who has no place to keep a link.

They come from the English list of BIP 39, in which no two words start with the
same four letters, without those that could hurt to be given. Their order does not
matter, nor small slips, nor how a word is written that sounds so. Four of some 1,800
words are worth 38 bits then, enough behind a rate limit (`docs/decisions/stories.md`).
Only a digest is kept: nobody can read the words again, and no page ever suggests one.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice, product
from pathlib import Path
from secrets import SystemRandom

from flask import current_app
from mnemonic import Mnemonic

from portal.letters import normal_form
from portal.signing import all_keys
from portal.stories.comparing.sequences import same_start
from portal.stories.finding.sounds import sound

LENGTH = 4  # words
MOST_TRIED = 12  # phrases: all with one slip, and most with two
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
    """What is kept of the words in any order, by the key of today where none is given."""
    return _digest(sorted(words.casefold().split()), key or current_app.config["SECRET_KEY"])


def _digest(words: Sequence[str], key: str) -> str:
    return hmac.new(key.encode(), f"story phrase {' '.join(words)}".encode(), sha256).hexdigest()


def digests(typed: str, most: int = MOST_TRIED) -> list[str]:
    """What may be kept of the words that somebody meant to type, the likeliest first.

    None when they are not four words of ours; those of `most` phrases for each key. Of words that
    were given before their order ceased to matter, what is kept has it still.
    """
    keys = all_keys()
    phrases = [*islice(dict.fromkeys(_phrases(typed)), most)]
    orders = dict.fromkeys([*(tuple(sorted(one)) for one in phrases), *phrases])
    return [_digest(words, key) for words in orders for key in keys]


def _phrases(typed: str) -> Iterator[tuple[str, ...]]:
    """What the typed words may stand for, the likeliest first."""
    apart = normal_form("NFKD", APOSTROPHES.sub("", typed[:LONGEST_TYPED])).casefold()
    words = LETTERS.findall("".join(sign for sign in apart if not unicodedata.combining(sign)))
    yield from _splits("".join(words), LENGTH)
    if len(words) == LENGTH:
        choices = product(*map(_meant, words))
        ranked = sorted(choices, key=lambda choice: sum(cost for cost, _ in choice))
        yield from (tuple(word for _, word in choice) for choice in ranked)


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
    """How far a word is from what was typed, above all by its sound; None where nobody meant it."""
    if typed == word:
        return 0
    if len(typed) >= START and word.startswith(typed):
        return NEAR
    slips, heard = _slips(typed, word), _slips(sound(typed), sound(word))
    has_start = len(typed) >= START and typed[:START] == word[:START]
    is_near = slips <= NEAR or heard == 0
    is_far = has_start or heard == NEAR or (slips == FAR and len(word) >= LONG)
    return FAR * (not is_near) + slips + 3 * heard if is_near or is_far else None


def _slips(typed: str, word: str) -> int:
    """How many letters in a row are other ones. Two that changed places are one slip."""
    if (longer := abs(len(typed) - len(word))) > FAR:
        return longer
    start = same_start(typed, word)
    end = same_start(typed[start:][::-1], word[start:][::-1])
    wrong, right = typed[start : len(typed) - end], word[start : len(word) - end]
    if len(wrong) == FAR and wrong == right[::-1]:
        return NEAR
    return max(len(wrong), len(right))
