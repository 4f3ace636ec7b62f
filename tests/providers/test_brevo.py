"""What exactly Brevo is told, and what its answers mean."""

from __future__ import annotations

import json
from dataclasses import replace
from email.header import decode_header, make_header

import pytest

from portal.providers.brevo.adapter import Brevo
from portal.providers.errors import Busy, Denied, Refused, SetupError, TryLater
from portal.providers.values import Address, KnownContact, Receipt

from .conftest import API_KEY, KEY
from .raw_server import answer

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def brevo(fake, make_brevo):
    return make_brevo(fake.url)


def test_a_mail_is_sent_with_all_that_it_says(fake, brevo, email):
    receipt = brevo.send(email, KEY)

    call = fake.calls[0]
    assert receipt.message_id.endswith("@fake.example>")
    assert (call["method"], call["path"]) == ("POST", "/smtp/email")
    assert call["headers"]["api-key"] == API_KEY
    assert call["body"] == {
        "sender": {"email": "hello@example.com", "name": "Get Yourself Active"},
        "to": [{"email": "zoe@example.org", "name": "Zoë Müller, Leeds"}],
        "replyTo": {"email": "team@example.com", "name": "The media team"},
        "subject": "Confirm your address: it takes a moment, Zoë",
        "htmlContent": email.html,
        "textContent": email.text,
        "headers": {
            "List-Unsubscribe": "<https://example.com/u/abc>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "X-Programme": "=?utf-8?b?U2FudMOp?=",
            "idempotencyKey": KEY,
            "X-Mailin-custom": KEY,
        },
        "tags": ["confirm_signup"],
    }


def test_what_is_empty_is_left_out(fake, brevo, email):
    bare = replace(
        email,
        name="",
        to=Address("a@example.org"),
        sender=Address("b@example.com", " "),
        reply_to=None,
        headers=(),
    )

    brevo.send(bare, KEY)

    assert fake.mails[0] == {
        "sender": {"email": "b@example.com"},
        "to": [{"email": "a@example.org"}],
        "subject": email.subject,
        "htmlContent": email.html,
        "textContent": email.text,
        "headers": {"idempotencyKey": KEY, "X-Mailin-custom": KEY},
    }


def test_no_header_can_bring_in_another(fake, brevo, email):
    brevo.send(
        replace(
            email,
            subject="Hello\r\nBcc: all@example.org",
            sender=Address("b@example.com", "Us\nBcc: all@example.org"),
            headers=(("X-A", "1\r\nX-B: 2"), ("X-C", "é\r\nX-D: 4"), ("X-E", "ü" * 200)),
        ),
        KEY,
    )

    mail = fake.mails[0]
    headers = mail["headers"]
    assert mail["subject"] == "Hello Bcc: all@example.org"
    assert mail["sender"]["name"] == "Us Bcc: all@example.org"
    assert headers["X-A"] == "1 X-B: 2"
    assert str(make_header(decode_header(headers["X-C"]))) == "é X-D: 4"
    assert str(make_header(decode_header(headers["X-E"]))) == "ü" * 200
    assert all(value.isascii() and value.isprintable() for value in headers.values())


@pytest.mark.parametrize(
    "name", ["", "X A", "X:A", "X\r\nA", "Ä", "Bcc", "subject", "Content-Type"]
)
def test_a_header_that_no_mail_may_be_given_is_refused(fake, brevo, email, name):
    with pytest.raises(Refused, match="header"):
        brevo.send(replace(email, headers=((name, "x"),)), KEY)

    assert fake.calls == []


def test_a_long_name_is_cut_to_what_brevo_allows(fake, brevo, email):
    brevo.send(replace(email, to=Address("a@example.org", "n" * 90)), KEY)

    assert fake.mails[0]["to"][0]["name"] == "n" * 70


@pytest.mark.parametrize("repeats", ["duplicate_request", "same"])
def test_a_second_try_of_a_mail_that_was_taken_is_accepted_and_sends_nothing(
    fake, brevo, email, repeats
):
    fake.repeats = repeats

    first, second = brevo.send(email, KEY), brevo.send(email, KEY)

    assert len(fake.mails) == 1
    assert second == (first if repeats == "same" else Receipt(""))


def test_a_contact_is_put_on_the_list_and_may_be_mailed_again(fake, make_brevo, contact):
    make_brevo(fake.url, list_id="7").upsert(contact)

    assert fake.calls[0]["body"] == {
        "email": "zoe@example.org",
        "attributes": {
            "TOPICS": "walking,swimming",
            "FORMAT": "easy-read",
            "NAME": "Zoë Müller",
            "PREFERENCES_URL": "https://example.com/p/abc",
        },
        "listIds": [7],
        "updateEnabled": True,
        "emailBlacklisted": False,
    }


def test_without_a_list_none_is_named(fake, brevo, contact):
    brevo.upsert(contact)

    assert "listIds" not in fake.calls[0]["body"]


def test_an_unsubscribe_blocks_the_address(fake, brevo):
    brevo.unsubscribe("zoe@example.org")

    call = fake.calls[0]
    assert (call["method"], call["path"]) == ("PUT", "/contacts/zoe%40example.org")
    assert call["body"] == {"emailBlacklisted": True}


def test_an_address_is_quoted_in_the_path(fake, brevo):
    brevo.unsubscribe("o'neil+a/b?c#d%25 é@example.org")

    assert fake.calls[0]["path"] == (
        "/contacts/o%27neil%2Ba%2Fb%3Fc%23d%2525%20%C3%A9%40example.org"
    )


def test_erasing_takes_the_contact_and_the_log_of_mails(fake, brevo, email, contact):
    brevo.upsert(contact)
    brevo.send(email, KEY)

    brevo.erase(contact.email)

    assert fake.contacts == {}
    assert fake.mails == []
    assert [(call["method"], call["path"]) for call in fake.calls[2:]] == [
        ("DELETE", "/contacts/zoe%40example.org"),
        ("DELETE", "/smtp/log/zoe%40example.org"),
    ]


def test_a_refusal_to_erase_the_log_does_not_undo_the_erasure(fake, brevo, contact):
    brevo.upsert(contact)
    refuse_logs = fake.act
    fake.act = lambda call: (
        (400, {"code": "bad_request"}) if "/log/" in call["path"] else refuse_logs(call)
    )

    assert brevo.erase(contact.email) == Receipt()


def test_a_refusal_to_erase_the_contact_is_told(fake, brevo):
    fake.behave("refuse")

    with pytest.raises(Refused):
        brevo.erase("zoe@example.org")


def test_somebody_off_our_list_is_not_subscribed(fake, make_brevo, contact):
    make_brevo(fake.url, list_id="7").upsert(contact)

    assert make_brevo(fake.url, list_id="7").lookup(contact.email).subscribed
    assert not make_brevo(fake.url, list_id="8").lookup(contact.email).subscribed


def test_lookup_tells_what_brevo_holds(fake, brevo, contact):
    brevo.upsert(contact)
    brevo.unsubscribe(contact.email)

    assert brevo.lookup(contact.email) == KnownContact(
        "zoe@example.org",
        subscribed=False,
        attributes=fake.contacts["zoe@example.org"]["attributes"],
        stopped=True,
    )


def test_a_lookup_without_a_state_is_tried_later(fake, brevo, contact):
    fake.contacts[contact.email] = {"email": contact.email, "attributes": {}}

    with pytest.raises(TryLater):
        brevo.lookup(contact.email)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("forbidden", "BREVO_API_KEY"),
        ("busy", "too_many_requests"),
        ("unavailable", "503"),
        ("redirect", "BREVO_API_URL"),
    ],
)
def test_what_does_not_lie_with_the_mail_is_tried_later(fake, brevo, email, mode, words):
    fake.behave(mode)

    with pytest.raises(TryLater, match=words):
        brevo.send(email, KEY)


def test_what_lies_with_the_mail_is_refused_in_brevos_words(fake, brevo, email):
    fake.behave("refuse")

    with pytest.raises(Refused, match="invalid_parameter email is not valid in to"):
        brevo.send(email, KEY)


@pytest.mark.parametrize("list_id", ["seven", "7.5", "-1", "\uff17", "1 2"])
def test_a_list_that_is_no_number_is_named(list_id):
    with pytest.raises(SetupError, match="BREVO_LIST_ID"):
        Brevo({"api_key": "k", "list_id": list_id})


def test_without_an_address_it_is_brevos_own():
    assert Brevo({"api_key": "k"}).url == "https://api.brevo.com/v3"
    assert Brevo({"api_key": "k", "api_url": " https://eu.example/v3/ "}).url == (
        "https://eu.example/v3"
    )


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (402, "not_enough_credits", Denied),
        (403, "permission_denied", Denied),
        (400, "account_under_validation", Denied),
        (400, "account_in_process", TryLater),
        (400, "invalid_parameter", Refused),
        (429, "too_many_requests", Busy),
    ],
)
def test_a_refusal_means_what_brevos_code_says(raw, make_brevo, email, status, code, error):
    raw.answers(answer(status, json.dumps({"code": code, "message": "No"}).encode()))
    with pytest.raises(error) as caught:
        make_brevo(raw.url).send(email, KEY)

    assert type(caught.value) is error
    assert code in str(caught.value)


def test_many_contacts_are_imported_onto_our_list(fake, make_brevo, contact):
    make_brevo(fake.url, list_id="7").upsert_many([contact])

    assert fake.calls[0]["path"] == "/contacts/import"
    assert fake.calls[0]["body"] == {
        "jsonBody": [
            {
                "email": contact.email,
                "attributes": {
                    "TOPICS": "walking,swimming",
                    "FORMAT": "easy-read",
                    "NAME": "Zoë Müller",
                    "PREFERENCES_URL": "https://example.com/p/abc",
                },
            }
        ],
        "emailBlacklist": False,
        "updateExistingContacts": True,
        "emptyContactsAttributes": True,
        "disableNotification": True,
        "listIds": [7],
    }


@pytest.mark.parametrize("content", [{"contacts": None}, {}, [], "x" * 1_100_000])
def test_a_page_that_cannot_be_read_is_no_end_of_the_list(fake, brevo, content):
    fake.act = lambda call: (200, {"contacts": [content]} if isinstance(content, str) else content)

    with pytest.raises(TryLater, match="cannot read"):
        list(brevo.everyone())


def test_a_list_of_several_pages_is_read_to_its_end(fake, brevo, contact):
    for number in range(1001):
        row = {"email": f"{number}@example.org", "emailBlacklisted": False}
        fake.contacts[row["email"]] = row | {"attributes": {"PREFERENCES_URL": "x" * 1500}}

    assert len({one.email for one in brevo.everyone()}) == 1001
    assert [call["query"]["offset"] for call in fake.calls] == ["0", "500", "1000"]
