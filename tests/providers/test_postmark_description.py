"""What Postmark's own description allows of the calls that only some accounts need."""

from __future__ import annotations

import pytest

from portal import providers
from portal.providers.errors import Denied, Refused
from portal.providers.postmark import setup
from portal.providers.postmark.adapter import Postmark
from portal.providers.values import Site

from . import prism
from .callers import SECRET
from .conftest import API_KEY, KEY

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.services,
    pytest.mark.xdist_group("prism-postmark"),
]
SITE = Site("hello@example.com", "https://portal.example.com/hooks/postmark/events", "")


@pytest.fixture(scope="module")
def described():
    with prism.running("postmark.openapi.yaml") as url:
        yield url


@pytest.fixture
def postmark(described):
    settings = {"api_key": API_KEY, "api_secret": "account", "webhook_secret": SECRET}
    provider = Postmark({**settings, "api_url": described})
    provider.read_timeout = 30
    yield provider
    provider.close()


def test_the_description_allows_a_webhook_to_be_mended(postmark, monkeypatch):
    monkeypatch.setattr(setup.PostmarkSetup, "found", {"ID": 7})

    told = [one.words for one in providers.install_hooks(postmark, SITE)]

    assert told == ["The webhook for events is right now."]


def made_to_answer(postmark, status, monkeypatch):
    """The adapter with a header that makes Prism answer with one of the described failures."""
    headers = {**postmark.headers(), "Prefer": f"code={status}"}
    monkeypatch.setattr(postmark, "headers", lambda: headers)
    return postmark


@pytest.mark.parametrize(("status", "error"), [(401, Denied), (422, Refused)])
def test_a_described_refusal_to_erase_is_understood(postmark, monkeypatch, status, error):
    with pytest.raises(error, match=f"{status}: "):
        made_to_answer(postmark, status, monkeypatch).erase("zoe@example.org")


@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [
        ("POST", "/email", {"From": "a@example.com", "To": ["b@example.org"]}),
        ("POST", "/email", {"From": "a@example.com", "To": "b@example.org", "Metadata": KEY}),
        ("POST", "/email", {"From": "a@example.com", "To": "b@example.org", "TrackLinks": "No"}),
        ("POST", "/webhooks", {"Url": "https://example.com", "Triggers": {"Sent": {}}}),
        ("PUT", "/webhooks/7", {"HttpAuth": {"Username": "portal"}}),
        ("PUT", "/server", {"InboundUrl": "https://example.com"}),
        ("GET", "/messages/outbound?recipient=zoe%40example.org", None),
    ],
)
def test_a_call_that_the_description_forbids_is_refused(postmark, method, path, payload):
    """So that the tests above can fail."""
    with pytest.raises(Refused):
        postmark.ask(method, path, payload)
