"""The failures that Mailchimp Transactional's own description has, and what they mean to us."""

from __future__ import annotations

import pytest

from portal.providers.errors import Busy, Denied, Refused, TryLater
from portal.providers.mandrill.adapter import Mandrill
from portal.providers.values import Receipt

from . import prism
from .conftest import API_KEY, KEY

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.services,
    pytest.mark.xdist_group("prism-mandrill"),
]


@pytest.fixture(scope="module")
def described():
    with prism.running("mandrill.openapi.yaml") as url:
        yield url


@pytest.fixture
def mandrill(described):
    provider = Mandrill({"api_key": API_KEY, "api_url": described})
    provider.read_timeout = 30
    yield provider
    provider.close()


def made_to_answer(mandrill, status, monkeypatch):
    """The adapter with a header that makes Prism answer with one of the described failures."""
    monkeypatch.setattr(mandrill, "headers", lambda: {"Prefer": f"code={status}"})
    return mandrill


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (401, "Invalid_Key", Denied),
        (402, "PaymentRequired", Denied),
        (404, "Unknown_Subaccount", Denied),
        (500, "GeneralError", TryLater),
    ],
)
def test_a_described_failure_of_a_mail_is_understood(
    mandrill, monkeypatch, email, status, name, error
):
    with pytest.raises(error, match=name) as caught:
        made_to_answer(mandrill, status, monkeypatch).send(email, KEY)

    assert type(caught.value) is error


def test_a_search_that_is_not_there_for_now_is_tried_later(mandrill, monkeypatch):
    with pytest.raises(Busy, match="ServiceUnavailable"):
        made_to_answer(mandrill, 503, monkeypatch).find(KEY, "zoe@example.org")


def test_a_domain_that_is_unknown_is_refused(mandrill, monkeypatch):
    with pytest.raises(Refused, match="Unknown_InboundDomain"):
        made_to_answer(mandrill, 404, monkeypatch).call("/inbound/routes", domain="a.example")


def test_the_described_search_has_no_mail_of_ours(mandrill):
    assert mandrill.find(KEY, "zoe@example.org") is None


@pytest.mark.parametrize(
    "message",
    [
        {"to": "zoe@example.org"},
        {"to": [{"address": "zoe@example.org"}]},
        {"from": "hello@example.com"},
        {"subject": "s" * 999},
        {"track_opens": "no"},
    ],
)
def test_a_mail_that_the_description_forbids_is_refused(mandrill, message):
    """So that the tests of what it allows can fail."""
    with pytest.raises(Refused):
        mandrill.call("/messages/send", message=message)


def test_the_described_answer_to_a_mail_is_a_receipt(mandrill, email):
    assert isinstance(mandrill.send(email, KEY), Receipt)
