"""What exactly each provider is told, call by call."""

import re
from contextlib import suppress
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from portal import providers
from portal.providers.errors import Refused
from portal.providers.headers import one_line
from portal.providers.http.answer import Answer
from portal.providers.values import Address, MailFile, Receipt

from .deeds import DEEDS, prepare
from .ours import BARE, CONTACT, EMAIL, KEY, ZOE
from .registered import CASES, HTTP_NAMES, able, caller

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
        assert result.message_id in str((fake.mails, fake.contacts, calls[-1]))
    for header, value in cases.SHOWN.items():
        assert {one["headers"].get(header) for one in calls} <= {value}


def is_change(call, cases):
    """Whether a call changes something there."""
    body = call["body"] if isinstance(call["body"], dict) else {}
    named = {call["path"], body.get("Action")}
    return call["method"] != "GET" and not named & {*getattr(cases, "READS", ())}


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

    full, bare = (call["body"] for call in fake.calls)
    assert names_in(bare) <= names_in(full)
    assert [one for one in values_in(bare) if one in ("", None)] == []


# Letters of three scripts, all marks that mean something in a header, and what ends a line.
words = st.text("aZë\u0416\U0001f600 ,;:.()<>@[]'\"\\\r\n\x00\x85\u2028", max_size=40)
SPECIALS = {*'()<>@,:;."[]\\'}  # RFC 5322, 3.2.3


def decoded(text):
    return str(make_header(decode_header(text)))


@every_sender
def test_any_name_and_header_is_kept_whole_and_brings_in_nothing(name):
    provider, told = caller(name), []
    provider.exchange = lambda _, path, payload, **__: told.append(payload) or Answer(400, {}, b"")

    @given(words, words, words, words)
    @example("Zoë\r\nBcc: all@example.org", "Zoë", 'The "media" \\ team', "ü" * 200)
    @example(
        "Café Actif, Leeds", "Zoë M. Müller", 'Zoë "Z" Müller, Leeds' + " é" * 9, "Santé, Leeds"
    )
    def check(sender, to, reply_to, value):
        emails = ["b@example.com", "a@example.org", "team@example.com"]
        boxes = [Address(*one) for one in zip(emails, (sender, to, reply_to), strict=True)]
        parts = dict(zip(("sender", "to", "reply_to"), boxes, strict=True))
        file = MailFile(value, b"a", "text/plain")
        changed = {"subject": value, "headers": (("X-A", value),), "attachments": (file,)}
        with suppress(Refused):
            provider.send(replace(EMAIL, **parts, **changed), KEY)

        texts = [one for one in texts_in(told[-1]) if one not in {EMAIL.text, EMAIL.html}]
        assert [one for one in texts if not one.isprintable()] == []
        for box in boxes:
            (shown,) = {one for one in texts if box.email in one}
            ((given_name, address),) = getaddresses([shown])
            written = one_line(box.name)
            if name == "brevo" and not written.isascii():
                objects = [one for one in values_in(told[-1]) if isinstance(one, dict)]
                whole, beside = written, [one for one in objects if box.email in one.values()]
                written = beside[0].get("name", "")
                assert letters(written) == letters(whole)
                assert SPECIALS.isdisjoint(written)
            assert address == box.email
            assert decoded(given_name) == written if shown != address else written in {"", *texts}
        header = header_in(told[-1], "X-A")
        assert header.isascii()
        if name != "brevo":
            assert decoded(header) == one_line(value)
        else:
            assert header == decoded(header) == one_line(value) or not value.isascii()

    check()


def letters(text):
    return re.findall(r"[^\W_]|\U0001f600", text)


def header_in(payload, name):
    """The value of a header, in an object by names or in a list of names and values."""
    objects = [one for one in values_in(payload) if isinstance(one, dict)]
    listed = [one["Value"] for one in objects if one.get("Name") == name]
    return next((one[name] for one in objects if name in one), listed[0] if listed else "")


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
