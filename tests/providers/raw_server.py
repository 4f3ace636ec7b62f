"""A server that reads one request and then does exactly what the test says with the socket."""

import re
import socket
import threading
from contextlib import suppress


class RawServer:
    """`script(connection)` runs after each whole request; the connection is then closed.

    `requests` holds what came in. With `keep_alive` the script runs again for
    the next request on the same connection. `tls` is a context to speak TLS by.
    `stopping` is set at the end, for scripts that wait.
    """

    def __init__(self):
        self.requests, self.connections = [], []
        self.script, self.keep_alive, self.tls = lambda _: None, False, None
        self.stopping = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.threads = [threading.Thread(target=self._listen)]
        self.threads[0].start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/v3"

    def answers(self, content):
        """Send these bytes to each request."""
        self.script = lambda connection: connection.sendall(content)

    def stop(self):
        self.stopping.set()
        for one in (self.listener, *self.connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()

    def _listen(self):
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                if self.tls:
                    connection = self.tls.wrap_socket(
                        connection, server_side=True, do_handshake_on_connect=False
                    )
                self.connections.append(connection)
                self.threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self.threads[-1].start()

    def _serve(self, connection):
        connection.settimeout(10)
        with connection, suppress(OSError):
            while request := self._read(connection):
                self.requests.append(request)
                self.script(connection)
                if not self.keep_alive:
                    break

    def _read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := connection.recv(65_536)):
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head.lower())
        while length and len(body) < int(length[1]):
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body


def answer(status, body=b"", headers=(), length=None, connection="close"):
    """The bytes of an HTTP answer; `length` may lie about the body."""
    size = len(body) if length is None else length
    ours = [f"Content-Length: {size}", f"Connection: {connection}"]
    lines = [f"HTTP/1.1 {status} Whatever", *ours, *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
