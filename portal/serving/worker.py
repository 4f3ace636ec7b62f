"""The process that gunicorn starts for the web: a loop that never waits, and a few threads.

The loop accepts connections, reads requests and sends answers; only the app runs in threads. So
a client holds a thread for no longer than the app needs, however slow its line is. gunicorn
looks after the processes, the sockets that they listen on, and their signals.
"""

import os
import resource
import selectors
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from socket import socket
from typing import Any

from gunicorn import util
from gunicorn.config import Config
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.base import Worker

from portal.serving.connection import Connection
from portal.serving.exchange import Exchange, Outcome, Unsent

TURN = 1.0  # seconds between two looks at who takes too long
FILES_OF_ONE = 2  # open files that a connection may need: its own, and one for a large body
OTHER_FILES = 100
MOST_UNSENT = 64 * 1024 * 1024  # bytes of answers, in memory, that clients do not take
TELL_AFTER = 600.0  # seconds between two lines in the log about requests that are none
BAD_REQUEST = (400, "Bad Request")
REFUSED = {
    LimitRequestLine: (414, "URI Too Long"),
    ExpectationFailed: (417, "Expectation Failed"),
    LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    UnsupportedTransferCoding: (501, "Not Implemented"),
}


class BufferingWorker(Worker):  # type: ignore[misc] # gunicorn ships no types
    """A web process."""

    @classmethod
    def check_config(cls, cfg: Config, _log: Any) -> None:
        """Refuse what only gunicorn's own processes can do."""
        if cfg.is_ssl:
            raise RuntimeError("The portal speaks no https; the proxy in front does.")

    def init_process(self) -> None:
        """Prepare, then run until the process is told to stop."""
        self._connections: set[Connection] = set()
        self._selector = selectors.DefaultSelector()
        self._pool = ThreadPoolExecutor(self.cfg.threads, "answers")
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._most = self._room()
        self._lines: dict[str, deque[Callable[[], None]]] = {}
        self._busy, self._looked_at, self._told_at = 0, 0.0, -TELL_AFTER
        super().init_process()

    def _room(self) -> int:
        """How many connections there may be, with as many open files as the system lets us."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = self.cfg.worker_connections * FILES_OF_ONE + OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            wanted = soft
        return max(1, int(wanted - OTHER_FILES) // FILES_OF_ONE)

    def run(self) -> None:
        """Serve until told to stop, then finish what has begun."""
        self.hops = self.wsgi.config.get("TRUSTED_PROXIES", 0)
        if "TMPDIR" not in os.environ:  # large bodies: /tmp is small or in memory on many machines
            tempfile.tempdir = str(self.wsgi.config["VAR_DIR"])
        for listener in self.sockets:
            listener.settimeout(0)
            accept = partial(self._accept, listener)
            self._selector.register(listener, selectors.EVENT_READ, accept)
        self._selector.register(self.PIPE[0], selectors.EVENT_READ, self._wake)
        beside = self.wsgi.extensions.get("beside")  # what the app does beside all else
        if beside:
            beside.start()
        while self.alive:
            self._turn()
        self._stop()
        if beside:
            beside.end()

    def _turn(self) -> None:
        """Do what can be done now, or wait for it."""
        self.notify()
        for key, _ in self._selector.select(TURN):
            key.data()
        with suppress(Empty):
            while True:
                self._posted.get_nowait()()
        now = time.monotonic()
        if now > self._looked_at + TURN:
            self._looked_at = now
            self._look_round(now)

    def _look_round(self, now: float) -> None:
        for connection in list(self._connections):
            if connection.is_waiting and connection.until < now:
                connection.abort()
        while sum(one.unsent for one in self._connections) > MOST_UNSENT and self._forgo():
            pass
        if self.ppid != os.getppid():
            self.log.info("The process that started this one is gone; it stops.")
            self.alive = False

    def _stop(self) -> None:
        """Take no more connections, and end the open ones as they come to an end."""
        for listener in self.sockets:
            self._selector.unregister(listener)
            listener.close()
        latest = time.monotonic() + self.cfg.graceful_timeout
        while self._connections and time.monotonic() < latest:
            for connection in list(self._connections):
                if connection.is_idle and connection.is_waiting:
                    connection.close()
            self._turn()
        self._pool.shutdown(wait=False)

    def _wake(self) -> None:
        """A thread has posted something, or a signal came."""
        with suppress(BlockingIOError):
            os.read(self.PIPE[0], 4096)

    def _accept(self, listener: socket) -> None:
        """Take one: the others are for the other processes, too."""
        try:
            sock, peer = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:  # too many open files
            self._make_room()
            return
        if len(self._connections) >= self._most:
            self._make_room()
        with suppress(OSError):  # it is gone already
            self._connections.add(Connection(self, sock, peer))

    def _make_room(self) -> None:
        """End a connection of the network that has most: an idle one, or who waits longest.

        So one network cannot take all that there are, and nobody has to be counted before.
        """
        waiting = [one for one in self._connections if one.is_waiting]
        if waiting:
            ((most, _),) = Counter(one.network for one in waiting).most_common(1)
            theirs = (one for one in waiting if one.network == most)
            min(theirs, key=lambda one: (not one.is_idle, one.since)).abort()

    def _forgo(self) -> bool:
        """End a connection for which much waits, of the network for which most does."""
        waits: Counter[str] = Counter()
        for one in self._connections:
            waits[one.network] += one.unsent if one.is_waiting else 0
        ((most, _),) = waits.most_common(1)
        theirs = [one for one in self._connections if one.network == most and one.is_waiting]
        if theirs:
            max(theirs, key=lambda one: one.unsent).abort()
        return bool(theirs)

    def watch(self, sock: socket, before: int, events: int, connection: Connection) -> None:
        """Tell a connection when its socket is ready; or no longer, with no `events`."""
        if not before:
            self._selector.register(sock, events, connection.on_event)
        elif events:
            self._selector.modify(sock, events, connection.on_event)
        else:
            self._selector.unregister(sock)

    def forget(self, connection: Connection) -> None:
        """It is closed."""
        self._connections.discard(connection)

    def refuse(self, unsent: Unsent, error: Exception) -> None:
        """Answer what gunicorn's parser, or we, can read no request in.

        Anybody can send such things all day, and a private link in them: the log has a line now
        and then, and nothing of what was sent.
        """
        if not isinstance(error, ParseException):
            self.log.error("A request could not be read", exc_info=error)
        elif time.monotonic() > self._told_at + TELL_AFTER:
            self._told_at = time.monotonic()
            self.log.warning("Requests come that are none, such as: %s", type(error).__name__)
        util.write_error(unsent, *REFUSED.get(type(error), BAD_REQUEST), "")

    def answer(self, connection: Connection, exchange: Exchange) -> None:
        """Let a thread go on with an answer, and the connection with what came of it."""
        others = 0 if exchange.has_body else self._coming(connection.network)
        work = partial(self._answer, connection, exchange, others)
        self._lines.setdefault(connection.network, deque()).append(work)
        self._hand_out()

    def _hand_out(self) -> None:
        """Give free threads their next answers, one of each network in turn.

        So who asks for much waits for themselves, and the others for one answer of theirs.
        """
        while self._lines and self._busy < self.cfg.threads:
            network = next(iter(self._lines))
            line = self._lines.pop(network)
            self._busy += 1
            self.in_thread(line.popleft())
            if line:
                self._lines[network] = line  # at the end

    def _after(self, connection: Connection, outcome: Outcome | None) -> None:
        self._busy -= 1
        self.nr += 1
        self.alive = self.alive and self.nr < self.max_requests
        connection.after(outcome)
        self._hand_out()

    def _coming(self, network: str) -> int:
        """Bytes for which there must be room when one more of the network asks for some.

        All that come already; and never more for one network than what is left for the others.
        """
        coming = [(one.coming, one.network == network) for one in self._connections]
        return max(
            sum(size for size, _ in coming), 2 * sum(size for size, is_it in coming if is_it)
        )

    def in_thread(self, work: Callable[[], None]) -> None:
        """Do it in a thread when one is free."""
        self._pool.submit(work)

    def _answer(self, connection: Connection, exchange: Exchange, others: int) -> None:
        outcome, is_last = None, not (self.alive and self.cfg.keepalive)
        try:
            outcome = exchange.answer(self.wsgi, is_last=is_last, others=others)
        except OSError:
            pass  # the client is gone
        finally:
            self._posted.put(partial(self._after, connection, outcome))
            with suppress(BlockingIOError):  # then it is awake
                os.write(self.PIPE[1], b"\0")
