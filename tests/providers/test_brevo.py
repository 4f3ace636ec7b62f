"""What is truly Brevo's: the log of mails, and files that it keeps."""

from portal.providers.values import Receipt

from .ours import CONTACT, EMAIL, KEY, ZOE


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
