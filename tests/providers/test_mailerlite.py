"""What is truly MailerLite's: groups, states and cursors."""

from dataclasses import replace

import pytest

from .ours import CONTACT, ZOE


@pytest.fixture
def name():
    return "mailerlite"


def test_only_who_is_in_our_group_is_listed(make):
    make().upsert(CONTACT)
    make(list_id="8").upsert(replace(CONTACT, email="other@example.org"))

    assert [one.email for one in make().everyone()] == [ZOE]
    assert len(list(make(list_id="").everyone())) == 2


def test_a_list_that_goes_round_in_a_circle_ends(provider, fake):
    fake.act = lambda _: (200, {"data": [], "meta": {"next_cursor": "same"}})

    assert list(provider.everyone()) == []
    assert len(fake.calls) == 2


@pytest.mark.parametrize("status", ["unsubscribed", "unconfirmed", "bounced", "junk"])
def test_who_is_not_active_is_not_subscribed(provider, fake, status):
    provider.upsert(CONTACT)
    fake.contacts[ZOE]["status"] = status

    known = provider.lookup(ZOE)
    assert (known.subscribed, known.stopped) == (False, status != "unconfirmed")


def test_a_contact_that_is_being_forgotten_is_not_known(provider, fake):
    provider.upsert(CONTACT)
    fake.contacts[ZOE]["forget_at"] = "2026-12-24 10:00:00"

    assert provider.lookup(ZOE) is None


def test_no_more_go_in_one_call_than_mailerlite_takes(provider):
    assert provider.most_at_once == 50
