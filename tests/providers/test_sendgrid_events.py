"""What SendGrid tells us: known as its own, and read, whatever is in it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.providers.errors import SetupError, Unreadable
from portal.providers.sendgrid import events
from portal.providers.sendgrid.adapter import SendGrid
from portal.providers.values import Address, EventKind

from . import payloads_sendgrid as payloads
from .conftest import KEY
from .payloads_sendgrid import OTHER, PRIVATE, RECORDED, SECRET, form, parsed_form, raw_form, signed

KEYS = {"webhook_key": payloads.key_of(PRIVATE), "webhook_secret": SECRET}


def made(**more):
    return SendGrid({"api_key": "k", **KEYS, **more})


sendgrid = made()


def test_what_sendgrid_signed_is_known():
    assert sendgrid.verify(signed([RECORDED["bounced"]]))


def test_one_of_several_keys_is_enough():
    both = made(webhook_key=f"{payloads.key_of(OTHER)} {payloads.key_of(PRIVATE)}")

    assert both.verify(signed([], PRIVATE))
    assert both.verify(signed([], OTHER))


@pytest.mark.parametrize("stamp", [-301, 310])
def test_an_old_or_future_signature_is_refused(stamp):
    moment = int(datetime.now(UTC).timestamp()) + stamp

    assert not sendgrid.verify(signed([], stamp=moment))


def test_the_signature_of_another_key_is_refused():
    assert not sendgrid.verify(signed([], OTHER))


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {}},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"headers": {}, "query": {"secret": SECRET}},
        {"body": b"[]"},
    ],
)
def test_what_is_not_rightly_signed_is_refused(changes):
    call = signed([RECORDED["bounced"]])

    assert sendgrid.verify(call)
    assert not sendgrid.verify(replace(call, **changes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (events.SIGNATURE, "bm8="),
        (events.SIGNATURE, "no base64"),
        (events.TIMESTAMP, "0"),
        (events.TIMESTAMP, "\u0663"),
    ],
)
def test_a_signature_of_something_else_is_refused(name, value):
    call = signed([RECORDED["bounced"]])

    assert not sendgrid.verify(replace(call, headers={**call.headers, name: value}))


def test_a_signature_over_something_without_a_moment_is_refused():
    assert not sendgrid.verify(signed([], stamp=""))


def test_without_a_key_no_event_is_known_and_without_a_secret_no_mail():
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_KEY"):
        made(webhook_key="").verify(signed([]))
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_SECRET"):
        made(webhook_secret="").verify(raw_form())


@pytest.mark.parametrize("key", ["no key", "bm8=", SECRET])
def test_a_key_that_is_none_is_told_at_once(key):
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_KEY"):
        made(webhook_key=key)


@pytest.mark.parametrize("kind", RECORDED)
def test_each_event_is_what_it_says(kind):
    item = RECORDED[kind]

    (event,) = sendgrid.parse_events(signed([item]))

    assert event.kind == EventKind(kind)
    assert (event.id, event.address) == (item["sg_event_id"], "zoe@example.org")
    assert (event.key, event.message_id) == (KEY, payloads.MESSAGE_ID)
    assert event.at == datetime(2017, 12, 15, 0, 59, 29, tzinfo=UTC)
    assert event.reason == item.get("reason", item.get("response", ""))
    assert event.original == item


def test_a_call_has_many_events_and_a_repeat_has_the_same_ids():
    nameless = payloads.event("delivered") | {"sg_event_id": ""}
    items = [*RECORDED.values(), nameless]

    first, second = sendgrid.parse_events(signed(items)), sendgrid.parse_events(signed(items))

    ids = [one.id for one in first]
    assert ids == [one.id for one in second]
    assert len({*ids}) == len(items)


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("w3eZxqXfQ4K.recvd-5d5c6d9-abc-1-61234-4.0", "w3eZxqXfQ4K"),
        ("14c5.dfd.64b.filter0001.16648.5515E0B88.0", "14c5.dfd.64b"),
        ("14c5.dfd.64b", "14c5.dfd.64b"),
        (None, ""),
    ],
)
def test_an_event_names_a_mail_as_the_receipt_did(told, taken):
    assert events.message_id(told) == taken


@pytest.mark.parametrize("body", [b"", b"no json", b"7", b'["x"]', b"[[]]", b"[" * 100_000])
def test_what_is_no_list_of_events_is_unreadable(body):
    with pytest.raises(Unreadable):
        sendgrid.parse_events(signed(body))


def test_mail_is_known_by_our_secret_and_by_nothing_else():
    assert sendgrid.verify(raw_form())
    assert not sendgrid.verify(raw_form(secret="another-secret-that-is-long"))
    assert not sendgrid.verify(replace(signed([]), url=payloads.INBOUND_URL))


@pytest.mark.parametrize("call", [raw_form(), parsed_form()], ids=["raw", "parsed"])
def test_a_mail_is_read_whole(call):
    (mail,) = sendgrid.parse_inbound(call)

    assert mail.sender == Address("grace@example.org", "Grace Hopper")
    assert mail.recipients == ("reply@in.example.org", "reply+1-x@in.example.org")
    assert mail.subject == "Re: Is the pool warm?"
    assert mail.text.strip() == "Yes, pleäse."
    assert mail.message_id == "<a@example.org>"
    assert mail.header("mime-version") == "1.0"
    assert [(one.name, one.content) for one in mail.attachments] == [("lake.png", b"hello")]
    assert "hello" not in json.dumps(mail.original)


def test_a_mail_without_headers_is_read_from_its_fields():
    call = form(("from", b"Zo\xc3\xab <zoe@example.org>"), ("to", b"a@b.example, Y <c@d.example>"))

    (mail,) = sendgrid.parse_inbound(call)

    assert mail.sender == Address("zoe@example.org", "Zoë")
    assert mail.recipients == ("a@b.example", "c@d.example")


@pytest.mark.parametrize("charset", ["no-such-charset", "", 7, None, "hex", "\0"])
def test_a_charset_that_nobody_knows_loses_no_mail(charset):
    call = parsed_form(text="Zoë".encode(), charsets={"text": charset})

    assert sendgrid.parse_inbound(call)[0].text == "Zoë"


@pytest.mark.parametrize(
    "call",
    [form(), form(("spam_score", b"1")), replace(signed([]), url=payloads.INBOUND_URL)],
)
def test_a_form_without_a_mail_is_unreadable(call):
    with pytest.raises(Unreadable):
        sendgrid.parse_inbound(call)


def can_be_kept(value):
    """Whether a database takes all texts in it: no NUL, no half of a pair."""
    match value:
        case str():
            return "\0" not in value and value.encode("utf-8", "replace").decode() == value
        case dict():
            return all(can_be_kept(one) for pair in value.items() for one in pair)
        case list() | tuple():
            return all(map(can_be_kept, value))
    return True


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
wild_items = st.dictionaries(st.sampled_from([*RECORDED["bounced"], "x"]), json_values)
surrogate = st.just({"email": "\ud800\0", "reason": "\ud800", "sg_event_id": "\udfff"})


@settings(deadline=None, max_examples=60)
@given(st.lists(wild_items | surrogate, max_size=3))
def test_no_event_breaks_the_reading_and_all_can_be_kept(items):
    for event in sendgrid.parse_events(replace(signed([]), body=json.dumps(items).encode())):
        assert event.id
        assert can_be_kept([event.address, event.key, event.reason, event.id, event.original])


fields = st.tuples(
    st.sampled_from(["headers", "from", "to", "text", "charsets", "envelope", "attachment1"]),
    st.binary(max_size=60) | st.just(b"\0") | json_values.map(lambda one: json.dumps(one).encode()),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(fields, max_size=5) | st.binary(max_size=60).map(lambda raw: [("email", raw)]))
def test_no_mail_breaks_the_reading_and_all_can_be_kept(found):
    with suppress(Unreadable):
        (mail,) = sendgrid.parse_inbound(form(*found))
        assert can_be_kept([mail.text, mail.html, mail.subject, mail.original, mail.headers])
