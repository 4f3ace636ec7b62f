"""What is truly Mailjet's: a contact in three places, headers of its own, and the list."""

from dataclasses import replace

import pytest

from portal.providers.errors import Refused, TryLater

from .deeds import DEEDS
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


def test_without_a_list_no_contact_is_taken_and_mail_goes(make, fake):
    provider = make(list_id="")

    for deed in ("upsert", "upsert_many", "everyone"):
        with pytest.raises(Refused, match="MAILJET_LIST_ID"):
            DEEDS[deed](provider)
    provider.send(EMAIL, KEY)

    assert [call["target"] for call in fake.calls] == ["/v3.1/send"]
