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

from flask import request as request_of_app
from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from portal import room, storage
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
    """The body while the app is only asked; to read it raises WantsBody, or NoRoom.

    `size` is what will come of it, if that is known, `others` what comes of others meanwhile.
    `is_lost`: it could not be kept.
    """

    def __init__(self, size: int, others: int, *, is_lost: bool) -> None:
        super().__init__()
        self._size, self._others, self._is_lost = size, others, is_lost
        self.most = size
        """How much of it the app takes; known when it has begun to read."""

    def readable(self) -> bool:
        """It says so."""
        return True

    def readinto(self, _buffer: object) -> int:
        """Raise."""
        if self._is_lost:
            raise storage.NoRoom("A request could not be kept while it came")
        self.most = self._size or request_of_app.max_content_length or sys.maxsize
        room.wait_for(self._others + self.most)
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
        self._counted: dict[Any, Any] = {}
        self._takes_part = self._is_cut = self._is_lost = False
        self._response: Any = None
        self._made: Any = None
        self._items: Iterator[bytes] = iter(())
        self.closes = False
        """Whether the connection ends with the answer; known when it is done."""

    def came_from(self, hops: int) -> str:
        """The address for which so many proxies vouch; nothing where they say none."""
        said = (value for name, value in self._request.headers if name == "X-FORWARDED-FOR")
        places = ",".join(said).split(",")
        return places[-hops].strip() if 0 < hops <= len(places) else ""

    @property
    def has_body(self) -> bool:
        """Whether all of the body is here."""
        return self._frame.is_done

    @property
    def coming(self) -> int:
        """How many bytes of the body the app waits for, of a large one."""
        is_small = self._most <= UNASKED or self.has_body
        return 0 if is_small else self._most - self._size

    def cut(self) -> bool:
        """The client is gone; returns whether the app takes what came of the body."""
        self._is_cut = self._takes_part and not self.has_body and self._size > 0
        return self._is_cut

    @property
    def is_ready(self) -> bool:
        """Whether the app can run: the body is here, or is more than the app is known to take."""
        return self.has_body or self._is_lost or max(self._frame.length, self._size) > self._most

    def take(self, data: bytearray) -> None:
        """Take what belongs to the body out of what came. Raises InvalidChunkSize."""
        part = self._frame.take(data)
        self._size += len(part)
        try:
            self._body.write(part)
        except OSError as error:
            log.error("A request cannot be kept: %s", error)
            self._is_lost = True

    def answer(self, app: App, *, is_last: bool, others: int = 0) -> Outcome:
        """Go on with the answer as far as the client takes it; in a thread. Raises OSError.

        `is_last`: the connection ends after it. `others`: bytes that come for other requests.
        """
        not_here = NotHere(self._frame.length, others, is_lost=self._is_lost)
        try:
            if self._made is None:
                self._begin(app, not_here, is_last=is_last)
            return self._send()
        except WantsBody:
            self._most = not_here.most
            return Outcome.WANTS_BODY
        except OSError:
            raise
        except Exception:  # the app has a page for its own faults; this is beyond it
            log.exception("An answer broke off")
            self.closes = True
            if not (self._response and self._response.headers_sent):
                util.write_error(self._unsent, 500, "Internal Server Error", "")
            self._unsent.flush()
            return Outcome.DONE

    def _begin(self, app: App, not_here: NotHere, *, is_last: bool) -> None:
        create, request = wsgi.create, self._request
        self._response, environ = create(request, self._unsent, self._peer, self._server, self._cfg)
        is_here = (self.has_body or self._is_cut) and not self._is_lost
        if is_here:
            self._body.seek(0)
        environ["wsgi.multithread"] = True
        environ["wsgi.input"] = self._body if is_here else not_here
        # What a limit counted when the app was asked is not counted again (see floods.py).
        environ["portal.counted" if is_here else "portal.counting"] = self._counted
        if environ.pop("HTTP_TRANSFER_ENCODING", None):
            environ["CONTENT_LENGTH"] = str(self._size)
        if is_last or not is_here:
            self._response.force_close()
        try:
            self._made = app(environ, self._response.start_response)
        finally:
            self._takes_part = "portal.takes_part" in environ
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
