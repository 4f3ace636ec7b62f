"""What is truly Mailchimp Transactional's: states of a mail, its signature."""

from dataclasses import replace

import pytest

from .deeds import DEEDS
from .mandrill import HOOK_KEY, ROUTE_KEY, sign
from .ours import EMAIL, KEY, ZOE
from .registered import caller


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
