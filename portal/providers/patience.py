"""Who reads a whole list waits a little where a provider asks for it; a row goes later instead."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TypeVar

from portal.providers.errors import Busy

T = TypeVar("T")
TRIES = 5
_longest: ContextVar[timedelta] = ContextVar("longest", default=timedelta(0))


@contextmanager
def patient(longest: timedelta) -> Iterator[None]:
    """Wait for up to so long between two calls, in this thread."""
    before = _longest.get()
    _longest.set(longest)
    try:
        yield
    finally:
        _longest.set(before)


def patiently(call: Callable[[], T]) -> T:
    """Call a provider, and again after a short wait where it says that it is too much at once.

    Raises what the call raises; Busy where nobody is patient, or the wait would be long.
    """
    for _ in range(TRIES):
        try:
            return call()
        except Busy as error:
            wait = error.after or timedelta(seconds=1)
            if wait > _longest.get():
                raise
            time.sleep(wait.total_seconds())
    return call()
