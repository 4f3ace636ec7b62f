"""What is looked at and registered at Mailjet, and what a person is told of it."""

from __future__ import annotations

import pytest

from portal import providers
from portal.providers.errors import Refused, SetupError
from portal.providers.mailjet.adapter import Mailjet
from portal.providers.values import Finding, Site

from .conftest import API_KEY
from .fake_mailjet import FakeMailjet
from .payloads_mailjet import EVENTS_URL, INBOUND_URL, SECRET

pytestmark = pytest.mark.enable_socket

SITE = Site("hello@example.com", EVENTS_URL, INBOUND_URL, "in.example.com")
WANTED = ["sent", "bounce", "blocked", "spam", "unsub"]
CHOSEN = ["topics", "format", "name", "preferences_url"]


@pytest.fixture
def fake(socket_enabled):
    with FakeMailjet(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        usual = {"api_key": API_KEY, "api_url": fake.url, "webhook_secret": SECRET}
        made.append(Mailjet(usual | FakeMailjet.settings | settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def mailjet(make):
    return make()


def wrong(findings):
    return [one.words for one in findings if one.ok is False]


def test_what_is_missing_is_installed_once_and_then_all_is_right(fake, make, mailjet):
    before = wrong(providers.check(mailjet, SITE))
    list(providers.install_hooks(mailjet, SITE))
    again = [one.words for one in providers.install_hooks(make(), SITE)]

    handed_on = f"//portal:{SECRET}@portal.example/hooks/mailjet/"
    assert len(before) == 3
    assert [one["EventType"] for one in fake.hooks] == WANTED
    assert {one["Url"] for one in fake.hooks} == {f"https:{handed_on}events"}
    assert {(one["Status"], one["Version"]) for one in fake.hooks} == {("alive", 2)}
    assert [one["Url"] for one in fake.routes] == [f"https:{handed_on}inbound"]
    assert fake.fields == [
        {"Name": name, "Datatype": "str", "NameSpace": "static"} for name in CHOSEN
    ]
    assert again == [
        *(f"The webhook for “{name}” was there." for name in WANTED),
        "Let mail for in.example.com go to made@parse.example.",
    ]


def test_when_all_is_right_the_check_says_so(fake, mailjet):
    list(providers.install_hooks(mailjet, SITE))
    # More than are given without asking for more.
    fake.senders = [{"Email": f"{n}@example.net"} for n in range(20)] + fake.senders

    assert [*providers.check(mailjet, SITE)] == [
        Finding("The keys work."),
        Finding("hello@example.com may send."),
        Finding("Subscribers go on the list “The newsletter”."),
        Finding("Contacts have all that we keep of a choice."),
        Finding("The webhooks for events are there."),
        Finding("Mail that comes in is handed on."),
    ]


@pytest.mark.parametrize(
    ("senders", "is_right"),
    [
        ([{"Email": "Hello@example.com", "Status": "Active"}], True),
        ([{"Email": "hello@example.com", "Status": "Inactive"}], False),
        ([{"Email": "*@example.net", "Status": "Active"}], False),
        ([], False),
    ],
)
def test_a_sender_has_to_be_validated(fake, mailjet, senders, is_right):
    fake.senders = senders

    assert [*providers.check(mailjet, SITE)][1].ok is is_right


def test_a_webhook_of_somebody_else_is_told_and_left_alone(fake, mailjet):
    fake.hooks = [{"EventType": "bounce", "Url": "https://elsewhere.example/"}]

    told = wrong(providers.install_hooks(mailjet, SITE))

    assert told == ["Another webhook for “bounce” stands in the way. Remove it."]
    assert len([one for one in fake.hooks if one["EventType"] == "bounce"]) == 1
    assert "missing for: bounce" in wrong(providers.check(mailjet, SITE))[0]


def test_a_webhook_with_a_secret_that_is_no_more_is_missing(make, mailjet):
    list(providers.install_hooks(mailjet, SITE))
    new = "another-secret-that-is-long-enough"

    assert wrong(providers.check(make(webhook_secret=f"{new} {SECRET}"), SITE)) == []
    assert len(wrong(providers.check(make(webhook_secret=new), SITE))) == 2


def test_without_a_secret_nothing_is_installed(fake, make):
    with pytest.raises(SetupError, match="MAILJET_WEBHOOK_SECRET"):
        list(providers.install_hooks(make(webhook_secret=""), SITE))

    assert fake.calls == []


def test_an_address_that_answers_nothing_is_not_called_right(fake, mailjet):
    fake.act = lambda _: (404, {})

    with pytest.raises(Refused):
        list(providers.check(mailjet, SITE))


def test_without_a_list_a_person_is_told_what_that_means(make):
    told = {one.words: one.ok for one in providers.check(make(list_id=""), SITE)}

    assert told["MAILJET_LIST_ID is not set. Without a list Mailjet takes no contacts."] is None
