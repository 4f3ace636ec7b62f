"""Clients that are slow on purpose."""

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress

from tests.site import Site

DRIP = 0.5  # seconds between two bytes
POST = "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
# What each sends at first, and then now and again. {style} is a large answer; {private} and
# {files} are behind a private link, so the database is read before the body is.
SLOW = {
    "nothing": ("", ""),
    "half a head": ("GET / HTTP/1.1\r\nHost: {host}\r\nX: ", "a"),
    "half a head, and then nothing": ("GET / HTTP/1.1\r\nHost:", ""),
    "half a body": (POST.replace("{path}", "/newsletter/") + "Content-Length: 9000\r\n\r\na", "a"),
    "half a chunk": (
        POST.replace("{path}", "/contact/") + "Transfer-Encoding: chunked\r\n\r\n9\r\n",
        "a",
    ),
    "half a text": (POST.replace("{path}", "{private}") + "Content-Length: 9000\r\n\r\na=", "a"),
    "half a film": (POST.replace("{path}", "{files}") + "Content-Length: 9000000\r\n\r\n", "a"),
    "nothing read": ("GET {style} HTTP/1.1\r\nHost: {host}\r\n\r\n" * 300, ""),
}


def open_slow(site: Site, stack: ExitStack, kinds: dict[str, int], **places: str) -> list:
    """Connections of these kinds, so many of each, with what they drip; open until the end."""
    host, port = site.url.removeprefix("http://").split(":")
    opened = []
    for kind, number in kinds.items():
        start, more = SLOW[kind]
        sent = start.format(host=f"{host}:{port}", **places).encode()
        for _ in range(number):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect((host, int(port)))
            client.settimeout(0)
            with suppress(BlockingIOError):
                client.sendall(sent)
            opened.append((client, more.encode()))
    return opened


@contextmanager
def slow(site: Site, kinds: dict[str, int], **places: str):
    """All of them at once, while the `with` goes on."""
    end = threading.Event()

    def drip() -> None:
        while not end.wait(DRIP):
            for client, more in opened:
                with suppress(OSError):  # it was let go
                    client.send(more)

    with ExitStack() as stack:
        opened = open_slow(site, stack, kinds, **places)
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
