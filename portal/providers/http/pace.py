"""Keeps to a provider's limits before they are hit, by what its answers say is left."""

import time
from collections.abc import Sequence
from datetime import timedelta

from portal.providers.http.answer import Answer

USUAL_REST = timedelta(seconds=1)


class Pace:
    """How long to rest, as the last answers said. Shared by the threads of one provider.

    `remaining` and `reset` name the headers; without them there is never a rest. `limits` are
    the beginnings of calls (`POST /smtp/email`, or `/contacts` whatever the method) that the
    provider counts apart: a call belongs to the first that fits, all others belong together.
    """

    def __init__(self, remaining: str, reset: str, limits: Sequence[str] = ()) -> None:
        self._remaining, self._reset, self._limits = remaining, reset, limits
        self._until: dict[str, float] = {}

    def note(self, method: str, path: str, answer: Answer) -> None:
        """Remember that no such call is left, if the answer says so, and until when."""
        if self._remaining and answer.headers.get(self._remaining, "").strip() == "0":
            wait = answer.seconds_in(self._reset) or USUAL_REST
            self._until[self._limit(method, path)] = time.monotonic() + wait.total_seconds()

    def rest(self, method: str, path: str) -> timedelta | None:
        """How long no such call should be made; None when one can be."""
        left = self._until.get(self._limit(method, path), 0.0) - time.monotonic()
        return timedelta(seconds=left) if left > 0 else None

    def _limit(self, method: str, path: str) -> str:
        calls = (f"{method} {path}", path)
        return next((one for one in self._limits if any(it.startswith(one) for it in calls)), "")
