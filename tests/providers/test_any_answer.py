"""Whatever bytes a provider's server sends, nothing but the three errors comes out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.providers.brevo.adapter import Brevo
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import KnownContact, Receipt

from .conftest import API_KEY, KEY, audience_calls
from .raw_server import RawServer, answer

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def wild(request):
    """One server for all examples, asked by an adapter that gives up soon."""
    import pytest_socket  # noqa: PLC0415 - only here, where a fixture outlives one test

    pytest_socket.enable_socket()
    server = RawServer()
    brevo = Brevo({"api_key": API_KEY, "api_url": server.url})
    brevo.read_timeout = 0.2
    yield server, brevo
    brevo.close()
    server.stop()


token = st.text("abcdefghijklmnopqrstuvwxyzABC-", min_size=1, max_size=20)
header = st.one_of(
    st.builds("{}: {}".format, token, st.text(st.characters(max_codepoint=255), max_size=40)),
    st.builds("Retry-After: {}".format, st.text(st.characters(max_codepoint=255), max_size=40)),
    st.builds("Location: {}".format, st.text(st.characters(max_codepoint=255), max_size=40)),
    st.sampled_from(
        [
            "Content-Encoding: br",
            "Content-Type: text/html",
            "Transfer-Encoding: chunked",
            "Set-Cookie: a=b",
            "Content-Length: -1",
        ]
    ),
)
body = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["code", "message", "email", "emailBlacklisted", "listIds", "x"]),
                inner,
            )
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
)
answers = st.one_of(
    st.binary(max_size=200),
    st.builds(answer, st.integers(0, 999), body, st.lists(header, max_size=4)),
    st.builds(
        answer, st.integers(200, 599), body, st.lists(header, max_size=2), st.integers(0, 99)
    ),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=answers)
def test_nothing_but_the_three_errors_leaves_an_adapter(wild, email, contact, content):
    server, brevo = wild
    server.answers(content)

    receipt, error = outcome(lambda: brevo.send(email, KEY), TryLater, Refused, Uncertain)
    assert isinstance(receipt, Receipt) or str(error).isprintable()
    assert getattr(error, "after", None) is None or error.after >= timedelta(0)
    for call in audience_calls(brevo, contact):
        result, error = outcome(call, TryLater, Refused)
        assert isinstance(result, Receipt | KnownContact | None)
        assert API_KEY not in str(error)


def outcome(call, *errors):
    """What the call returned, or which of these errors it raised."""
    try:
        return call(), None
    except errors as error:
        return None, error
