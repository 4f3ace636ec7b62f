"""Keeps to a provider's limits before they are hit, by what its answers say is left."""

import time
from datetime import timedelta

from portal.providers.http.answer import Answer

USUAL_REST = timedelta(seconds=1)


class Pace:
    """How long to rest, as the last answers said. Shared by the threads of one provider.

    `remaining` and `reset` name the headers; without them there is never a rest.
    """

    def __init__(self, remaining: str, reset: str) -> None:
        self._remaining, self._reset = remaining, reset
        self._until = 0.0

    def note(self, answer: Answer) -> None:
        """Remember that no call is left, if the answer says so, and until when."""
        if self._remaining and answer.headers.get(self._remaining, "").strip() == "0":
            wait = answer.seconds_in(self._reset) or USUAL_REST
            self._until = time.monotonic() + wait.total_seconds()

    def rest(self) -> timedelta | None:
        """How long no call should be made; None when one can be."""
        left = self._until - time.monotonic()
        return timedelta(seconds=left) if left > 0 else None
