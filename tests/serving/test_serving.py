"""What goes over one connection: requests of any shape, and what becomes of who is slow."""

import hashlib
import signal
import time
from contextlib import ExitStack, suppress
from random import Random
from socket import IPPROTO_TCP, MSG_DONTWAIT, TCP_INFO

import pytest

from tests.services import until
from tests.serving.conftest import (
    LONGEST,
    answer_on,
    ask,
    connected,
    served,
    was_closed,
)

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

HEAD = b"POST /echo HTTP/1.1\r\nHost: a\r\n"
KB, MB = 1024, 1024 * 1024
ESTABLISHED = 1  # what TCP_INFO begins with, until either end has closed


def chunked(*parts):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


def told(body):
    """How the app names a body that it got whole."""
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}"


@pytest.mark.parametrize("size", [0, 1, 40 * KB, 256 * KB, 257 * KB, MB])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_body_comes_whole_and_the_app_is_told_its_length(port, size, is_chunked):
    body = bytes(range(256)) * (size // 256) + b"a" * (size % 256)
    parts = [body[start : start + 50_000] for start in range(0, size, 50_000)]
    answer = ask(port, "POST", "/echo", iter(parts) if is_chunked else body)

    assert answer.text.startswith(told(body))
    assert answer.text.endswith(f"('{size}', None)")


@pytest.mark.parametrize(
    "lines", [b"Content-Length: %d\r\n\r\n" % (MB + 1), b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_body_that_is_too_large_is_refused_in_words_and_thrown_away(port, lines):
    with connected(port, HEAD, lines) as client:
        if b"chunked" in lines:
            client.sendall(chunked(*[b"a" * 50_000] * 30)[:-5])
        answer = answer_on(client)  # of a length that is said, before a byte of it

        assert (answer.status, answer.text) == (413, "too large, in words")
        assert answer.headers["Connection"] == "close"
        client.sendall(b"a" * 4 * MB)
        client.shutdown(1)
        assert was_closed(client)


def test_app_is_asked_before_a_large_body_is_taken(port):
    lines = (
        b"POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 900000\r\n\r\n"
    )
    with connected(port, lines) as client:
        answer = answer_on(client)

        assert (answer.status, answer.text) == (403, "no, thank you")


def test_body_for_which_there_is_no_room_is_not_taken(port):
    size = 2**60
    with connected(port, f"POST /echo?most={size} HTTP/1.1\r\n".encode()) as client:
        client.sendall(b"Content-Length: %d\r\n\r\n" % size)
        answer = answer_on(client)

        assert (answer.status, answer.text) == (503, "no room, in words")


@pytest.mark.parametrize("size", [100 * KB, 900 * KB])
def test_disk_that_takes_nothing_is_said_in_words(port, size):
    ask(port, "POST", "/disk/full")
    answer = ask(port, "POST", "/echo", b"a" * size)
    ask(port, "POST", "/disk/empty")

    assert (answer.status, answer.text) == (503, "no room, in words")


def test_what_came_of_a_body_that_broke_off_is_given_to_who_wants_it(port):
    for path in ("part", "echo"):
        head = f"POST /{path} HTTP/1.1\r\nContent-Length: 900000\r\n\r\n"
        with connected(port, head.encode(), b"a" * 300_000):
            pass
    until(lambda: ask(port, "GET", "/part").text != "[]", LONGEST)

    assert ask(port, "GET", "/part").text == "[300000]"


@pytest.mark.parametrize("size", [10, 900_000])
def test_client_that_asks_to_be_told_is_told_to_go_on(port, size):
    body = b"a" * size
    lines = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size
    with connected(port, HEAD, lines) as client:
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert answer_on(client).text.startswith(told(body))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        *((b"GET / HTTP/1.1\nHost: a\n\n", 400), (b"nonsense\r\n\r\n", 400)),
        *((b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", 414), (b"a" * 40_000, 431)),
        (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400),
        (HEAD + b"Host: b\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused(port, sent, status):
    with connected(port, sent) as client:
        assert answer_on(client).status == status
        client.shutdown(1)
        assert was_closed(client)


def test_requests_follow_each_other_on_one_connection(port):
    one = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc")
    with connected(port, b"\r\n" + one * 3 + b"HEAD /echo HTTP/1.0\r\n\r\n") as client:
        came = b"".join(iter(lambda: client.recv(4096), b""))

        assert came.count(told(b"abc").encode()) == 3
        *_, last = came.split(b"HTTP/1.")
        assert last.startswith(b"0 200 OK")
        assert b"\r\nConnection: close\r\n" in last
        assert last.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("query", ["", "?length=1"])
def test_answer_of_any_length_comes_whole(port, query):
    answer = ask(port, "GET", f"/film{query}")

    assert answer.text == "x" * 16 * MB


def test_answer_that_breaks_off_is_no_whole_answer(port):
    with connected(port, b"GET /breaks HTTP/1.1\r\n\r\n") as client:
        came = b""
        while part := client.recv(1000):
            came += part

        assert b"x" * 10 in came
        assert not came.endswith(b"0\r\n\r\n")


def broken(random):
    """Some requests, one after the other, that something happened to."""
    data = bytearray(b"".join(random.choices(REQUESTS, k=random.randint(1, 3))))
    for _ in range(random.randint(0, 6)):
        place = random.randrange(len(data) + 1)
        data[place : place + random.choice([0, 0, 1, 9])] = random.choice(PIECES)
    return bytes(data)


REQUESTS = [
    b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n",
    HEAD + b"Content-Length: 5\r\n\r\nabcde",
    HEAD + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n" + chunked(b"abcde"),
    b"POST /no HTTP/1.1\r\nContent-Length: 900000\r\n\r\n" + b"a" * 3000,
    b"POST /part HTTP/1.1\r\nContent-Length: 400000\r\n\r\n" + b"b" * 270_000,
]
PIECES = [b"", b"\r\n", b"\0", b"\n", b":", b" ", b"\xff", b"HTTP/2.0", b"9" * 20, b"Host: a\r\n"]
PIECES.append(b"\r\nSCRIPT_NAME: /a")  # a header with which a proxy would tell gunicorn something


def test_no_bytes_are_a_fault_of_ours_or_fill_the_log(tmp_path):
    random, log = Random(7), tmp_path / "log"
    with served(log) as (_, port):
        for _ in range(400):
            with connected(port) as client, suppress(OSError):
                client.settimeout(0.01)
                client.sendall(broken(random))
                client.recv(100)
        assert ask(port, "GET", "/echo").status == 200
    told = log.read_text(errors="replace")

    assert "Traceback" not in told
    assert told.count("Booting worker") == 1
    assert told.count("Requests come that are none") == 1
    assert len(told.splitlines()) < 10


SLOW = {
    "nothing": (b"", b""),
    "half a head": (b"GET /echo HTTP/1.1\r\n", b""),
    "a head, a byte at a time": (b"GET /echo HTTP/1.1\r\nHost: ", b"a"),
    "half a body": (HEAD + b"Content-Length: 100\r\n\r\na", b""),
    "a body, a byte at a time": (HEAD + b"Content-Length: 9000\r\n\r\na", b"a"),
    "half a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\na", b""),
    "chunks of a byte": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "nothing read": (b"GET /film HTTP/1.1\r\n\r\n", b""),
    "read a byte at a time": (b"GET /film?length=1 HTTP/1.1\r\n\r\n", b""),
    "refused, and sent on": (b"POST /no HTTP/1.1\r\nContent-Length: 900000\r\n\r\n", b"a"),
}


@pytest.mark.parametrize("kind", SLOW)
def test_who_is_slow_is_let_go_and_holds_nobody_up_meanwhile(port, kind):
    """Of each kind come six times as many as there are threads."""
    start, more = SLOW[kind]
    began = time.monotonic()
    with ExitStack() as stack:
        left = [stack.enter_context(connected(port, start, room=4096)) for _ in range(12)]
        while left := [one for one in left if not is_gone(one, kind, more)]:
            asked = time.monotonic()
            assert ask(port, "GET", "/echo").status == 200
            assert time.monotonic() - asked < 1
            assert time.monotonic() - began < LONGEST


def is_gone(client, kind, more):
    """Whether the server has let this client go; else it does a little more."""
    try:
        client.sendall(more)
        if "byte" in kind:
            client.recv(1, MSG_DONTWAIT)
    except BlockingIOError:
        pass
    except ConnectionError:
        return True
    return client.getsockopt(IPPROTO_TCP, TCP_INFO, 1)[0] != ESTABLISHED


def test_who_is_slow_but_steady_is_served(port):
    """Twice as long as silence may be, at four times the least rate."""
    body = b"a" * 8 * KB
    with connected(port, HEAD, b"Content-Length: %d\r\n\r\n" % len(body)) as client:
        for start in range(0, len(body), KB):
            client.sendall(body[start : start + KB])
            time.sleep(0.25)
        assert answer_on(client).text.startswith(told(body))


@pytest.mark.parametrize(
    "lines",
    [
        b"X-Half-A-Head: ",
        b"X-Forwarded-For: 10.0.0.7\r\nContent-Length: 9\r\n\r\n",
    ],
)
def test_one_who_takes_all_connections_leaves_room_and_holds_nobody_else_up(port, lines):
    """Also behind a proxy, where all of them come from one address."""
    body, many = b"a" * 20 * KB, []
    other = b"X-Forwarded-For: 2001:db8::1, 192.0.2.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    with connected(port, HEAD, other) as honest, ExitStack() as stack:
        for start in range(0, len(body), KB):
            many += [stack.enter_context(connected(port, HEAD, lines)) for _ in range(10)]
            honest.sendall(body[start : start + KB])
        assert was_closed(many[0])
        assert answer_on(honest).text.startswith(told(body))


def test_one_who_asks_for_much_waits_alone(tmp_path):
    """Forty answers that take half a second each, for two threads; from what one site may have."""
    wait = b"GET /wait HTTP/1.1\r\nX-Forwarded-For: 2001:db8:%x:%x::1\r\n\r\n"
    many, other = [wait % (1, house) for house in range(40)], wait % (2, 0)
    with served(tmp_path / "log") as (_, port), ExitStack() as stack:
        first = [stack.enter_context(connected(port, one)) for one in many]
        assert answer_on(first[0]).text == "waited"
        asked = time.monotonic()
        with connected(port, other) as client:
            assert answer_on(client).text == "waited"
        assert time.monotonic() - asked < 3


def test_told_to_stop_it_ends_what_it_began(tmp_path):
    with (
        served(tmp_path / "log") as (process, port),
        connected(port, b"GET /wait HTTP/1.1\r\n\r\n") as client,
        connected(port, HEAD, b"Content-Length: 3\r\n\r\na") as other,
        connected(port) as idle,
    ):
        assert ask(port, "GET", "/echo").status == 200  # so all of them are known
        process.send_signal(signal.SIGTERM)
        assert was_closed(idle)
        other.sendall(b"bc")

        assert answer_on(other).text.startswith(told(b"abc"))
        assert answer_on(client).text == "waited"
        assert process.wait(LONGEST) == 0
