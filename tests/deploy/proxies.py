"""nginx and Caddy with the files that we ship, in front of a site; only places are changed."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

from portal.config import ROOT
from tests.services import absent, until
from tests.site import free_port

START_WITHIN = 30  # seconds
CERTIFICATE = (
    *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
    *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
)


def program(name: str) -> str:
    """Where a server is installed; Debian has them where only root looks."""
    found = which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    return found or absent(f"{name} is not installed")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that nobody has signed, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [*CERTIFICATE, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def changed(text: str, changes: dict[str, str]) -> str:
    """The text with each pattern replaced; each has to be there."""
    for ours, tests in changes.items():
        text, number = re.subn(ours, tests, text)
        assert number, f"{ours} is not in the file"
    return text


@contextmanager
def nginx(folder: Path, url: str, *, tls: bool = True) -> Iterator[str]:
    """The address of nginx before a site; with `tls=False`, for tests that speak plainly."""
    found, port = program("nginx"), free_port()
    log = folder / "logs"
    log.mkdir()
    cert, key = certificate(folder)
    listen = {"listen 443 ssl http2;": f"listen 127.0.0.1:{port}{' ssl http2' if tls else ''};"}
    text = changed(
        (ROOT / "deploy" / "nginx.conf").read_text(),
        listen
        | {
            r"listen \[::\].*\n": "",
            r"ssl_certificate .*\n": f"ssl_certificate {cert};\n",
            r"ssl_certificate_key .*\n": f"ssl_certificate_key {key};\n",
            r"listen 80;": f"listen 127.0.0.1:{free_port()};",
            r"www\.getyourselfactive\.org": "127.0.0.1",
            r"127\.0\.0\.1:8000": url.removeprefix("http://"),
            r"/var/log/nginx": str(log),
            r"/opt/portal": str(ROOT),
        },
    )
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; user root;\n"
        f"events {{ worker_connections 8192; }}\nhttp {{ {temporary}\n{text} }}\n"
    )
    command = [found, "-c", str(file), "-p", str(folder)]
    with _serving(command, port, log / "stderr"):
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, url: str) -> Iterator[str]:
    """The address of Caddy before a site."""
    found, port = program("caddy"), free_port()
    log = folder / "logs"
    log.mkdir()
    cert, key = certificate(folder)
    text = changed(
        (ROOT / "deploy" / "Caddyfile").read_text(),
        {
            r"\n{\n": "\n{\n\tadmin off\n\tauto_https off\n",
            r"www\.getyourselfactive\.org {": f"https://127.0.0.1:{port} {{\n\ttls {cert} {key}",
            r"127\.0\.0\.1:8000": url.removeprefix("http://"),
            r"/var/log/caddy": str(log),
            r"/opt/portal": str(ROOT),
        },
    )
    file = folder / "Caddyfile"
    file.write_text(text)
    command = [found, "run", "--config", str(file), "--adapter", "caddyfile"]
    with _serving(command, port, log / "stderr", HOME=str(folder)):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def _serving(command: list[str], port: int, log: Path, **env: str) -> Iterator[None]:
    """The server runs while the `with` goes on."""
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors, stdout=errors, env=os.environ | env)
    try:
        until(lambda: process.poll() is not None or _listens(port), START_WITHIN)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(START_WITHIN)


def _listens(port: int) -> bool:
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
