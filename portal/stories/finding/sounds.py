"""How an English word sounds, roughly: words are read out on the phone, and written as heard.

It is compared and never kept: better rules lead back to no fewer stories.
"""

import re
from collections.abc import Callable
from functools import lru_cache

# In this order. A capital letter is a long vowel.
RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    ("ph", "f"),
    ("^sch|ch(?=[rl])", "k"),
    ("[ea]igh", "A"),
    ("igh", "I"),
    ("[ao]ugh(?=t)|a[uw]|al(?=k)|or(?=[^aeiou])", "o"),
    ("[ao]ugh$", "uf"),
    ("dg(?=e)|g(?=[eiy])", "j"),
    ("c(?=[eiy])|z", "s"),
    ("c(?!h)|q", "k"),
    ("(?<=k)u(?=[aeio])", "w"),
    ("x", "ks"),
    ("[aeio](?=[^aeiouy]e$)", lambda found: found[0].upper()),
    ("ai|ay|ei|ea(?=k$)", "A"),
    ("ee|ea|ie|ey$|(?<=[^aeiou])y$", "E"),
    ("oa|ow|oe", "O"),
    ("oo|ew|ue|ui", "U"),
    ("y", "i"),
    ("(er|or|ar|our|a)$", "er"),
    ("(?<=[^aeiou])e$", ""),
    (r"(.)\1+", r"\1"),
)


@lru_cache(4096)
def sound(word: str) -> str:
    """The same for words that sound alike, and nearly so for those that nearly do."""
    for written, heard in RULES:
        word = re.sub(written, heard, word)
    return word
