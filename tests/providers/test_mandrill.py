"""What is truly Mailchimp Transactional's: states of a mail, its signature, its domains."""

from dataclasses import replace

import pytest

from portal.providers.values import Receipt

from .cases_mandrill import NO_DOMAIN, sign
from .deeds import DEEDS
from .ours import EMAIL, KEY, ZOE
from .registered import caller


@pytest.fixture
def name():
    return "mandrill"


@pytest.mark.parametrize("status", ["sent", "queued", "scheduled"])
def test_a_mail_that_waits_at_the_provider_is_taken(provider, fake, status):
    fake.act = lambda _: (200, [{"status": status, "_id": "1a", "queued_reason": "sending-paused"}])

    assert provider.send(EMAIL, KEY) == Receipt("1a")


@pytest.mark.parametrize("state", ["rejected", "canceled"])
def test_a_mail_that_was_not_sent_is_not_found(provider, fake, state):
    provider.send(EMAIL, KEY)
    fake.mails[0]["state"] = state

    assert provider.find(KEY, ZOE) is None


def test_a_search_that_cannot_be_read_finds_nothing(provider, fake):
    fake.act = lambda _: (200, [None, {"metadata": [], "_id": "1"}, {"_id": "2"}])

    assert provider.find(KEY, ZOE) is None


def test_the_signature_is_the_one_of_the_page():
    """Made with OpenSSL: HMAC-SHA1 of the address and each field's name and value, in order."""
    call = replace(
        sign(b"[]", url="https://portal.example/hooks/mandrill/events"),
        headers={"x-mandrill-signature": "AcgKFgEfGocvMf/STdNvkpQpUgI="},
    )

    assert caller("mandrill", webhook_secret="test-webhook-key").verify(call)


def test_without_the_domain_no_route_is_made(provider, fake):
    fake.domains = []

    told = [one.words for one in DEEDS["install_hooks"](provider) if one.ok is False]

    assert told == [NO_DOMAIN]
    assert fake.routes == []
