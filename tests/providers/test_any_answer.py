"""Whatever a provider's server sends, nothing but the three errors comes out, and no junk."""

import json
from datetime import timedelta

import pytest
import pytest_socket
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.brevo.adapter import Brevo
from portal.providers.campaigns import CampaignStatus
from portal.providers.errors import ProviderError, Refused, TryLater, Uncertain
from portal.providers.http.answer import Answer
from portal.providers.values import Finding, InboundEmail, KnownContact, Receipt

from .deeds import AUDIENCE, DEEDS, ONCE, deeds_of
from .ours import API_KEY, KEY, SITE
from .raw_server import RawServer, answer
from .registered import HTTP_NAMES, caller
from .test_any_call import fields_of, values, words_of


@pytest.fixture(scope="module")
def wild():
    """One server for all examples, asked by an adapter that gives up soon."""
    pytest_socket.enable_socket()
    server = RawServer()
    brevo = Brevo({"api_key": API_KEY, "api_url": server.url})
    brevo.read_timeout = 0.2
    yield server, brevo
    brevo.close()
    server.stop()


token = st.text("abcdefghijklmnopqrstuvwxyzABC-", min_size=1, max_size=20)
latin = st.text(st.characters(max_codepoint=255), max_size=40)
header = st.one_of(
    st.builds("{}: {}".format, token | st.sampled_from(["Retry-After", "Location"]), latin),
    st.sampled_from(["Content-Encoding: br", "Content-Type: text/html", "Content-Length: -1"]),
    st.sampled_from(["Transfer-Encoding: chunked", "Set-Cookie: a=b"]),
)
headers = st.lists(header, max_size=4)
# What JSON may say is the other test's.
body = st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b"null", b'{"messageId": "1"}'])
answers = st.one_of(
    st.binary(max_size=200),
    st.builds(answer, st.integers(0, 999), body, headers),
    st.builds(answer, st.integers(200, 599), body, headers, st.integers(0, 99)),
)


@pytest.mark.enable_socket
@given(content=answers)
def test_nothing_but_the_three_errors_leaves_an_adapter_whatever_bytes_come(wild, content):
    server, brevo = wild
    server.answers(content)

    receipt, error = outcome(DEEDS["send"], brevo, Uncertain)
    assert isinstance(receipt, Receipt) or str(error).isprintable()
    assert getattr(error, "after", None) is None or error.after >= timedelta(0)
    for deed in AUDIENCE:
        result, error = outcome(deed, brevo)
        assert isinstance(result, Receipt | KnownContact | None)
        assert API_KEY not in str(error)


def outcome(deed, provider, *doubt):
    """What the deed returned, or which of these errors it raised."""
    try:
        return deed(provider), None
    except (TryLater, Refused, *doubt) as error:
        return None, error


def json_answers(name):
    """Answers made of the fields and words that an adapter looks for."""
    anything = values([*words_of(name), KEY, SITE.events_url])
    fields = st.sampled_from(fields_of(name))
    small = st.dictionaries(fields, anything, max_size=4)
    nested = st.dictionaries(fields, small | st.lists(small, max_size=2), max_size=3)
    bodies = st.one_of(anything, small, nested, st.lists(small | nested, max_size=2))
    return st.builds(
        lambda status, body: Answer(status, {}, json.dumps(body).encode()),
        st.sampled_from([200, 200, 200, 201, 304, 400, 401, 404, 429, 500]),
        bodies,
    )


@pytest.mark.parametrize("name", HTTP_NAMES)
def test_any_json_is_understood_or_one_of_the_three_errors(name):
    provider = caller(name)

    @given(st.lists(json_answers(name), min_size=1, max_size=8))
    def check(found):
        for deed in deeds_of(provider):
            left = iter(found)
            provider.exchange = lambda *_, left=left, **__: next(left, ANSWER_THAT_ENDS_IT)
            result, error = outcome(DEEDS[deed], provider, *[Uncertain] * (deed.split()[0] in ONCE))
            told = result if isinstance(result, list) else [result]
            assert str(error).isprintable()
            assert all(isinstance(one, KINDS) for one in told)
            assert all(isinstance(one.message_id, str) for one in told if isinstance(one, Receipt))

    check()


KINDS = (Receipt, KnownContact, Finding, InboundEmail, ProviderError, type(None))
KINDS += (CampaignStatus, str, int, tuple)
ANSWER_THAT_ENDS_IT = Answer(400, {}, b"{}")
