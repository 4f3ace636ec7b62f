"""What is truly Brevo's: repeated keys, the log of mails, and files that it keeps."""

from dataclasses import replace

import pytest

from portal.providers.errors import Refused, TryLater
from portal.providers.values import Address, Receipt

from .ours import CONTACT, EMAIL, KEY, ZOE
from .raw_server import answer


@pytest.fixture
def name():
    return "brevo"


def test_a_long_name_is_cut_to_what_brevo_allows(provider, fake):
    provider.send(replace(EMAIL, to=Address("a@example.org", "n" * 90)), KEY)

    assert fake.mails[0]["to"][0]["name"] == "n" * 70


@pytest.mark.parametrize("repeats", ["duplicate_request", "same"])
def test_a_second_try_of_a_mail_that_was_taken_is_accepted_and_sends_nothing(
    provider, fake, repeats
):
    fake.repeats = repeats

    first, second = provider.send(EMAIL, KEY), provider.send(EMAIL, KEY)

    assert len(fake.mails) == 1
    assert second == (first if repeats == "same" else Receipt(""))


def test_erasing_takes_the_log_of_mails_and_its_refusal_undoes_nothing(provider, fake):
    provider.upsert(CONTACT)
    provider.send(EMAIL, KEY)
    provider.erase(ZOE)
    act = fake.act
    fake.act = lambda call: (400, {"code": "bad"}) if "/log/" in call["path"] else act(call)

    assert (fake.contacts, fake.mails) == ({}, [])
    assert provider.erase(ZOE) == Receipt()


def test_a_file_is_fetched_with_its_token(provider, fake):
    fake.act, fake.headers_of = lambda _: (200, b"<svg/>"), lambda *_: {"Content-Type": "text/html"}

    assert provider.fetch("a/b?c", 6) == b"<svg/>"
    (call,) = fake.calls
    assert (call["method"], call["target"]) == ("GET", "/inbound/attachments/a%2Fb%3Fc")
    assert call["headers"]["accept"] == "*/*"


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (answer(200, b"1234567"), Refused),
        (answer(404), Refused),
        (answer(200, b"123", length=5), TryLater),
        (answer(206, b"123"), TryLater),
        (answer(401), TryLater),
        (answer(429), TryLater),
        (answer(503), TryLater),
        (answer(302, headers=["Location: http://127.0.0.1:9/"]), TryLater),
        (b"", TryLater),
    ],
    ids=["large", "gone", "cut", "part", "key", "busy", "down", "elsewhere", "silent"],
)
def test_a_file_that_is_not_given_is_refused_or_tried_later(raw, make_brevo, content, error):
    raw.answers(content)

    with pytest.raises(error):
        make_brevo(raw.url).fetch("token", 6)
