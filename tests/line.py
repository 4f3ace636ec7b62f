"""A line to a server that is silent, drips, refuses or resets, as networks and proxies do.

with Line("127.0.0.1", 5432) as line:
    connect(line.port)
    line.be("silent")
"""

import selectors
import socket
import struct
import threading
import time
from contextlib import suppress

WAYS = ("open", "silent", "dripping", "refusing", "resetting")
LOOK = 0.05  # seconds
DRIP = 0.5  # seconds for each byte of an answer
RESET = struct.pack("ii", 1, 0)  # to linger for no time sends RST


class Line:
    """Hands on what comes to `port`, as it is told to `be`."""

    def __init__(self, host: str, port: int) -> None:
        self._to, self._way, self._over = (host, port), "open", threading.Event()
        self._live: set[socket.socket] = set()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self.seen = 0
        """How many connections have come."""
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "Line":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join(5)
        self._listener.close()
        self._cut()

    def be(self, way: str) -> None:
        """From now on, for connections that there are and for new ones."""
        assert way in WAYS
        was, self._way = self._way, way
        if way in {"refusing", "resetting"}:
            self._cut()
        if way == "refusing":
            self._listener.close()
        elif was == "refusing":
            self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=200)
        listener.settimeout(LOOK)
        return listener

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # closed: it refuses
                self._over.wait(LOOK)
                continue
            self.seen += 1
            if self._way == "resetting":
                self._end(sock)
            else:
                threading.Thread(target=self._carry, args=(sock,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with suppress(OSError), socket.create_connection(self._to) as far:
            self._live |= {near, far}
            with selectors.DefaultSelector() as selector:
                selector.register(near, selectors.EVENT_READ, far)
                selector.register(far, selectors.EVENT_READ, near)
                while not self._over.is_set():
                    if self._way == "silent":
                        self._over.wait(LOOK)
                        continue
                    for key, _ in selector.select(LOOK):
                        if not self._hand_on(key.fileobj, key.data, is_answer=key.fileobj is far):
                            return
        self._live -= {near}
        near.close()

    def _hand_on(self, of: socket.socket, to: socket.socket, *, is_answer: bool) -> bool:
        is_slow = self._way == "dripping" and is_answer
        if data := of.recv(1 if is_slow else 65536):
            to.sendall(data)
        if is_slow:
            time.sleep(DRIP)
        return bool(data)

    def _cut(self) -> None:
        for sock in list(self._live):
            self._end(sock)
        self._live.clear()

    def _end(self, sock: socket.socket) -> None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            sock.close()
