"""What exactly Mailchimp is told, and what its refusals mean."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace

import pytest

from portal.providers.errors import Busy, Denied, Refused, SetupError, Suppressed, TryLater
from portal.providers.mailchimp.adapter import Mailchimp

from .conftest import API_KEY
from .fake_mailchimp import FakeMailchimp
from .raw_server import answer

ZOE = hashlib.md5(b"zoe@example.org", usedforsecurity=False).hexdigest()


@pytest.fixture
def fake(socket_enabled):
    with FakeMailchimp(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make():
    made = []

    def make_one(url, **more):
        settings = {"api_key": API_KEY, "api_url": url, "list_id": "abc123"}
        made.append(Mailchimp(settings | more))
        return made[-1]

    yield make_one
    for provider in made:
        provider.close()


@pytest.fixture
def mailchimp(fake, make):
    return make(fake.url)


@pytest.mark.enable_socket
def test_a_contact_is_put_by_its_address_with_all_that_it_chose(fake, mailchimp, contact):
    mailchimp.upsert(replace(contact, email="Zoe@Example.org"))

    (call,) = fake.calls
    assert (call["method"], call["path"]) == ("PUT", f"/lists/abc123/members/{ZOE}")
    assert call["query"] == {"skip_merge_validation": "true"}
    pair = b64encode(f"portal:{API_KEY}".encode()).decode()
    assert call["headers"]["authorization"] == f"Basic {pair}"
    assert call["body"] == {
        "email_address": "Zoe@Example.org",
        "status_if_new": "subscribed",
        "status": "subscribed",
        "merge_fields": {
            "TOPICS": "walking,swimming",
            "FORMAT": "easy-read",
            "FNAME": "Zoë Müller",
            "PREFS": "https://example.com/p/abc",
        },
    }


@pytest.mark.enable_socket
def test_who_left_by_mailchimps_link_is_asked_by_mailchimp(fake, mailchimp, contact):
    fake.left.add(ZOE)
    mailchimp.upsert(contact)

    assert fake.contacts[contact.email]["status"] == "pending"
    assert not mailchimp.lookup(contact.email).subscribed


@pytest.mark.enable_socket
def test_who_was_erased_for_good_cannot_be_put_back_and_the_team_reads_why(
    fake, mailchimp, contact
):
    fake.forgotten.add(ZOE)
    with pytest.raises(Suppressed, match="Only the person can change that"):
        mailchimp.upsert(contact)


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (answer(403), Busy),  # too many connections at a time: it has no body then
        (answer(403, b'{"title": "Forbidden"}'), Denied),
        (answer(401, b'{"title": "API Key Invalid"}'), Denied),
        (answer(400, b'{"detail": "Zoe has signed up to a lot of lists very recently"}'), TryLater),
        (answer(429), Busy),
    ],
)
def test_a_refusal_means_what_mailchimp_says(raw, make, contact, content, error):
    raw.answers(content)
    with pytest.raises(error) as caught:
        make(raw.url).upsert(contact)

    assert type(caught.value) is error


@pytest.mark.parametrize("key", ["abc", "abc-", "abc-US6!", "-"])
def test_a_key_without_its_data_centre_is_named(key):
    with pytest.raises(SetupError, match="MAILCHIMP_API_KEY must end with its data centre"):
        Mailchimp({"api_key": key, "list_id": "abc123"})


def test_the_key_says_where_mailchimp_is():
    made = Mailchimp({"api_key": "abc-us6", "list_id": "abc123"})
    told = Mailchimp({"api_key": "abc", "list_id": "abc123", "api_url": "https://eu.example/3.0"})

    assert made.url == "https://us6.api.mailchimp.com/3.0"
    assert told.url == "https://eu.example/3.0"


@pytest.mark.parametrize("list_id", ["", "a b", "../x"])
def test_a_list_that_cannot_be_one_is_named(list_id):
    with pytest.raises(SetupError, match="MAILCHIMP_LIST_ID"):
        Mailchimp({"api_key": "abc-us6", "list_id": list_id})


@pytest.mark.enable_socket
def test_an_archived_contact_is_not_known(fake, mailchimp, contact):
    mailchimp.upsert(contact)
    fake.contacts[contact.email]["status"] = "archived"

    assert mailchimp.lookup(contact.email) is None


@pytest.mark.enable_socket
@pytest.mark.parametrize("content", [{"members": None}, {}, [], "x" * 1_100_000])
def test_a_page_that_cannot_be_read_is_no_end_of_the_list(fake, mailchimp, content):
    fake.act = lambda call: (200, {"members": [content]} if isinstance(content, str) else content)

    with pytest.raises(TryLater, match="cannot read"):
        list(mailchimp.everyone())


@pytest.mark.enable_socket
def test_a_list_of_several_pages_is_read_to_its_end_with_no_more_than_we_need(fake, mailchimp):
    for number in range(501):
        email = f"{number}@example.org"
        fake.contacts[email] = {"email_address": email, "status": "subscribed"}

    assert len({one.email for one in mailchimp.everyone()}) == 501
    assert [call["query"]["offset"] for call in fake.calls] == ["0", "500"]
    wanted = "members.email_address,members.status,members.merge_fields"
    assert {call["query"]["fields"] for call in fake.calls} == {wanted}


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "content",
    [
        {"error_count": 1, "errors": [{"email_address": "zoe@example.org", "error": "No"}]},
        {"error_count": 0, "errors": [{"error": "No"}]},
        {},
        [],
    ],
)
def test_many_contacts_of_whom_one_was_not_taken_are_not_taken_for_done(
    fake, mailchimp, contact, content
):
    fake.act = lambda call: (200, content)

    with pytest.raises(Refused, match="did not say that it took all 1"):
        mailchimp.upsert_many([contact])
