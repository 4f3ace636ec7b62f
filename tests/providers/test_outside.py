"""Addresses that a provider names: only public ones are called, by TLS, without our key."""

import socket
import ssl
from contextlib import closing
from ipaddress import IPv4Address

import pytest

from portal.providers.brevo.adapter import Brevo
from portal.providers.errors import Refused, TryLater
from portal.providers.http import transport

from .certificates import certificate_file
from .ours import API_KEY
from .raw_server import answer

sockets = pytest.mark.enable_socket
GIVEN = answer(200, b"123456")


@pytest.fixture
def leads(monkeypatch):
    """Where each name leads, one address after the other; the last stays."""
    places, lookup = {"files.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}, socket.getaddrinfo

    def look_up(host, *args, **more):
        found = places.get(host, [host])
        return lookup(found.pop(0) if len(found) > 1 else found[0], *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return places


@pytest.fixture
def secure(raw, leads, monkeypatch):
    """A server that speaks TLS as files.test, at an address that counts as public here."""
    raw.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    raw.tls.load_cert_chain(certificate_file("files.test"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate_file("files.test"))
    monkeypatch.setattr(transport, "is_public", "127.0.0.1".__eq__)
    raw.answers(GIVEN)
    return raw


@pytest.fixture
def brevo(raw):
    with closing(Brevo({"api_key": API_KEY, "api_url": raw.url})) as provider:
        provider.read_timeout = 0.3
        yield provider


@pytest.fixture
def fetch(raw, brevo):
    """Fetches from a name, at the port of the server."""
    port = raw.url.rpartition(":")[2].split("/")[0]

    def fetch(url="https://files.test", **more):
        return brevo.fetch_outside(f"{url}:{port}/a?b=c", 6, **more)

    return fetch


@sockets
def test_a_file_is_got_by_its_name_without_our_key(secure, fetch):
    assert fetch(hosts=r"files\.test") == b"123456"

    (request,) = secure.requests
    assert request.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"\r\nHost: files.test:" in request
    assert API_KEY.encode() not in request


WITHIN = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.254", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
]
WITHIN_6 = [
    *("::", "::1", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("100::1", "2001::1", "2001:db8::1", "64:ff9b:1::1"),
]
PUBLIC = ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4009::200e"]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert transport.is_public(address)


@pytest.mark.parametrize("address", WITHIN + WITHIN_6)
def test_no_address_within_a_network_is_public_however_it_is_written(address):
    forms = [address]
    if address in WITHIN:
        number = int(IPv4Address(address))
        words = f"{number >> 16:x}:{number & 0xFFFF:x}"
        forms += [f"::ffff:{words}", f"::{words}", f"64:ff9b::{words}", f"2002:{words}::1"]

    assert [one for one in forms if transport.is_public(one)] == []


@sockets
@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "::1"])
def test_nothing_is_connected_to_within_our_network(raw, leads, fetch, address):
    leads["files.test"] = [address]
    for host in ("files.test", f"[{address}]" if ":" in address else address):
        with pytest.raises(TryLater):
            fetch(f"https://{host}")

    assert raw.connections == []


@sockets
def test_the_address_that_was_looked_at_is_the_one_that_is_called(secure, leads, fetch):
    leads["files.test"] = ["127.0.0.1", "127.0.0.2"]

    assert fetch() == b"123456"
    with pytest.raises(TryLater):
        fetch()
    assert len(secure.connections) == 1


@sockets
def test_who_cannot_prove_the_name_is_not_asked(secure, fetch, monkeypatch):
    with pytest.raises(TryLater):
        fetch("https://other.test")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(TryLater):
        fetch()

    assert secure.requests == []


@sockets
@pytest.mark.parametrize(
    "url",
    [
        *("http://files.test", "ftp://files.test", "//files.test", "https://", "https://["),
        *("https://other.test", "https://a.files.test", "https://files.test.other.test"),
        *("https://files.test@other.test", "https://other.test/@files.test"),
        *("https://other.test#@files.test", r"https://other.test\@files.test"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(secure, fetch, url):
    with pytest.raises(Refused):
        fetch(url, hosts=r"files\.test")

    assert secure.connections == []


ELSEWHERE = ["Location: https://files.test/"]
NOT_GIVEN = {
    "large": (answer(200, b"1234567"), Refused),
    "gone": (answer(404), Refused),
    "cut": (answer(200, b"123", length=5), TryLater),
    "part": (answer(206, b"123"), TryLater),
    "key": (answer(401), TryLater),
    "busy": (answer(429), TryLater),
    "down": (answer(503, b"1234567"), TryLater),
    "elsewhere": (answer(302, headers=ELSEWHERE), TryLater),
    "silent": (b"", TryLater),
}


@sockets
@pytest.mark.parametrize(("content", "error"), NOT_GIVEN.values(), ids=NOT_GIVEN)
def test_a_file_that_is_not_given_is_refused_or_tried_later_wherever_it_is(
    secure, fetch, brevo, content, error
):
    secure.answers(content)
    with pytest.raises(error):
        fetch()
    assert len(secure.requests) == 1
    secure.tls = None

    with pytest.raises(error):
        brevo.fetch("token", 6)


@sockets
@pytest.mark.parametrize("start", [b"", answer(200, length=6)], ids=["headers", "body"])
def test_what_drips_does_not_hold_the_worker(secure, fetch, start):
    def script(connection):
        connection.sendall(start or b"HTTP/1.1 200 OK\r\n")
        while not secure.stopping.wait(0.1):
            connection.sendall(b"" if start else b"X-Drip: 1\r\n")

    secure.script = script
    with pytest.raises(TryLater):
        fetch()
