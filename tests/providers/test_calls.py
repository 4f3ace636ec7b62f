"""What exactly each provider is told, call by call."""

from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
import time_machine

from portal import providers
from portal.providers.headers import ascii_value
from portal.providers.values import Address, MailFile, Receipt

from .deeds import DEEDS, prepare
from .ours import BARE, CONTACT, EMAIL, KEY, ZOE
from .registered import CASES, HTTP_NAMES, able

SENDERS = able("send")
SANDBOXED = [name for name in SENDERS if hasattr(CASES[name], "SANDBOX")]
every_sender = pytest.mark.parametrize("name", SENDERS)


@pytest.mark.parametrize(
    ("name", "deed"), [(name, deed) for name in HTTP_NAMES for deed in CASES[name].CALLS]
)
def test_each_call_is_exactly_what_the_provider_takes(provider, fake, name, deed):
    cases = CASES[name]
    with time_machine.travel("2026-09-01T12:00:00Z"):
        prepare(provider, deed)
        start = len(fake.calls)
        result = DEEDS[deed](provider)

    calls = fake.calls[start:]
    if deed == "install_hooks":
        calls = [one for one in calls if is_change(one, cases)]
    wanted = cases.CALLS[deed]
    wanted = list(wanted.items() if isinstance(wanted, dict) else wanted)
    assert [(f"{one['method']} {one['target']}", one["body"]) for one in calls] == wanted
    if isinstance(result, Receipt):
        assert result.message_id == getattr(cases, "NAMED", {}).get(deed, result.message_id)
    for header, value in cases.SHOWN.items():
        assert {one["headers"].get(header) for one in calls} == {value}


def is_change(call, cases):
    """Whether a call changes something there."""
    return call["method"] != "GET" and call["path"] not in getattr(cases, "READS", ())


def values_in(value):
    """All values in a JSON value, at any depth."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in below:
        yield one
        yield from values_in(one)


def texts_in(value):
    return [one for one in values_in(value) if isinstance(one, str)]


def names_in(value):
    """All names in the objects of a JSON value."""
    return {*value}.union(*(one for one in values_in(value) if isinstance(one, dict)))


@every_sender
def test_what_is_empty_is_left_out(provider, fake, name):
    provider.send(EMAIL, KEY)
    provider.send(BARE, KEY)

    full, bare = (names_in(call["body"]) for call in fake.calls)
    assert full - bare == CASES[name].LEFT_OUT
    assert bare <= full


@every_sender
def test_no_line_of_a_mail_can_bring_in_a_header(provider, fake, name):
    words = "Zoë\r\nBcc: all@example.org"
    changed = {
        "subject": words,
        "sender": Address("b@example.com", words),
        "to": Address("a@example.org", words),
        "reply_to": Address("team@example.com", f'"{words}'),
        "headers": (("X-A", words), ("X-B", "ü" * 200)),
        "attachments": (MailFile(words, b"a", "text/plain"),),
    }
    provider.send(replace(EMAIL, **changed), KEY)

    texts = [one for one in texts_in(fake.mails[0]) if one not in {EMAIL.text, EMAIL.html}]
    assert "Zoë Bcc: all@example.org" in texts
    assert [one for one in texts if not one.isprintable()] == []


@every_sender
@pytest.mark.parametrize("words", ['The "media" \\ team', 'Zoë "Z" Müller, Leeds' + " é" * 20])
def test_a_name_with_marks_in_it_is_kept_whole_beside_its_address(provider, fake, name, words):
    provider.send(replace(EMAIL, reply_to=Address("team@example.com", words)), KEY)

    texts = texts_in(fake.mails[0])
    (told,) = {one for one in texts if "team@example.com" in one}
    shown, address = parseaddr(told)
    assert address == "team@example.com"
    assert (str(make_header(decode_header(shown))) if shown else words) == words
    assert shown or words in texts


@pytest.mark.parametrize(
    ("name", "deed", "cut"),
    [
        ("brevo", lambda it: it.send(replace(EMAIL, to=Address(ZOE, "n" * 90)), KEY), "n" * 70),
        ("mailjet", lambda it: it.send(replace(EMAIL, subject="é" * 300), KEY), "é" * 255),
        ("sendgrid", lambda it: it.upsert(replace(CONTACT, name="n" * 60)), "n" * 50),
    ],
)
def test_what_is_longer_than_the_provider_takes_is_cut(provider, fake, name, deed, cut):
    deed(provider)

    assert cut in texts_in(fake.calls[-1]["body"])


@pytest.mark.parametrize("value", ["é\r\nX-D: 4", "ü" * 200, "plain"])
def test_the_value_of_a_header_is_ascii_and_says_the_same(value):
    written = ascii_value(value)

    assert written.isascii()
    assert written.isprintable()
    assert str(make_header(decode_header(written))) == value.replace("\r\n", " ")


@pytest.mark.parametrize("name", SANDBOXED)
def test_a_mail_is_marked_in_the_sandbox_and_only_there(make, fake, name):
    for more in ({"sandbox": "1"}, {}):
        make(**more).send(EMAIL, KEY)

    place, mark, value = CASES[name].SANDBOX
    tried, sent = (call["body"] for call in fake.calls)
    assert (tried[place] if place else tried).pop(mark) == value
    assert tried == sent


@pytest.mark.parametrize("name", sorted({*SENDERS} - {*SANDBOXED}))
def test_a_provider_without_a_sandbox_says_so_at_the_start(make, name):
    with pytest.raises(providers.SetupError, match=r"MAIL_SANDBOX: .* without sending it"):
        make(sandbox="1")
