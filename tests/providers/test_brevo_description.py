"""Each call that the adapter makes is one that Brevo's own description allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.providers.errors import Refused, TryLater
from portal.providers.values import Address, Receipt

from . import prism
from .conftest import KEY

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.services,
    pytest.mark.xdist_group("prism-brevo"),
]


@pytest.fixture(scope="module")
def described():
    with prism.running("brevo.openapi.yaml") as url:
        yield url


@pytest.fixture
def brevo(described, make_brevo):
    return make_brevo(described, read_timeout=30, list_id="7")


def test_the_description_allows_a_full_mail(brevo, email):
    assert brevo.send(email, KEY).message_id


def test_the_description_allows_a_bare_mail(brevo, email):
    bare = replace(email, name="", to=Address("a@example.org"), reply_to=None, headers=())

    assert brevo.send(bare, KEY).message_id


def test_the_description_allows_a_contact(brevo, contact):
    assert brevo.upsert(contact) == Receipt()


def test_the_description_allows_a_contact_without_choices(brevo, contact):
    assert brevo.upsert(replace(contact, name="", topics=(), preferences_url="")) == Receipt()


@pytest.mark.parametrize("address", ["zoe@example.org", "o'neil+a/b%25@example.org"])
def test_the_description_allows_all_that_is_done_by_address(brevo, address):
    known = brevo.lookup(address)

    assert known.email
    assert "FIRST_NAME" in known.attributes
    assert brevo.unsubscribe(address) == Receipt()
    assert brevo.erase(address) == Receipt()


@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [
        ("POST", "/smtp/email", {"html_content": "<p>Hi</p>"}),
        ("POST", "/smtp/email", {"to": [{"name": "without an address"}]}),
        ("POST", "/smtp/email", {"to": "zoe@example.org"}),
        ("POST", "/contacts", {"email": "zoe@example.org", "listIds": ["seven"]}),
        ("POST", "/contacts", {"email": "zoe@example.org", "tags": ["walking"]}),
        ("PUT", "/contacts/zoe%40example.org", {"emailBlacklisted": "yes"}),
    ],
)
def test_a_call_that_the_description_forbids_is_refused(brevo, method, path, payload):
    """So that the tests above can fail."""
    with pytest.raises(Refused):
        brevo.ask(method, path, payload)


def test_a_call_without_our_key_is_not_taken(brevo, email, monkeypatch):
    monkeypatch.setattr(brevo, "headers", dict)

    with pytest.raises(TryLater, match="BREVO_API_KEY"):
        brevo.send(email, KEY)


def made_to_answer(brevo, status, monkeypatch):
    """The adapter with a header that makes Prism answer with one of the described failures."""
    headers = {**brevo.headers(), "Prefer": f"code={status}"}
    monkeypatch.setattr(brevo, "headers", lambda: headers)
    return brevo


def test_a_described_refusal_of_a_mail_is_understood(brevo, monkeypatch, email):
    with pytest.raises(Refused, match="400: "):
        made_to_answer(brevo, 400, monkeypatch).send(email, KEY)


def test_a_described_refusal_to_erase_is_understood(brevo, monkeypatch):
    with pytest.raises(Refused, match="405: "):
        made_to_answer(brevo, 405, monkeypatch).erase("zoe@example.org")


def test_a_described_too_early_is_understood(brevo, monkeypatch, contact):
    early = made_to_answer(brevo, 425, monkeypatch)

    with pytest.raises(TryLater, match="425"):
        early.upsert(contact)
    with pytest.raises(TryLater, match="425"):
        early.unsubscribe(contact.email)


@pytest.mark.parametrize("call", ["unsubscribe", "erase", "lookup"])
def test_what_the_description_calls_not_found_is_no_failure(brevo, monkeypatch, call):
    unknown = made_to_answer(brevo, 404, monkeypatch)

    assert getattr(unknown, call)("zoe@example.org") in {None, Receipt()}
