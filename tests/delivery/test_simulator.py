"""A provider that misbehaves in every way: what becomes of the row, what the team reads, who rings.

Each way is tried with an adapter of each kind: one that takes a key of ours,
one that takes none, and one whose 200 may still say no. That all adapters mean
the same by an answer is in the contract of `tests/providers`.
"""

import re

import pytest

from portal import providers
from tests.delivery import alerts, deliver, look, mail, provide, saved
from tests.providers.conftest import API_KEY
from tests.providers.raw_server import RawServer, answer
from tests.providers.registered import able, caller

pytestmark = pytest.mark.enable_socket

KINDS = ["brevo", "sendgrid", "postmark"]
SENDERS = able(providers.SENDS)
MAY_SAY_NO = {"mandrill", "mailjet", "postmark"}
WITH_ALL = {"401", "no JSON"}  # what an adapter says in its own way
JSON = ["Content-Type: application/json"]


def silent(connection):
    """Take the request, and say nothing until the other side has had enough."""
    connection.settimeout(10)
    connection.recv(1)


def cut(connection):
    connection.sendall(answer(200, b'{"messa', JSON, length=900))


# How it misbehaves; the row's state; what the team reads; whether an alert goes at once.
# “unsure” is waiting where the provider takes our key, and uncertain where it takes none.
# “unread” is accepted, but unsure where a 200 may still say no.
WAYS = {
    "400": (answer(400, b"{}", JSON), "failed", r"answered 400", False),
    "401": (answer(401, b"{}", JSON), "waiting", r"answered 401.*Check \w+_API_KEY", True),
    "403": (answer(403, b"{}", JSON), "waiting", r"answered 403.*Check \w+_API_KEY", True),
    "402": (answer(402, b"{}", JSON), "waiting", r"answered 402.*account", True),
    "429, with a wait": (answer(429, headers=["Retry-After: 77"]), "waiting", "429", False),
    "500": (answer(500), "waiting", r"answered 500", False),
    "504": (answer(504), "unsure", r"answered 504", False),
    "redirect": (
        *(answer(302, headers=["Location: http://127.0.0.1:9/"]), "waiting"),
        *(r"points elsewhere, where our key must not go. Check \w+_API_URL", False),
    ),
    "a page": (
        *(answer(200, b"<html>Sign in</html>", ["Content-Type: text/html"]), "unsure"),
        *(r"That was a web page. Check \w+_API_URL", False),
    ),
    "no JSON": (answer(200, b'{"oops', JSON), "unread", r"", False),
    "empty": (answer(202), "unread", r"", False),
    "cut answer": (cut, "unread", r"", False),
    "silence": (silent, "unsure", r"was given the request and did not answer", False),
}


@pytest.fixture
def raw(socket_enabled):
    server = RawServer()
    yield server
    server.stop()


@pytest.fixture
def provider(app, raw, bell, name):
    """The adapter, in the portal, set up for the server; it gives up soon."""
    provider = provide(app, mail=caller(name, api_url=raw.url))
    provider.read_timeout = 0.3
    yield provider
    provider.close()


def expected(state, provider):
    if state == "unread":
        state = "unsure" if provider.name in MAY_SAY_NO else "accepted"
    if state == "unsure":
        state = "waiting" if provider.key_lasts else "uncertain"
    return state


@pytest.mark.parametrize(
    ("name", "way"),
    [(name, way) for way in WAYS for name in (SENDERS if way in WITH_ALL else KINDS)],
)
def test_each_way_ends_in_one_state_with_words_for_the_team(raw, provider, name, way):
    script, state, words, rings = WAYS[way]
    raw.answers(script) if isinstance(script, bytes) else setattr(raw, "script", script)
    row_id = saved(mail())
    deliver(row_id)

    row = look(row_id)
    assert str(row.state) == expected(state, provider), row.reason
    wanted = words or ("in a way we cannot read" if row.state != "accepted" else "")
    assert bool(wanted) == bool(row.reason)
    assert re.search(wanted, row.reason), row.reason
    assert bool(alerts()) == rings
    assert API_KEY not in row.reason
