"""Whatever a provider's server does, one of three errors comes out, and the right one."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from portal.providers.brevo.adapter import Brevo
from portal.providers.errors import Refused, SetupError, TryLater, Uncertain
from portal.providers.values import Receipt

from .conftest import API_KEY, KEY, audience_calls
from .raw_server import answer

pytestmark = pytest.mark.enable_socket

JSON = ["Content-Type: application/json"]
ACCEPTED = answer(201, b'{"messageId": "<1@fake.example>"}', JSON)


@pytest.fixture
def brevo(raw, make_brevo):
    return make_brevo(raw.url)


def test_a_2xx_is_a_receipt_with_the_providers_id(raw, brevo, email):
    raw.answers(ACCEPTED)

    assert brevo.send(email, KEY) == Receipt("<1@fake.example>")


@pytest.mark.parametrize(
    "content",
    [
        answer(201),
        answer(201, b"{", JSON),
        answer(201, b"[1, 2]", JSON),
        answer(201, b'{"messageId": 7}', JSON),
        answer(201, b"[" * 100_000, JSON),
        answer(201, b'{"messageId": "<1@fa', JSON, length=900),
        answer(201, b"\x1f\x8b\x08", [*JSON, "Content-Encoding: gzip"]),
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{'me",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["empty", "bad", "list", "number", "deep", "cut", "packed", "cut-chunk", "bad-chunk"],
)
def test_a_2xx_with_an_unreadable_body_is_accepted_without_an_id(raw, brevo, email, content):
    raw.answers(content)

    assert brevo.send(email, KEY) == Receipt("")


def test_an_id_can_be_kept_by_any_database(raw, brevo, email):
    """PostgreSQL takes no NUL, and no encoding takes half of a surrogate pair."""
    raw.answers(answer(201, rb'{"messageId": "<1\u0000\ud800@fake>"}', JSON))

    assert brevo.send(email, KEY) == Receipt("<1  @fake>")


def test_an_id_too_long_to_be_one_is_none(raw, brevo, email):
    raw.answers(answer(201, b'{"messageId": "%s"}' % (b"1" * 251), JSON))

    assert brevo.send(email, KEY) == Receipt("")


@pytest.mark.parametrize(
    "content",
    [
        answer(200, b"<html>Sign in</html>", ["Content-Type: text/html; charset=utf-8"]),
        answer(200, b"\n <!doctype html>"),
    ],
    ids=["by-type", "by-look"],
)
def test_a_web_page_is_not_taken_for_an_acceptance(raw, brevo, email, contact, content):
    raw.answers(content)

    with pytest.raises(Uncertain, match="BREVO_API_URL"):
        brevo.send(email, KEY)
    with pytest.raises(TryLater, match="BREVO_API_URL"):
        brevo.upsert(contact)


@pytest.mark.parametrize("status", [400, 404, 405, 406, 409, 410, 413, 415, 422, 451, 499])
def test_another_4xx_is_refused_with_the_providers_words(raw, brevo, email, status):
    raw.answers(answer(status, b'{"code": "bad", "message": "subject is too long."}', JSON))

    with pytest.raises(Refused) as caught:
        brevo.send(email, KEY)

    assert str(caught.value) == f"brevo answered {status}: bad subject is too long."


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_a_reason_to_try_later_and_names_the_setting(raw, brevo, email, status):
    raw.answers(answer(status, b'{"code": "unauthorized", "message": "Key not found"}', JSON))

    with pytest.raises(TryLater, match=r"Key not found.*BREVO_API_KEY"):
        brevo.send(email, KEY)


@pytest.mark.parametrize("status", [402, 408, 425, 429, 500, 502, 503, 599, 999])
def test_a_busy_broken_or_unpaid_provider_is_tried_later(raw, brevo, email, status):
    raw.answers(answer(status))

    with pytest.raises(TryLater, match=str(status)) as caught:
        brevo.send(email, KEY)

    assert caught.value.after is None


def test_a_gateways_timeout_is_uncertain_for_a_mail(raw, brevo, email):
    raw.answers(answer(504))

    with pytest.raises(Uncertain, match="504"):
        brevo.send(email, KEY)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 7", 7),
        ("Retry-After: 0", 0),
        ("Retry-After: Tue, 01 Sep 2026 12:01:30 GMT", 90),
        ("Retry-After: Tue, 01 Sep 2026 12:01:30 -0000", 90),
        ("Retry-After: Tue, 01 Sep 2026 11:00:00 GMT", 0),
        ("Retry-After: 999999999", 86_400),
        ("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("x-sib-ratelimit-reset: 11", 11),
    ],
)
def test_the_wait_that_the_provider_asks_for_is_passed_on(raw, brevo, email, header, seconds):
    raw.answers(answer(429, headers=[header]))

    with (
        time_machine.travel("2026-09-01T12:00:00Z", tick=False),
        pytest.raises(TryLater) as caught,
    ):
        brevo.send(email, KEY)

    assert caught.value.after == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [401, 403, 408, 425, 500, 503])
def test_a_wait_may_come_with_any_reason_to_try_later(raw, brevo, contact, status):
    raw.answers(answer(status, headers=["Retry-After: 120"]))

    with pytest.raises(TryLater) as caught:
        brevo.upsert(contact)

    assert caught.value.after == timedelta(seconds=120)


@pytest.mark.parametrize(
    "value", ["", "-5", "soon", "1e3", "7.5", "\xb2", "9" * 30, "Tue, 99 Sep 2026 12:00:00 GMT"]
)
def test_a_wait_that_makes_no_sense_is_ignored(raw, brevo, email, value):
    raw.answers(answer(429, headers=[f"Retry-After: {value}"]))

    with pytest.raises(TryLater) as caught:
        brevo.send(email, KEY)

    assert caught.value.after is None


@pytest.mark.parametrize("location", ["/elsewhere", "http://[", "https://\xff.example", "::"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_with_our_key(raw, brevo, email, status, location):
    raw.answers(answer(status, headers=[f"Location: {location}"]))

    with pytest.raises(TryLater, match="BREVO_API_URL"):
        brevo.send(email, KEY)

    assert len(raw.requests) == 1


def test_a_status_that_settles_nothing_is_uncertain(raw, brevo, email):
    raw.answers(answer(199))

    with pytest.raises(Uncertain, match="199"):
        brevo.send(email, KEY)


@pytest.mark.parametrize("content", [b"", b"nonsense\r\n", answer(199)])
def test_doubt_about_a_contact_is_only_a_reason_to_try_later(raw, brevo, contact, content):
    raw.answers(content)

    for call in audience_calls(brevo, contact):
        with pytest.raises(TryLater):
            call()


def test_cookies_are_not_kept(raw, brevo, email):
    raw.answers(answer(201, headers=["Set-Cookie: who=me; Path=/"]))

    brevo.send(email, KEY)
    brevo.send(email, KEY)

    assert b"cookie" not in raw.requests[1].lower()


def test_the_providers_words_are_cut_and_hold_no_key_and_no_line_break(raw, brevo, email):
    said = f"No such key: {API_KEY}\\r\\nX: y " + "long " * 200
    raw.answers(answer(400, f'{{"code": "bad", "message": "{said}"}}'.encode(), JSON))

    with pytest.raises(Refused) as caught:
        brevo.send(email, KEY)

    words = str(caught.value)
    assert "No such key: … X: y long" in words
    assert API_KEY not in words
    assert words.isprintable()
    assert len(words) < 250


def test_our_own_words_hold_no_address_of_a_person(make_brevo, contact):
    brevo = make_brevo("http://127.0.0.1:9/v3")

    with pytest.raises(TryLater) as caught:
        brevo.unsubscribe(contact.email)

    assert "zoe" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("key", ["", "  "])
def test_a_missing_key_is_named(key):
    with pytest.raises(SetupError, match="BREVO_API_KEY"):
        Brevo({"api_key": key})


@pytest.mark.parametrize("key", ["a\r\nX: y", "schlüssel", "a\x00b"])
def test_a_key_that_cannot_be_a_header_is_named_and_not_shown(key):
    with pytest.raises(SetupError, match="BREVO_API_KEY") as caught:
        Brevo({"api_key": key})

    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["api.brevo.com", "ftp://api.example", "http://", "http://[", "//x"]
)
def test_an_address_that_is_none_is_named(url):
    with pytest.raises(SetupError, match="BREVO_API_URL"):
        Brevo({"api_key": "k", "api_url": url})
