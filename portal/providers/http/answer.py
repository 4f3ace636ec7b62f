"""One answer of a provider: its status, what it says, and how long it asks us to wait."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from portal.providers.errors import LONGEST_WAIT
from portal.providers.parsed import text_of

SECONDS = re.compile(r"[0-9]{1,9}")
MOMENT = re.compile(r"[0-9]{10}")  # Unix seconds, from 2001 to 2286
LONGEST_ID = 250
XML = ("text/xml", "application/xml")  # which some APIs speak


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body; `body` is None where it could not be read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None

    def data(self) -> Any:
        """The body's JSON, or None where there is none that can be read."""
        try:
            return json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return None

    def field(self, name: str) -> str:
        """A text at the top level of the JSON object, or nothing: see `text_of`."""
        return text_of(self.data(), name)

    def identifier(self, name: str) -> str:
        """An id at the top level of the JSON object; nothing where it is too long to be one."""
        value = self.field(name)
        return value if len(value) <= LONGEST_ID else ""

    def is_web_page(self) -> bool:
        """Whether this is a page for a browser, which no provider's API answers with."""
        kind = self.headers.get("Content-Type", "").lower()
        is_markup = (self.body or b"").lstrip().startswith(b"<") and not kind.startswith(XML)
        return self.body != b"" and (kind.startswith("text/html") or is_markup)

    def length(self) -> int:
        """How many bytes the body has, as far as the headers say."""
        value = self.headers.get("Content-Length", "").strip()
        return int(value) if re.fullmatch("[0-9]{1,18}", value) else 0

    def retry_after(self, most: timedelta = LONGEST_WAIT) -> timedelta | None:
        """The wait in Retry-After, as seconds or as a date (RFC 9110, 10.2.3)."""
        value = self.headers.get("Retry-After", "").strip()
        is_seconds = SECONDS.fullmatch(value)
        wait = timedelta(seconds=int(value)) if is_seconds else _until(value)
        return None if wait is None else min(wait, most)

    def seconds_in(self, header: str) -> timedelta | None:
        """The wait in a provider's own header: in seconds, or until a moment in Unix seconds."""
        value = self.headers.get(header, "").strip() if header else ""
        if MOMENT.fullmatch(value):
            left = int(value) - int(datetime.now(UTC).timestamp())
            return timedelta(seconds=min(max(left, 0), LONGEST_WAIT.total_seconds()))
        if not SECONDS.fullmatch(value):
            return None
        return min(timedelta(seconds=int(value)), LONGEST_WAIT)


def _until(value: str) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(value)
        wait = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return max(wait, timedelta(0))
