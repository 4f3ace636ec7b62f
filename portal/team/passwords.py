"""Passwords: to check one costs who guesses dearly, and must not cost the site its processors."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from flask_security.utils import hash_password

from portal.team.codes import normal, security

# In each process one is worked out at a time, and one more waits for it. So a flood of sign-ins
# has half of the four threads at most, and whoever looks at a page has the others.
LINE = BoundedSemaphore(2)
turn = Lock()


class LineIsFull(Exception):
    """More passwords came at once than we check at a time; nothing was checked."""


def hashed(password: str) -> str:
    """What is kept of a password: argon2id, with a salt of its own."""
    return str(hash_password(normal(password)))


def check(password: str, kept: str | None, *, is_known: bool) -> tuple[bool, str | None]:
    """Whether that is the password of which this is kept, and what to keep in its place, if so.

    It takes as long where nothing is kept. Raises LineIsFull; a known browser waits instead.
    """
    with turn if is_known else _in_line():
        if kept:
            right, newer = security.pwd_context.verify_and_update(normal(password), kept)
            return bool(right), newer
        hashed(password)
        return False, None


@contextmanager
def _in_line() -> Iterator[None]:
    if not LINE.acquire(blocking=False):
        raise LineIsFull
    try:
        with turn:
            yield
    finally:
        LINE.release()
