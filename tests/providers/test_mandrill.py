"""What is truly Mailchimp Transactional's: states of a mail, its signature, its domains."""

from dataclasses import replace

import pytest

from portal.providers.values import Receipt

from .deeds import DEEDS
from .mandrill import HOOK_KEY, NO_DOMAIN, ROUTE_KEY, sign
from .ours import EMAIL, KEY, ZOE
from .registered import caller


@pytest.mark.parametrize(
    ("status", "why", "held"),
    [
        ("sent", None, ""),
        ("scheduled", None, ""),
        ("queued", "hourly-quota-exhausted", ""),
        ("queued", "monthly-limit-reached", "monthly-limit-reached"),
        ("queued", "sending-paused", "sending-paused"),
    ],
)
def test_a_mail_that_waits_at_the_provider_is_taken(provider, fake, status, why, held):
    """And it is said why, where a person has to mend that."""
    fake.act = lambda _: (200, [{"status": status, "_id": "1a", "queued_reason": why}])

    assert provider.send(EMAIL, KEY) == Receipt("1a", held)


@pytest.mark.parametrize("state", ["rejected", "canceled"])
def test_a_mail_that_was_not_sent_is_not_found(provider, fake, state):
    provider.send(EMAIL, KEY)
    fake.mails[0]["state"] = state

    assert provider.find(KEY, ZOE) is None


def test_the_signature_is_the_one_of_the_page():
    """Made with OpenSSL: HMAC-SHA1 of the address and each field's name and value, in order."""
    call = sign(b"[]", url="https://portal.example/hooks/mandrill/events")
    signed = replace(call, headers={"x-mandrill-signature": "AcgKFgEfGocvMf/STdNvkpQpUgI="})

    assert caller("mandrill", webhook_secret="test-webhook-key").verify(signed)


def test_a_new_key_is_shown_with_those_that_we_have(make):
    (told,) = [
        one.words
        for one in DEEDS["install_hooks"](make(webhook_secret=ROUTE_KEY))
        if "=" in one.words
    ]

    assert told.endswith(f"={ROUTE_KEY} {HOOK_KEY}")


def test_without_the_domain_no_route_is_made(provider, fake):
    fake.domains = []
    told = [one.words for one in DEEDS["install_hooks"](provider) if one.ok is False]

    assert (told, fake.routes) == ([NO_DOMAIN], [])
