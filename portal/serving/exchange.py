"""One request and its answer: what threads do, with nothing to wait for but the app.

The body is here before the app runs. Of a large one the app is asked first: it runs with a body
that cannot be read yet. Where it answers all the same (there is no such page, it is too large,
too much came from there), not a byte of the body is taken. Where it begins to read, the body is
fetched and the app runs anew.
"""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from enum import Enum, auto
from socket import socket
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from flask import has_request_context
from flask import request as request_of_app
from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from portal.serving.framing import frame_of

log = logging.getLogger("gunicorn.error")

UNASKED = 256 * 1024  # bytes of a body that are taken without asking the app: its usual limit
IN_MEMORY = 32 * 1024  # bytes of a body; more goes into a temporary file
ENOUGH = 256 * 1024  # bytes of an answer that wait for a client, before more is made
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

App = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Outcome(Enum):
    """How far a thread came with an answer."""

    WANTS_BODY = auto()
    HAS_MORE = auto()  # than the client has taken so far
    DONE = auto()


class WantsBody(BaseException):
    """The app begins to read a body that is not here; no `except Exception` may keep it."""


class NotHere(io.RawIOBase):
    """The body while the app is only asked; `most` is then how much of it the app takes."""

    most = sys.maxsize

    def readable(self) -> bool:
        """It says so, and raises WantsBody."""
        return True

    def readinto(self, _buffer: object) -> int:
        """Raise WantsBody."""
        limit = request_of_app.max_content_length if has_request_context() else None
        self.most = sys.maxsize if limit is None else limit
        raise WantsBody


class Unsent:
    """What waits to be sent, in place of the socket that gunicorn's answers are written to."""

    def __init__(self, sock: socket) -> None:
        self._sock = sock
        self.waiting = bytearray()

    def sendall(self, data: bytes) -> None:
        """Keep it to be sent."""
        self.waiting += data

    def gettimeout(self) -> float:
        """0: what is sent here never waits."""
        return 0.0

    def flush(self) -> int:
        """Send as much as the client takes without waiting; returns how much. Raises OSError."""
        sent = 0
        try:
            while self.waiting:
                number = self._sock.send(self.waiting)
                del self.waiting[:number]
                sent += number
        except BlockingIOError:
            pass
        return sent


class Exchange:
    """A request whose head came, and its answer.

    Raises what gunicorn's parser does where the head is none.
    """

    def __init__(self, cfg: Config, head: bytes, peer: Any, server: Any, unsent: Unsent) -> None:
        self._cfg, self._peer, self._server, self._unsent = cfg, peer, server, unsent
        self._request = Request(cfg, IterUnreader([head]), peer)
        self.wants_continue = self._request._expected_100_continue
        self._request._expected_100_continue = False  # or gunicorn says it, too early
        self._frame = frame_of(self._request)
        file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - `close` closes it
        self._body = cast("BinaryIO", file)
        self._size, self._most = 0, UNASKED
        self._asked: dict[str, Any] = {}
        self._response: Any = None
        self._made: Any = None
        self._items: Iterator[bytes] = iter(())
        self.closes = False
        """Whether the connection ends with the answer; known when it is done."""

    @property
    def has_body(self) -> bool:
        """Whether all of the body is here."""
        return self._frame.is_done

    @property
    def is_ready(self) -> bool:
        """Whether the app can run: the body is here, or is more than the app is known to take."""
        return self.has_body or max(self._frame.length, self._size) > self._most

    def take(self, data: bytearray) -> None:
        """Take what belongs to the body out of what came. Raises InvalidChunkSize and OSError."""
        part = self._frame.take(data)
        self._body.write(part)
        self._size += len(part)

    def answer(self, app: App, *, is_last: bool) -> Outcome:
        """Go on with the answer as far as the client takes it; in a thread. Raises OSError.

        `is_last`: the connection ends after it.
        """
        not_here = NotHere()
        try:
            if self._made is None:
                self._begin(app, not_here, is_last=is_last)
            return self._send()
        except WantsBody:
            self._most = max(not_here.most, self._frame.length)
            return Outcome.WANTS_BODY
        except OSError:
            raise
        except Exception:  # the app has a page for its own faults; this is beyond it
            log.exception("An answer broke off")
            self.closes = True
            if not self._response.headers_sent:
                util.write_error(self._unsent, 500, "Internal Server Error", "")
            self._unsent.flush()
            return Outcome.DONE

    def _begin(self, app: App, not_here: NotHere, *, is_last: bool) -> None:
        request, unsent = self._request, self._unsent
        self._response, environ = wsgi.create(request, unsent, self._peer, self._server, self._cfg)
        environ |= {"wsgi.multithread": True, "portal.asked": self._asked}
        if self.has_body:
            self._body.seek(0)
            environ["wsgi.input"] = self._body
        else:
            environ["wsgi.input"] = not_here
        if environ.pop("HTTP_TRANSFER_ENCODING", None):
            environ["CONTENT_LENGTH"] = str(self._size)
        if is_last or not self.has_body:
            self._response.force_close()
        self._made = app(environ, self._response.start_response)
        self._items = iter(self._made)

    def _send(self) -> Outcome:
        for item in self._items:
            self._response.write(item)
            if len(self._unsent.waiting) > ENOUGH:
                self._unsent.flush()
                if self._unsent.waiting:
                    return Outcome.HAS_MORE
        self._response.close()
        self._unsent.flush()
        self.closes = self._response.should_close()
        return Outcome.DONE

    def close(self) -> None:
        """Let go of what the request and its answer hold."""
        self._body.close()
        if hasattr(self._made, "close"):
            self._made.close()
