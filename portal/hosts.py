"""Requests for other names than the site's are refused, before anything can believe them."""

import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

log = logging.getLogger(__name__)

USUAL_PORTS = {"http": 80, "https": 443}
LAPTOP = ("localhost", "127.0.0.1", "[::1]")
LARGEST_PORT = 65535
ASKED_BY_ADDRESS = (
    "/healthz",
    "/healthz/worker",
    "/readyz",
)  # what looks after servers knows no names
LONGEST_SHOWN = 80  # characters of a name that a stranger chose, in our log
HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


class OnlyOurs:
    """WSGI: lets requests pass whose `Host` is that of SITE_URL; others get a 400 in words.

    In DEVELOPMENT this machine's own names pass too, at any port. It stands behind what
    believes a proxy's `X-Forwarded-Host`.
    """

    def __init__(self, app: Flask) -> None:
        self._next, self._has_told = app.wsgi_app, False
        self._site: str = app.config["SITE_URL"]
        self._is_laptop: bool = app.config["DEVELOPMENT"]
        parts = urlsplit(self._site)
        name = (parts.hostname or "").lower()
        name = f"[{name}]" if ":" in name else name
        usual = USUAL_PORTS[parts.scheme]
        self._ours = {f"{name}:{parts.port or usual}"}
        if parts.port in {None, usual}:
            self._ours.add(name)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        if environ.get("PATH_INFO") in ASKED_BY_ADDRESS:
            environ["HTTP_HOST"] = urlsplit(self._site).netloc
        elif not all(map(self._is_ours, self._said(environ))):
            return self._refuse(environ, start_response)
        return self._next(environ, start_response)

    def _said(self, environ: dict[str, Any]) -> list[str]:
        """The names that a request says: its Host, and one in its first line (RFC 9112, 3.2.2)."""
        target = environ.get("RAW_URI", "/")
        named = [] if target.startswith("/") or target == "*" else [target.split("/")[2:3]]
        return [environ.get("HTTP_HOST", ""), *("".join(name) for name in named)]

    def _is_ours(self, host: str) -> bool:
        host = host.lower()
        name, _, port = host.rpartition(":")
        is_near = host in LAPTOP or (name in LAPTOP and _is_port(port))
        return host in self._ours or (self._is_laptop and is_near)

    def _refuse(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not self._has_told:
            self._has_told = True
            log.warning(
                "A request for the host “%s” was refused, and others will be: SITE_URL is %s. If "
                "people come by another name, set SITE_URL to it, or let the proxy lead them here.",
                environ.get("HTTP_HOST", "").encode("unicode_escape").decode()[:LONGEST_SHOWN],
                self._site,
            )
        words = f"This address does not lead here. The site is at {self._site}/\n".encode()
        start_response("400 Bad Request", [*HEADERS, ("Content-Length", str(len(words)))])
        return [words]


def init_app(app: Flask) -> None:
    """Refuse requests for other names."""
    app.wsgi_app = OnlyOurs(app)  # type: ignore[method-assign]


def _is_port(text: str) -> bool:
    is_short = len(text) <= len(str(LARGEST_PORT))
    return is_short and text.isdecimal() and int(text) <= LARGEST_PORT
