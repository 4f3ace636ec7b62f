"""Clients that are slow on purpose, and nginx as we tell people to set it up."""

import os
import re
import socket
import subprocess
import threading
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import which

from portal.config import ROOT
from tests.services import absent, until
from tests.site import Site, free_port

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


@contextmanager
def nginx(folder: Path, url: str):
    """The address of nginx with the file that we ship, in front of a site; its ports changed."""
    program = which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or absent(
        "nginx is not installed"
    )
    port = free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for ours, tests in {
        r"listen \[::\].*\n": "",
        r"ssl_certificate.*\n": "",
        r"listen 80;": f"listen 127.0.0.1:{free_port()};",
        r"listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
        r"www\.getyourselfactive\.org": "127.0.0.1",
        r"127\.0\.0\.1:8000": url.removeprefix("http://"),
    }.items():
        text, number = re.subn(ours, tests, text)
        assert number, f"{ours} is not in the file"
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; user root;\n"
        f"events {{ worker_connections 8192; }}\nhttp {{ {temporary}\n{text} }}\n"
    )
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(file), "-p", str(folder)], stderr=log)
    try:
        until(lambda: _listens(port), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
