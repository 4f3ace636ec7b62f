"""What is made of a text, kept in each process: a text never changes, and is shown often.

It is kept by the whole text, so nothing makes it old but a new program, which starts new processes.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
MOST = 2_000_000  # letters of texts, for each thing that is made: some hundred usual stories
LEAST = 1_000  # letters that each counts as: what is made of it needs room besides


def made_once(make: Callable[P, R]) -> Callable[P, R]:
    """Keep what is made of texts; other arguments may be anything that can be a key.

    Who asks meanwhile waits: what takes long is made by one thread.
    """
    kept: dict[object, tuple[R, int]] = {}
    lock = Lock()

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (args, *kwargs.items())
        found = kept.get(key)
        if found is None:
            with lock:
                found = kept.get(key) or keep(key, make(*args, **kwargs), args)
        return found[0]

    def keep(key: object, value: R, args: Iterable[object]) -> tuple[R, int]:
        size = max(LEAST, sum(len(text) for text in args if isinstance(text, str)))
        if sum(size for _, size in kept.values()) > MOST:
            kept.clear()
        kept[key] = value, size
        return kept[key]

    return made
