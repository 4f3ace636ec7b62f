"""Connections that fail, drip, never end or are kept: what is known of the request decides."""

import socket
import threading

import pytest

from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.http.client import ANSWER_LIMIT

from .brevo import FakeBrevo
from .deeds import AUDIENCE, DEEDS
from .ours import API_KEY, EMAIL, KEY, OTHER_KEY, ZOE
from .raw_server import answer

NAME, pytestmark = "brevo", pytest.mark.enable_socket

JSON = ["Content-Type: application/json"]
TAKEN = b'{"messageId": "1"}'
CREATED = b"HTTP/1.1 201 Created\r\n"
CHUNKED = CREATED + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def brevo(raw, make):
    return make(api_url=raw.url)


@pytest.fixture
def hasty(brevo):
    """A Brevo adapter that waits a third of a second, and twice that for a whole answer."""
    brevo.read_timeout = 0.3
    return brevo


@pytest.fixture
def kept(raw):
    """A server that keeps its connections open."""
    raw.keep_alive = True
    raw.answers(answer(201, TAKEN, JSON, connection="keep-alive"))
    return raw


BREAKS = {
    "hangs up": b"",
    "cut status": b"HTTP/1.1 20",
    "not HTTP": b"SMTP ready\r\n",
    "endless header": CREATED + b"X: " + b"y" * 70_000,
}
BROKEN_BODIES = {
    "cut": answer(201, TAKEN, JSON, length=900),
    "packed": answer(201, b"\x1f\x8b\x08", [*JSON, "Content-Encoding: gzip"]),
    "cut chunk": CHUNKED + b"5\r\n{'me",
    "bad chunk": CHUNKED + b"zz\r\n",
}


@pytest.mark.parametrize("way", BREAKS | BROKEN_BODIES)
def test_a_connection_that_breaks_after_the_request_left_is_uncertain(raw, brevo, way):
    raw.answers((BREAKS | BROKEN_BODIES)[way])

    with pytest.raises(Uncertain):
        brevo.send(EMAIL, KEY)
    for deed in AUDIENCE if way in BREAKS else ():
        with pytest.raises(TryLater):
            deed(brevo)


def test_cookies_are_not_kept(raw, brevo):
    raw.answers(answer(201, TAKEN, ["Set-Cookie: who=me; Path=/"]))
    brevo.send(EMAIL, KEY)
    brevo.send(EMAIL, KEY)

    assert b"cookie" not in raw.requests[1].lower()


def test_a_provider_that_comes_back_is_used_again(make):
    with FakeBrevo(api_key=API_KEY) as server:
        brevo = make(api_url=server.url)
        brevo.send(EMAIL, KEY)
        server.stop()
        with pytest.raises(TryLater):
            brevo.send(EMAIL, OTHER_KEY)
        server.start()
        brevo.send(EMAIL, OTHER_KEY)

        assert len(server.mails) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_where_nobody_listens_it_is_tried_later(make, host):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    brevo = make(api_url=f"http://{host}:{port}/v3")

    for deed in [DEEDS["send"], *AUDIENCE]:
        with pytest.raises(TryLater, match="BREVO_API_URL") as caught:
            deed(brevo)
        assert "zoe" not in str(caught.value)
        assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    "script",
    [
        lambda connection: connection.sendall(b"This is not TLS\r\n"),
        lambda _: None,
        lambda connection: connection.recv(1),
    ],
    ids=["nonsense", "hangs-up", "silent"],
)
def test_a_failed_tls_handshake_is_tried_later(make, script):
    """Nothing has left, even where the failure looks like a read time-out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                script(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        brevo = make(api_url=f"https://127.0.0.1:{listener.getsockname()[1]}/v3")
        brevo.connect_timeout = 0.3

        with pytest.raises(TryLater, match="could not be reached"):
            brevo.send(EMAIL, KEY)
        thread.join()


@pytest.mark.parametrize(
    ("start", "piece", "words"),
    [
        (b"", b"", "did not answer"),
        (CREATED, b"X-Drip: 1\r\n", ""),
        (answer(201, length=1_000_000), b" ", "cannot read"),
    ],
    ids=["silent", "headers that drip", "a body that drips"],
)
def test_a_slow_answer_is_uncertain_and_does_not_hold_the_worker(raw, hasty, start, piece, words):
    def script(connection):
        connection.sendall(start)
        while not raw.stopping.wait(0.1):
            connection.sendall(piece)

    raw.script = script
    with pytest.raises(Uncertain, match=words or None):
        hasty.send(EMAIL, KEY)
    assert len(raw.requests) == 1
    with pytest.raises(TryLater):
        hasty.lookup(ZOE)


@pytest.mark.parametrize(
    ("status", "outcome"), [(201, Uncertain), (302, TryLater), (400, Refused), (503, TryLater)]
)
def test_an_answer_of_100_megabytes_is_not_read_to_its_end(raw, brevo, status, outcome):
    sent = []

    def script(connection):
        connection.sendall(answer(status, length=100_000_000, headers=JSON))
        for _ in range(1000):
            connection.sendall(b" " * 100_000)
            sent.append(100_000)

    raw.script = script
    with pytest.raises(outcome):
        brevo.send(EMAIL, KEY)
    raw.stop()

    assert sum(sent) < 20 * ANSWER_LIMIT


def test_a_connection_that_was_idle_is_not_trusted(kept, brevo):
    brevo.send(EMAIL, KEY)
    brevo.idle_limit = 0
    brevo.send(EMAIL, KEY)

    assert len(kept.connections) == 2


def test_a_connection_serves_call_after_call_of_one_thread_alone(kept, brevo):
    def work():
        brevo.send(EMAIL, KEY)
        brevo.send(EMAIL, KEY)
        brevo.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(kept.requests), len(kept.connections)) == (6, 3)
