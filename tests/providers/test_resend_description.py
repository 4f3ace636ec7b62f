"""What Resend's own description allows of the calls that only some accounts need."""

from __future__ import annotations

import json

import pytest

from portal import providers
from portal.providers.errors import Refused
from portal.providers.resend import setup
from portal.providers.resend.adapter import Resend
from portal.providers.values import Site

from . import prism
from .conftest import API_KEY, KEY
from .fake_resend import SEGMENT

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.services,
    pytest.mark.xdist_group("prism-resend"),
]
# The webhook that the description has as its example.
SITE = Site("hello@example.com", "https://webhook.example.com/handler", "")


@pytest.fixture(scope="module")
def described():
    with prism.running("resend.openapi.yaml") as url:
        yield url


@pytest.fixture
def resend(described):
    provider = Resend({"api_key": API_KEY, "api_url": described, "list_id": SEGMENT})
    provider.read_timeout = 30
    yield provider
    provider.close()


def test_the_description_allows_a_webhook_to_be_mended_and_its_secret_read(resend):
    told = [one.words for one in providers.install_hooks(resend, SITE)]

    assert "The webhook is on now, with what we use." in told
    assert told[-1].startswith("Put this into .env: RESEND_WEBHOOK_SECRET=whsec_")


def test_a_webhook_as_described_is_judged(resend, monkeypatch):
    monkeypatch.setattr(setup, "WANTED", ("email.sent",))

    found = [one.words for one in providers.check(resend, SITE)]

    assert found[-1].startswith("RESEND_WEBHOOK_SECRET is not the secret of the webhook.")


def test_the_description_allows_a_contact_to_be_new(resend, contact, monkeypatch):
    """Prism knows every contact, so it is told to know none."""
    ask = resend.ask

    def none_known(method, path, *args, **options):
        answer = ask(method, path, *args, **options)
        return type(answer)(404, {}, b"") if method == "PATCH" else answer

    monkeypatch.setattr(resend, "ask", none_known)
    resend.upsert(contact)
    known = resend.lookup(contact.email)

    assert known.email
    assert known.stopped


@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [
        ("POST", "/contacts", {"email_address": "zoe@example.org"}),
        ("PATCH", "/contacts/zoe%40example.org", {"topics": "walking"}),
        ("POST", "/webhooks", {"endpoint": "https://example.com"}),
        ("PATCH", "/webhooks/1", {"status": "on"}),
        ("POST", "/emails", {"tags": [{"key": KEY}], "from": "a@example.com"}),
    ],
)
def test_a_call_that_the_description_forbids_is_refused(resend, method, path, payload):
    """So that the tests above can fail."""
    with pytest.raises(Refused):
        resend.ask(method, path, payload)


def test_a_received_mail_as_described_is_read(resend):
    mail = resend.fetch_mail("550e8400-e29b-41d4-a716-446655440000")

    assert mail.sender.email == "sender@example.com"
    assert mail.message_id == "<message-id@email.example.com>"
    assert json.dumps(mail.original)
