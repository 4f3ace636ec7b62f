"""One client's connection: what comes is kept until a request is whole, then an answer goes out.

It belongs to the loop of its process (`worker`), which never waits. While a thread works on the
answer it is that thread's, and the loop does not look at it.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE
from socket import IPPROTO_TCP, SHUT_WR, SO_LINGER, SOL_SOCKET, TCP_NODELAY, socket
from struct import pack
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders

from portal.floods import widest_of
from portal.serving.exchange import CONTINUE, Exchange, Outcome, Unsent

log = logging.getLogger("gunicorn.error")

HEAD_WITHIN = 20  # seconds for the head of a request, however it comes
SILENCE = 30  # seconds in which nothing of a body comes, or nothing of an answer is taken
LEAST_RATE = 1024  # bytes a second, on the whole; the slowest phone line has some thousand
LARGEST_HEAD = 32 * 1024  # bytes
HEAD_ENDS = b"\r\n\r\n"
READ = 16 * 1024  # bytes at once: then it is the next connection's turn
# Bytes of a refused body that are thrown away: a browser that still sends hears no answer.
DRAIN = 32 * 1024 * 1024
AT_ONCE = pack("ii", 1, 0)  # linger, for no time


class Connection:
    """A client, and how far its request or its answer has come.

    `worker` is the process's loop, `peer` the client's address as the socket tells it.
    """

    def __init__(self, worker: Any, sock: socket, peer: Any) -> None:
        self._worker, self._sock, self._peer = worker, sock, peer
        self._server = sock.getsockname()
        self.network = widest_of(peer[0] if isinstance(peer, tuple) else "")
        self._incoming, self._unsent = bytearray(), Unsent(sock)
        self._exchange: Exchange | None = None
        self._go_on: Callable[[], None] = self._receive
        self._events, self._dropped = 0, 0
        self._is_done = False
        self._is_open = True
        sock.settimeout(0)
        with suppress(OSError):  # another kind of socket has no such delay
            sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self._begin(HEAD_WITHIN)
        self._wait(EVENT_READ, self._receive)

    @property
    def is_idle(self) -> bool:
        """Whether nothing came that an answer is due to."""
        return self._exchange is None and not self._incoming

    @property
    def coming(self) -> int:
        """How many bytes of a large body are still to come."""
        return self._exchange.coming if self._exchange else 0

    @property
    def unsent(self) -> int:
        """How many bytes wait for the client to take them."""
        return len(self._unsent.waiting)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the client, and no thread has it."""
        return bool(self._events)

    def on_event(self) -> None:
        """Do what the socket is ready for."""
        if self._events:  # an event before it in the same round may have ended it
            self._try(self._go_on)

    def _try(self, work: Callable[[], None]) -> None:
        """Do it; a fault ends this connection, and no other."""
        try:
            work()
        except OSError:  # the client is gone
            self.close()
        except Exception:
            log.exception("A connection broke off")
            self.close()

    def abort(self) -> None:
        """End it at once: the system keeps nothing for a client that takes nothing."""
        with suppress(OSError):
            self._sock.setsockopt(SOL_SOCKET, SO_LINGER, AT_ONCE)
        self.close()

    def close(self) -> None:
        """End it. A thread lets go of what the answer holds."""
        if self._is_open:
            self._is_open = False
            self._wait(0)
            self._sock.close()
            self._worker.forget(self)
            if self._exchange and self._exchange.cut():
                self._worker.answer(self, self._exchange)  # for the app; nobody hears it
            else:
                self._end_exchange()

    def _begin(self, seconds: float) -> None:
        """The client has so long for what comes next."""
        self.since = time.monotonic()
        self.until = self.since + seconds

    def _went(self, number: int) -> None:
        """So many bytes came or went: they pay for the time that they took."""
        self.until = min(time.monotonic() + SILENCE, self.until + number / LEAST_RATE)

    def _wait(self, events: int, go_on: Callable[[], None] | None = None) -> None:
        """Let `go_on` be called when the socket is ready; with 0 it is not looked at."""
        self._go_on = go_on or self._go_on
        if events != self._events:
            self._worker.watch(self._sock, self._events, events, self)
            self._events = events

    def _receive(self) -> None:
        try:
            data = self._sock.recv(READ)
        except BlockingIOError:
            return
        if not data:
            self.close()
            return
        if self._exchange:
            self._went(len(data))
        elif not self._incoming:
            self._begin(HEAD_WITHIN)
        self._incoming += data
        self._advance()

    def _advance(self) -> None:
        """Go on with what came: a head, then a body, then a thread answers."""
        try:
            exchange = self._exchange or self._read_head()
            if exchange:
                exchange.take(self._incoming)
        except StopIteration:  # gunicorn found nothing at all
            self.close()
        except Exception as error:  # gunicorn has many ways to say that a head is none
            self._worker.refuse(self._unsent, error)
            self._end_exchange()
            self._send()
        else:
            if exchange and exchange.is_ready:
                self._answer(exchange)
            else:
                self._wait_for_more(exchange)

    def _read_head(self) -> Exchange | None:
        """Begin with a request once its head is here. Raises what gunicorn's parser does."""
        came = self._incoming
        before, found, _ = came.partition(HEAD_ENDS)
        if len(before) > LARGEST_HEAD:
            raise LimitRequestHeaders("the head is too large")
        if not found and came.count(b"\n") == came.count(b"\r\n"):
            return None  # where a line ends wrongly, gunicorn says so
        head = bytes(before + found)
        del came[: len(head)]
        cfg = self._worker.cfg
        self._exchange = Exchange(cfg, head, self._peer, self._server, self._unsent)
        if place := self._exchange.came_from(self._worker.hops):
            self.network = widest_of(place)
        self._begin(SILENCE)
        return self._exchange

    def _wait_for_more(self, exchange: Exchange | None) -> None:
        if exchange and exchange.wants_continue:
            exchange.wants_continue = False
            self._unsent.sendall(CONTINUE)
            self._unsent.flush()
        self._wait(EVENT_READ, self._receive)

    def _answer(self, exchange: Exchange) -> None:
        """Let a thread work on the answer."""
        self._wait(0)
        self._worker.answer(self, exchange)

    def after(self, outcome: Outcome | None) -> None:
        """A thread came so far with the answer; None where the client is gone."""
        self._begin(SILENCE)
        self._is_done = outcome is Outcome.DONE
        if not self._is_open:
            self._end_exchange()
        elif outcome is None:
            self.close()
        elif outcome is Outcome.WANTS_BODY:
            self._try(self._advance)
        else:
            self._try(self._send)

    def _send(self) -> None:
        """Send what waits; then more of the answer, or the next request."""
        self._went(self._unsent.flush())
        if self._unsent.waiting:
            self._wait(EVENT_WRITE, self._send)
        elif self._exchange and not self._is_done:
            self._answer(self._exchange)
        elif self._exchange and not self._exchange.closes:
            self._end_exchange()
            self._begin(self._worker.cfg.keepalive)
            self._advance()
        else:
            self._part()

    def _part(self) -> None:
        """Say goodbye; read on where more comes, else the client may not hear the answer."""
        if self._exchange and self._exchange.has_body:
            self.close()
            return
        self._end_exchange()
        self._incoming.clear()
        self._sock.shutdown(SHUT_WR)
        self._begin(SILENCE)
        self._wait(EVENT_READ, self._throw_away)

    def _throw_away(self) -> None:
        with suppress(BlockingIOError):
            number = len(self._sock.recv(READ))
            self._dropped += number
            self._went(number)
            if not number or self._dropped > DRAIN:
                self.close()

    def _end_exchange(self) -> None:
        if self._exchange:
            self._worker.in_thread(self._exchange.close)
            self._exchange = None
