"""What exactly MailerLite is told, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import providers
from portal.providers.errors import Denied, Refused, TryLater
from portal.providers.mailerlite.adapter import MailerLite
from portal.providers.mailerlite.events import EVENTS
from portal.providers.values import Finding, Receipt, Site

from .conftest import API_KEY
from .fake_mailerlite import GROUP, SECRET, FakeMailerLite
from .payloads_mailerlite import URL

pytestmark = pytest.mark.enable_socket

SITE = Site("hello@example.com", URL, "https://portal.example/hooks/mailerlite/inbound")
PAYLOAD = {
    "email": "zoe@example.org",
    "status": "active",
    "fields": {
        "name": "Zoë Müller",
        "topics": "walking,swimming",
        "format": "easy-read",
        "preferences_url": "https://example.com/p/abc",
    },
    "groups": [GROUP],
}


@pytest.fixture
def fake(socket_enabled):
    with FakeMailerLite(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        usual = {"api_key": API_KEY, "api_url": fake.url, "list_id": GROUP}
        made.append(MailerLite(usual | settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def mailerlite(make):
    return make(webhook_secret=SECRET)


def calls(fake):
    return [f"{call['method']} {call['path']}" for call in fake.calls]


def test_a_contact_is_put_into_the_group_and_may_be_mailed_again(fake, mailerlite, contact):
    assert mailerlite.upsert(contact) == Receipt("31")

    assert calls(fake) == ["POST /subscribers"]
    assert fake.calls[0]["body"] == PAYLOAD


def test_without_a_group_none_is_named(fake, make, contact):
    make(list_id="").upsert(contact)

    assert "groups" not in fake.calls[0]["body"]


def test_many_contacts_go_in_one_call(fake, mailerlite, contact):
    people = [contact, replace(contact, email="ada@example.org")]

    mailerlite.upsert_many(people)

    one = {"method": "POST", "path": "api/subscribers", "body": PAYLOAD}
    assert calls(fake) == ["POST /batch"]
    assert fake.calls[0]["body"]["requests"][0] == one
    assert {*fake.contacts} == {"zoe@example.org", "ada@example.org"}
    assert mailerlite.most_at_once == 50


@pytest.mark.parametrize(
    ("code", "error"), [(422, Refused), (429, TryLater), (500, TryLater), (504, TryLater)]
)
def test_one_of_many_that_was_not_taken_is_told(fake, mailerlite, contact, code, error):
    fake.act = lambda _: (200, {"responses": [{"code": 200}, {"code": code, "body": {}}]})

    with pytest.raises(error):
        mailerlite.upsert_many([contact])


def test_a_contact_is_found_by_its_address_and_changed_by_its_id(fake, mailerlite, contact):
    mailerlite.upsert(contact)

    mailerlite.unsubscribe(contact.email)
    mailerlite.erase(contact.email)

    assert calls(fake)[1:] == [
        "GET /subscribers/zoe%40example.org",
        "PUT /subscribers/31",
        "GET /subscribers/zoe%40example.org",
        "POST /subscribers/31/forget",
    ]
    assert fake.calls[2]["body"] == {"status": "unsubscribed"}


def test_somebody_outside_our_group_is_not_subscribed(make, contact):
    make().upsert(contact)

    assert make().lookup(contact.email).subscribed
    assert not make(list_id="8").lookup(contact.email).subscribed


def test_everyone_in_the_group_is_listed_page_by_page(fake, make, contact):
    emails = [f"{n}@example.org" for n in range(250)]
    for start in range(0, 250, 50):
        make().upsert_many([replace(contact, email=one) for one in emails[start : start + 50]])
    make(list_id="8").upsert(replace(contact, email="other@example.org"))
    make().unsubscribe(emails[7])

    found = list(make().everyone())

    assert [one.email for one in found] == emails
    assert [one.email for one in found if not one.subscribed] == [emails[7]]
    assert found[0].attributes["topics"] == "walking,swimming"
    assert len(list(make(list_id="").everyone())) == 251


def test_a_list_that_goes_round_in_a_circle_ends(fake, mailerlite):
    fake.act = lambda _: (200, {"data": [], "meta": {"next_cursor": "same"}})

    assert list(mailerlite.everyone()) == []
    assert len(fake.calls) == 2


@pytest.mark.parametrize("status", ["unsubscribed", "unconfirmed", "bounced", "junk"])
def test_who_is_not_active_is_not_subscribed(fake, mailerlite, contact, status):
    mailerlite.upsert(contact)
    fake.contacts[contact.email]["status"] = status

    known = mailerlite.lookup(contact.email)
    assert (known.subscribed, known.stopped) == (False, status != "unconfirmed")


def test_a_contact_that_is_being_forgotten_is_not_known(fake, mailerlite, contact):
    mailerlite.upsert(contact)
    fake.contacts[contact.email]["forget_at"] = "2026-12-24 10:00:00"

    assert mailerlite.lookup(contact.email) is None


@pytest.mark.parametrize("data", [{}, {"data": []}, {"data": {"id": "1"}}, {"data": {"id": 1}}])
def test_a_lookup_that_says_nothing_is_tried_later(fake, mailerlite, data):
    fake.act = lambda _: (200, data)

    with pytest.raises(TryLater):
        mailerlite.lookup("zoe@example.org")


def test_a_refusal_is_told_in_mailerlites_words(mailerlite, contact):
    with pytest.raises(Refused, match=r"invalid\. The email must be a valid email address"):
        mailerlite.upsert(replace(contact, email="no address"))


def test_a_wrong_key_is_named(make, contact):
    with pytest.raises(Denied, match="MAILERLITE_API_KEY"):
        make(api_key="wrong").upsert(contact)


def test_the_webhook_is_installed_once_and_its_secret_shown(fake, make):
    new = make()

    done = [one.words for one in providers.install_hooks(new, SITE)]
    again = [one.words for one in providers.install_hooks(make(webhook_secret=SECRET), SITE)]

    assert done[1] == f"Put this into .env: MAILERLITE_WEBHOOK_SECRET={SECRET}"
    assert again == ["The webhook was there."]
    assert fake.webhooks == [
        {
            "id": "0",
            "secret": SECRET,
            "name": "Portal",
            "url": URL,
            "events": ["subscriber.unsubscribed", "subscriber.bounced", "subscriber.spam_reported"],
            "enabled": True,
            "batchable": True,
        }
    ]


def test_when_all_is_right_the_check_says_so(mailerlite):
    list(providers.install_hooks(mailerlite, SITE))

    assert [*providers.check(mailerlite, SITE)] == [
        Finding("The key works."),
        Finding("Subscribers go into the group “Newsletter”."),
        Finding(
            "See “Fields”: are there the text fields topics, format and preferences_url?", ok=None
        ),
        Finding("The webhook is there."),
        Finding("MAILERLITE_WEBHOOK_SECRET is that of the webhook."),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"enabled": False},
        {"events": []},
        {"events": 7},
        {"events": [*EVENTS, "campaign.open"]},
        {"url": "https://else.example"},
    ],
)
def test_a_webhook_that_is_wrong_is_told_and_mended(fake, mailerlite, wrong):
    list(providers.install_hooks(mailerlite, SITE))
    fake.webhooks[0] |= wrong
    before = [*providers.check(mailerlite, SITE)]

    list(providers.install_hooks(mailerlite, SITE))

    assert [one.ok for one in before] == [True, True, None, False]
    assert [one.ok for one in providers.check(mailerlite, SITE)] == [True, True, None, True, True]


def test_a_wrong_group_or_secret_is_told(make):
    list(providers.install_hooks(make(), SITE))

    findings = [*providers.check(make(list_id="8", webhook_secret="another-one"), SITE)]

    assert [one.ok for one in findings] == [True, False, None, True, False]
    assert "MAILERLITE_LIST_ID" in findings[1].words
