"""What is truly Mailjet's: a contact in three places, and headers of its own."""

from dataclasses import replace

import pytest

from portal.providers.errors import TryLater

from .ours import CONTACT, EMAIL, KEY


def test_headers_that_mailjet_makes_itself_are_left_to_it(provider, fake):
    headers = (("Message-ID", "<a@b.c>"), ("In-Reply-To", "<d@e.f>"), ("References", "<d@e.f>"))
    provider.send(replace(EMAIL, headers=headers), KEY)

    assert fake.mails[0]["Headers"] == {"In-Reply-To": "<d@e.f>", "References": "<d@e.f>"}


def test_a_contact_that_is_not_there_yet_is_tried_later(provider, fake):
    act = fake.act
    fake.act = lambda call: (404, {}) if call["method"] == "PUT" else act(call)

    with pytest.raises(TryLater, match="yet"):
        provider.upsert(CONTACT)
