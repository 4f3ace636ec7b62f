"""What is truly Mailjet's: a contact in three places, headers of its own, and the list."""

from dataclasses import replace

import pytest

from portal.providers.errors import Refused, TryLater
from portal.providers.values import KnownContact, Receipt

from .cases_mailjet import OTHER
from .deeds import DEEDS
from .ours import CHOSEN, CONTACT, EMAIL, KEY, ZOE


@pytest.fixture
def name():
    return "mailjet"


def test_a_long_subject_is_cut(provider, fake):
    provider.send(replace(EMAIL, subject="é" * 300), KEY)

    assert fake.mails[0]["Subject"] == "é" * 255


def test_headers_that_mailjet_makes_itself_are_left_to_it(provider, fake):
    headers = (("Message-ID", "<a@b.c>"), ("In-Reply-To", "<d@e.f>"), ("References", "<d@e.f>"))

    provider.send(replace(EMAIL, headers=headers), KEY)

    assert fake.mails[0]["Headers"] == {"In-Reply-To": "<d@e.f>", "References": "<d@e.f>"}


def test_a_search_that_knows_no_keys_finds_nothing(provider, fake):
    fake.act = lambda _: (200, {"Data": [{"ID": 1, "CustomID": "another"}, {"ID": 2}, None]})

    assert provider.find(KEY, ZOE) is None


def test_a_contact_that_is_not_there_yet_is_tried_later(provider, fake):
    act = fake.act
    fake.act = lambda call: (404, {}) if call["method"] == "PUT" else act(call)

    with pytest.raises(TryLater, match="yet"):
        provider.upsert(CONTACT)


def test_a_change_that_changes_nothing_is_no_failure(provider, fake):
    provider.upsert(CONTACT)
    provider.unsubscribe(ZOE)
    provider.unsubscribe(ZOE)

    assert [call["status"] for call in fake.calls if call["method"] == "PUT"] == [304, 200, 304]


def test_nobody_unknown_is_put_on_the_list_by_leaving(provider, fake):
    provider.unsubscribe("nobody@example.org")

    assert [call["target"] for call in fake.calls] == ["/v3/REST/contact/nobody%40example.org"]
    assert fake.contacts == {}


def test_an_empty_answer_is_nobody(provider, fake):
    fake.act = lambda _: (200, {"Count": 0, "Data": []})

    assert provider.lookup(ZOE) is None
    assert provider.erase(ZOE) == Receipt()


@pytest.mark.parametrize(
    ("change", "subscribed", "stopped"),
    [
        ({}, True, False),
        ({"IsUnsubscribed": True}, False, True),
        ({"IsExcludedFromCampaigns": True}, False, True),
        ({"IsOnList": False}, False, False),
    ],
)
def test_who_left_in_either_way_is_stopped(provider, fake, change, subscribed, stopped):
    provider.upsert(CONTACT)
    fake.contacts[ZOE] |= change

    known = KnownContact(ZOE, subscribed, CHOSEN, stopped)
    assert provider.lookup(ZOE) == known
    assert list(provider.everyone()) == ([] if "IsOnList" in change else [known])


def test_without_a_list_no_contact_is_taken_and_mail_goes(make, fake):
    provider = make(list_id="")

    for deed in ("upsert", "upsert_many", "everyone"):
        with pytest.raises(Refused, match="MAILJET_LIST_ID"):
            DEEDS[deed](provider)
    provider.send(EMAIL, KEY)

    assert [call["target"] for call in fake.calls] == ["/v3.1/send"]


def test_a_webhook_of_somebody_else_is_told_and_left_alone(provider, fake):
    fake.hooks = [dict(OTHER)]

    told = [one.words for one in DEEDS["install_hooks"](provider) if one.ok is False]

    assert told == ["Another webhook for “bounce” stands in the way. Remove it."]
    assert [one for one in fake.hooks if one["EventType"] == "bounce"] == [OTHER]
