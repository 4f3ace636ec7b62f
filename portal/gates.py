"""A gate before what may not answer: few wait there, the others hear at once that it is shut."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Shut(Exception):
    """Whoever comes now would wait in vain."""


class Gate:
    """Before something outside that many threads ask, all of one process.

    Once it did not answer nobody asks it for a while. Then one tries, and the others hear that it
    is shut until that one is back. At most so many are behind the gate at once; who comes then
    waits for a moment, but not where those before have waited for long themselves.
    """

    def __init__(self, rest: float, most: int = 0, patience: float = 0.0) -> None:
        """Lengths in seconds; `most` is 0 for any number."""
        self._rest, self._most, self._patience = rest, most, patience
        self._shut_until = 0.0  # 0 where it is open
        self._since: list[float] = []  # when each of those behind it went in
        self._left = Condition()

    @contextmanager
    def through(self, *fine: type[BaseException]) -> Iterator[None]:
        """Ask what is behind the gate. Raises Shut; what is raised inside shuts it.

        Errors that are `fine` are answers too.
        """
        since = self._enter()
        try:
            yield
        except fine:
            self.open()
            raise
        except Exception:
            self.shut()
            raise
        else:
            self.open()
        finally:
            with self._left:
                self._since.remove(since)
                self._left.notify()

    def _enter(self) -> float:
        with self._left:
            self._look()
            while self._most and len(self._since) >= self._most:
                left = min(self._since) + self._patience - time.monotonic()
                if left <= 0:
                    raise Shut
                self._left.wait(left)
                self._look()
            since = time.monotonic()
            self._since.append(since)
            return since

    def _look(self) -> None:
        """Raise Shut where it is; where that was for long enough this one may try."""
        if self._shut_until:
            moment = time.monotonic()
            if moment < self._shut_until:
                raise Shut
            self._shut_until = moment + self._rest

    def open(self) -> None:
        """It answers."""
        self._shut_until = 0.0

    def shut(self) -> None:
        """It does not answer."""
        self._shut_until = time.monotonic() + self._rest
