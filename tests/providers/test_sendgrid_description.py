"""Each call that the adapter makes is one that SendGrid's own description allows."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from portal import providers
from portal.providers.errors import Denied, Refused, TryLater
from portal.providers.sendgrid.adapter import SendGrid
from portal.providers.values import Address, MailFile, Receipt, Site

from . import prism
from .conftest import API_KEY, KEY
from .fake_sendgrid import LIST

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.services,
    pytest.mark.xdist_group("prism-sendgrid"),
]

SITE = Site("hello@example.com", "https://a.example/events", "https://a.example/in", "b.example")


@pytest.fixture(scope="module")
def described():
    with prism.running("sendgrid.openapi.yaml") as url:
        yield url


@pytest.fixture
def sendgrid(described):
    settings = {"api_url": described, "list_id": LIST, "webhook_secret": "secret-of-16-or-more"}
    provider = SendGrid({"api_key": API_KEY, **settings})
    provider.read_timeout = 30
    yield provider
    provider.close()


def test_the_description_allows_a_full_mail(sendgrid, email):
    file = MailFile("lake.png", b"hello", "image/png")

    assert sendgrid.send(replace(email, attachments=(file,)), KEY) == Receipt()


def test_the_description_allows_a_bare_mail(sendgrid, email):
    bare = replace(email, name="", text="", to=Address("a@example.org"), reply_to=None, headers=())

    assert sendgrid.send(bare, KEY) == Receipt()


def test_the_description_allows_contacts(sendgrid, contact):
    bare = replace(contact, name="", topics=(), preferences_url="")

    assert sendgrid.upsert(contact).message_id
    assert sendgrid.upsert_many([contact, bare]).message_id


@pytest.mark.parametrize("address", ["jane_doe@example.com", "o'neil+a/b%25@example.org"])
def test_the_description_allows_all_that_is_done_by_address(sendgrid, address):
    known = sendgrid.lookup(address)

    assert known is None or known.email == address
    assert sendgrid.unsubscribe(address) == Receipt()
    assert sendgrid.erase(address) == Receipt()


def test_the_description_allows_the_check(sendgrid):
    assert [one.ok for one in providers.check(sendgrid, SITE)][:3] == [True, None, True]


def test_the_description_allows_what_is_installed(sendgrid):
    words = " ".join(one.words for one in providers.install_hooks(sendgrid, SITE))

    assert "SENDGRID_WEBHOOK_KEY=" in words
    assert "b.example" in words


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("event/settings/1", {"url": "https://a.example", "enabled": True, "dropped": True}),
        ("event/settings/signed/1", {"enabled": True}),
        ("parse/settings/b.example", {"url": "u", "spam_check": False, "send_raw": True}),
    ],
)
def test_the_description_allows_what_is_mended(sendgrid, path, payload):
    assert sendgrid.ask("PATCH", f"/v3/user/webhooks/{path}", payload).status == 200


@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [
        ("POST", "/v3/mail/send", {"personalizations": [], "from": {"email": "a"}, "replyTo": {}}),
        ("POST", "/v3/mail/send", {"personalizations": [{"to": "zoe@example.org"}]}),
        ("PUT", "/v3/marketing/contacts", {"contacts": []}),
        ("PUT", "/v3/marketing/contacts", {"contacts": [{"email": "a@b.org", "tags": []}]}),
        ("PUT", "/v3/marketing/contacts", {"contacts": [{"first_name": "n" * 51}]}),
        ("POST", "/v3/asm/suppressions/global", {"emails": ["a@b.org"]}),
        ("POST", "/v3/recipients/erasejob", {"email_addresses": []}),
        ("POST", "/v3/user/webhooks/event/settings", {"enabled": True}),
        ("POST", "/v3/marketing/field_definitions", {"name": "topics", "field_type": "List"}),
    ],
)
def test_a_call_that_the_description_forbids_is_refused(sendgrid, method, path, payload):
    """So that the tests above can fail."""
    with pytest.raises(Refused):
        sendgrid.ask(method, path, payload)


def test_a_call_without_our_key_is_not_taken(sendgrid, email, monkeypatch):
    monkeypatch.setattr(sendgrid, "headers", dict)

    with pytest.raises(Denied, match="SENDGRID_API_KEY"):
        sendgrid.send(email, KEY)


def made_to_answer(sendgrid, status, monkeypatch):
    """The adapter with a header that makes Prism answer with one of the described failures."""
    headers = {**sendgrid.headers(), "Prefer": f"code={status}"}
    monkeypatch.setattr(sendgrid, "headers", lambda: headers)
    return sendgrid


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (401, Denied), (403, Denied), (413, Refused)]
)
def test_a_described_failure_of_a_mail_is_understood(sendgrid, monkeypatch, email, status, error):
    with pytest.raises(error, match=f"{status}"):
        made_to_answer(sendgrid, status, monkeypatch).send(email, KEY)


def test_a_described_limit_of_erasures_is_understood(sendgrid, monkeypatch):
    with pytest.raises(TryLater, match="429"):
        made_to_answer(sendgrid, 429, monkeypatch).ask(
            "POST", "/v3/recipients/erasejob", {"email_addresses": ["a@b.org"]}
        )


def test_the_path_of_a_suppression_may_hold_any_address(sendgrid):
    path = f"/v3/asm/suppressions/global/{quote('a/b@example.org', safe='')}"

    assert sendgrid.ask("DELETE", path).status == 204
