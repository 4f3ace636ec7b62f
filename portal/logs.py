"""What web and worker log: a line for each thing, with the number of its request.

Nothing private is in a line (`redaction`), and what happens again and again is a line a second.
"""

import json
import logging
import re
import secrets
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import Any

from flask import current_app, has_request_context, request

from portal.redaction import redactor, secrets_in

HEADER, NUMBER = "X-Request-ID", "portal.request_id"
NUMBERS = 10**9  # few enough digits to be said on the phone
TO_SAY = 11  # characters of a number that a page shows: all of ours, and enough of a proxy's
FROM_PROXY = re.compile(r"[A-Za-z0-9-]{6,64}")
EVERY = 1.0  # seconds between two lines of a kind
TRACE_EVERY = 60.0  # and between two that say where in the code it was
MOST_KINDS = 1000
REQUESTS_SHOWN = 10  # of those whose lines were left out
SERVER = ("gunicorn.error", "gunicorn.access")

log = logging.getLogger(__name__)


def request_id() -> str:
    """The number of this request: that of the proxy in front, or one of ours. Empty outside."""
    if not has_request_context():
        return ""
    if NUMBER not in request.environ:
        said = request.headers.get(HEADER, "") if current_app.config["TRUSTED_PROXIES"] else ""
        ours = f"{secrets.randbelow(NUMBERS):011_}".replace("_", "-")
        request.environ[NUMBER] = said if FROM_PROXY.fullmatch(said) else ours
    found: str = request.environ[NUMBER]
    return found


@dataclass
class Repeats:
    """When a line of a kind was written, and what was left out since."""

    said_at: float = -EVERY
    traced_at: float = -TRACE_EVERY
    more: int = 0
    requests: list[str] = field(default_factory=list)


class Calm(logging.Filter):
    """Lets one line of a kind pass in a second, which says how many were left out before it.

    A kind is what one place in the code says, with the class of the error: a service that is away
    is told of by every thread, all the time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str, str], Repeats] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written; what is no trouble always is."""
        if record.levelno < logging.WARNING:
            return True
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        now, number = monotonic(), request_id()
        with self._lock:
            if len(self._kinds) > MOST_KINDS:
                self._kinds.clear()
            kind = self._kinds.setdefault((record.name, str(record.msg), error), Repeats())
            if now < kind.said_at + EVERY:
                kind.more += 1
                kind.requests += [number] if number and len(kind.requests) < REQUESTS_SHOWN else []
                return False
            record.more, record.more_requests = kind.more, kind.requests
            kind.said_at, kind.more, kind.requests = now, 0, []
            record.is_short = is_short = now < kind.traced_at + TRACE_EVERY
            kind.traced_at = kind.traced_at if is_short else now
        return True


class Plain(logging.Formatter):
    """A line for people: when, how bad, where, what, and of which request."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The whole of it; an error has further lines."""
        found = self.fields(record)
        line = f"{found['at']} {found['level']} {found['logger']}: {found['message']}"
        if "request" in found:
            line += f" (request {found['request']})"
        if "more" in found:
            line += f" (and {found['more']} more like it) {found.get('more_requests', '')}".rstrip()
        text = f"{line}\n{found['error']}" if "error" in found else line
        return text.replace("\n", "\n  ")  # no part of it looks like a line of ours

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What is known of it, with nothing private."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        known = {
            "request": request_id(),
            "more": getattr(record, "more", 0),
            "more_requests": " ".join(getattr(record, "more_requests", [])),
            "error": self._redact(self._error(record)),
        }
        return {
            "at": at,
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        } | {name: value for name, value in known.items() if value}

    def _error(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not record.exc_info:
            return ""
        is_short = getattr(record, "is_short", False)
        return (
            f"{type(error).__name__}: {error}"
            if is_short
            else self.formatException(record.exc_info)
        )


class Json(Plain):
    """A line for machines: one object."""

    def format(self, record: logging.LogRecord) -> str:
        """The fields as JSON."""
        return json.dumps(self.fields(record), ensure_ascii=False)


def set_up(config: Mapping[str, Any]) -> None:
    """Let this process, and those that it forks, log like this; what breaks them too."""
    handler = logging.StreamHandler()
    handler.setFormatter(make_formatter(config))
    handler.addFilter(Calm())
    logging.getLogger().handlers = [handler]
    for name in SERVER:  # gunicorn has its own
        for theirs in logging.getLogger(name).handlers:
            theirs.setFormatter(handler.formatter)
            theirs.addFilter(Calm())
    logging.captureWarnings(capture=True)
    sys.excepthook = _ends
    threading.excepthook = lambda args: _ends(args.exc_type, args.exc_value, args.exc_traceback)


def _ends(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("This ends a process or a thread", exc_info=(kind, error or kind(), trace))


def make_formatter(config: Mapping[str, Any]) -> logging.Formatter:
    """How a line is written, by LOG_FORMAT."""
    redact = redactor(secrets_in(config))
    return Json(redact) if config["LOG_FORMAT"] == "json" else Plain(redact)
