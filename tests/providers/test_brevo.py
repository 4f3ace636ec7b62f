"""What is truly Brevo's: the log of mails, and files that it keeps."""

import pytest

from portal.providers.errors import Refused, TryLater
from portal.providers.values import Receipt

from .ours import CONTACT, EMAIL, KEY, ZOE
from .raw_server import answer


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


ELSEWHERE = ["Location: http://127.0.0.1:9/"]
NOT_GIVEN = {
    "large": (answer(200, b"1234567"), Refused),
    "gone": (answer(404), Refused),
    "cut": (answer(200, b"123", length=5), TryLater),
    "part": (answer(206, b"123"), TryLater),
    "key": (answer(401), TryLater),
    "busy": (answer(429), TryLater),
    "down": (answer(503), TryLater),
    "elsewhere": (answer(302, headers=ELSEWHERE), TryLater),
    "silent": (b"", TryLater),
}


@pytest.mark.enable_socket
@pytest.mark.parametrize(("content", "error"), NOT_GIVEN.values(), ids=NOT_GIVEN)
def test_a_file_that_is_not_given_is_refused_or_tried_later(raw, make_brevo, content, error):
    raw.answers(content)

    with pytest.raises(error):
        make_brevo(raw.url).fetch("token", 6)
