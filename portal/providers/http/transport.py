"""How a request leaves, and how much of an answer is listened to.

`requests` bounds the silence between two packets, not a whole answer: a server
that sends a byte now and then holds a worker for hours, and an endless body
fills the memory. Here both have an end.
"""

import http.client
import io
import logging
import os
import re
import socket
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address, ip_network
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

# When an answer's headers are malformed, urllib3 warns with the address of the
# call, and that may hold a person's address.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

FAILURES = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError)
"""What a call raises that came to nothing, and so does reading its answer."""

# A whole answer may take so many times the longest silence (the read timeout).
PATIENCE = 2
CHUNK = 65_536

GLOBAL_6 = ip_network("2000::/3")  # all else of IPv6 stays within, or has an IPv4 address in it
# What `ipaddress` does not count as special in every Python: protocols, and 6to4 with IPv4 in it.
SPECIAL = (ip_network("192.0.0.0/24"), ip_network("2002::/16"))


class Body(io.BytesIO):
    """A request body that knows whether the connection has asked for it.

    It is read only when the way to the provider stands, TLS included, so a
    request that failed with `left` still false was never acted on.
    """

    left = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Hand over bytes to be sent."""
        self.left = True
        return super().read(size)


class _Socket(Protocol):
    def gettimeout(self) -> float | None: ...
    def settimeout(self, value: float | None, /) -> None: ...


class _Bounded(io.RawIOBase):
    """The bytes of one answer, until its time is up."""

    def __init__(self, sock: _Socket, source: io.BufferedReader) -> None:
        self._sock = sock
        self._source = source
        self._silence = sock.gettimeout()
        self._end = time.monotonic() + PATIENCE * (self._silence or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        if self._silence:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long as a whole")
            self._sock.settimeout(min(self._silence, left))
        return self._source.raw.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Bounded(sock, self.fp))


class _HTTP(HTTPConnection):
    response_class = _Response


class _HTTPS(HTTPSConnection):
    response_class = _Response


class _Adapter(HTTPAdapter):
    """Direct and proxied connections alike listen through `_Response`."""

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - the library's own signature
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> Any:
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if isinstance(pool, HTTPConnectionPool):
            pool.ConnectionCls = _HTTPS if pool.scheme == "https" else _HTTP
        return pool


class Outside(_Adapter):
    """Goes over TLS to hosts whose name matches `hosts` whole, and to public addresses alone.

    The address that was looked at is the one that is connected to, so a name
    that leads elsewhere a moment later changes nothing; TLS proves the name.
    Raises ValueError for a host that does not match, OSError where none is public.
    """

    def __init__(self, hosts: str) -> None:
        super().__init__()
        self._hosts = hosts

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: FBT001 - the library's own signature
        cert: Any = None,
    ) -> Any:
        """The address to connect to, and the name that TLS has to prove."""
        place, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        name = place["host"]
        if not re.fullmatch(self._hosts, name):
            raise ValueError("another host")
        request.headers["Host"] = urlsplit(str(request.url)).netloc.rpartition("@")[2]
        return {**place, "host": _public_address(name)}, {**pool, "server_hostname": name}


def _public_address(name: str) -> str:
    """The first public address that a name leads to."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    public = next(filter(is_public, addresses), None)
    if public is None:
        raise OSError("there is no public address")
    return public


def is_public(address: str) -> bool:
    """Whether an address is anybody's in the internet, and none of a network within (RFC 6890)."""
    ip = ip_address(address)
    is_special = ip.is_multicast or any(ip in one for one in SPECIAL)
    return ip.is_global and not is_special and (ip.version == 4 or ip in GLOBAL_6)  # noqa: PLR2004


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: otherwise `requests` reads the whole body even of a redirect not followed."""
        return


def open_session(url: str, outside: Outside | None = None) -> requests.Session:
    """A session for an address that keeps connections, and neither cookies nor redirects.

    With `outside` it knows no other way.

    What the environment says of proxies and certificates holds. It is read
    once, because `requests` takes longer over it than over the call; and a
    key of ours is not exchanged for one in a `.netrc`.
    """
    session = _Session()
    session.trust_env = False
    session.proxies = get_environ_proxies(url)
    session.verify = (
        os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    for scheme in ("https://",) if outside else ("http://", "https://"):
        session.mount(scheme, outside or _Adapter())
    return session


def read_body(response: requests.Response, limit: int) -> bytes | None:
    """The answer's body, or None if it is cut, too slow or longer than `limit`.

    Nothing is unpacked: we ask for plain bytes, and a little can unpack into gigabytes.
    """
    body = bytearray()
    try:
        while chunk := response.raw.read(CHUNK, decode_content=False):
            body += chunk
            if len(body) > limit:
                return None
    except FAILURES:
        return None
    return bytes(body)
