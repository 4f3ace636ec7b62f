"""What Mailchimp Transactional tells us: known as its own, and read, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.providers.errors import SetupError, Unreadable
from portal.providers.mandrill.adapter import Mandrill
from portal.providers.values import Address, EventKind

from . import payloads_mandrill as payloads
from .conftest import KEY
from .payloads_mandrill import INBOUND_URL, LISTED, MAIL, RECORDED, SECRET, signed

SIGNATURE = "X-Mandrill-Signature"


def made(secret=SECRET):
    return Mandrill({"api_key": "k", "webhook_secret": secret})


mandrill = made()
CALL = signed([RECORDED["bounced"]])


def with_signature(value):
    return replace(CALL, headers={**CALL.headers, SIGNATURE: value})


def test_the_signature_is_the_one_of_the_page():
    """Made with OpenSSL: HMAC-SHA1 of the address and each field's name and value, in order."""
    call = replace(
        signed("[]", secret="test-webhook-key"),
        headers={"x-mandrill-signature": "AcgKFgEfGocvMf/STdNvkpQpUgI="},
    )

    assert made("test-webhook-key").verify(call)


@pytest.mark.parametrize("items", [[], [RECORDED["sent"]], list(RECORDED.values())])
def test_what_is_rightly_signed_is_known(items):
    assert mandrill.verify(signed(items))


def test_all_fields_are_signed_in_order():
    assert mandrill.verify(signed([], zebra="1", apple="é &=+"))


def test_the_address_is_signed_with_its_query():
    assert mandrill.verify(signed([], url=f"{payloads.EVENTS_URL}?a=b"))


def test_each_webhook_may_have_a_key_of_its_own():
    both = made(f"the-key-of-the-route {SECRET}")

    assert both.verify(signed([]))
    assert both.verify(signed([MAIL], url=INBOUND_URL, secret="the-key-of-the-route"))


@pytest.mark.parametrize(
    "call",
    [
        replace(CALL, url=f"{CALL.url}/"),
        replace(CALL, url=CALL.url.replace("https", "http")),
        replace(CALL, body=CALL.body + b"+"),
        replace(CALL, body=CALL.body + b"&more=1"),
        replace(CALL, body=b""),
        replace(CALL, headers={}),
        with_signature(""),
        with_signature("é\ud800"),
        with_signature(CALL.headers[SIGNATURE].lower()),
        signed([RECORDED["bounced"]], secret="another-key-of-a-webhook"),
        replace(CALL, headers={"Authorization": f"Bearer {SECRET}"}),
        replace(CALL, headers={}, query={"secret": SECRET}),
    ],
)
def test_what_is_not_rightly_signed_is_refused(call):
    assert not mandrill.verify(call)


def test_without_a_key_nothing_is_known():
    with pytest.raises(SetupError, match="MANDRILL_WEBHOOK_SECRET"):
        made("").verify(CALL)


@pytest.mark.parametrize("kind", RECORDED)
def test_each_event_is_what_it_says(kind):
    (event,) = mandrill.parse_events(signed([RECORDED[kind]]))

    assert event.kind == EventKind(kind)
    assert (event.key, event.message_id, event.address) == (KEY, payloads.ID, "zoe@example.org")
    assert event.at == datetime(2016, 4, 19, 19, 47, 26, tzinfo=UTC)
    assert event.reason == payloads.REASONS.get(kind, "")
    assert event.original == RECORDED[kind]


def test_a_call_has_many_events_and_a_repeat_has_the_same_ids():
    items = [*RECORDED.values(), LISTED]

    first, second = (mandrill.parse_events(signed(items)) for _ in range(2))

    assert [one.id for one in first] == [one.id for one in second]
    assert len({one.id for one in first}) == len(items)


def test_news_of_their_lists_is_kept_with_its_address():
    (event,) = mandrill.parse_events(signed([LISTED]))

    assert (event.kind, event.address) == (EventKind.UNKNOWN, "zoe@example.org")
    assert event.reason == "manual edit"
    assert event.original == LISTED


def test_a_mail_that_came_to_the_hook_of_events_is_not_kept_there():
    (event,) = mandrill.parse_events(signed([MAIL]))

    assert event.kind == EventKind.UNKNOWN
    assert event.original == {}


@pytest.mark.parametrize("words", ["", "no json", "7", '["x"]', "[[]]", "[" * 100_000])
@pytest.mark.parametrize("read", [mandrill.parse_events, mandrill.parse_inbound])
def test_what_is_no_list_of_events_is_unreadable(read, words):
    with pytest.raises(Unreadable):
        read(signed(words))


@pytest.mark.parametrize("body", [b"", b"other=1", b"\xff\0"])
def test_a_form_without_events_has_none(body):
    assert mandrill.parse_events(replace(CALL, body=body)) == []
    assert mandrill.parse_inbound(replace(CALL, body=body)) == []


def test_a_mail_is_read_whole():
    (mail,) = mandrill.parse_inbound(signed([MAIL], url=INBOUND_URL))

    assert mail.sender == Address("grace@example.org", "Grace Hopper")
    assert mail.recipients == (
        "reply@in.example.org",
        "b@example.org",
        "c@example.org",
        "reply+1-x@in.example.org",
    )
    assert (mail.subject, mail.html) == ("Re: Is the pool warm?", "<p>Yes</p>")
    assert mail.text == "Yes, pleäse.\n"
    assert mail.message_id == "<a@example.org>"
    assert mail.header("in-reply-to") == "<b@example.org>"
    assert [value for name, value in mail.headers if name == "Received"] == [
        "from a by b",
        "from b by c",
    ]


def test_the_files_of_a_mail_are_read_in_each_way_that_they_come():
    (mail,) = mandrill.parse_inbound(signed([MAIL], url=INBOUND_URL))

    assert [(one.name, one.content, one.size) for one in mail.attachments] == [
        ("lake.pdf", b"hello", 5),
        ("é.txt", "Zoë".encode(), 4),
        ("lake.png", b"hello", 5),
    ]
    assert "attachments" not in mail.original
    assert "raw_msg" not in mail.original


@pytest.mark.parametrize("content", ["a", "é", None, 7, ["x"]])
def test_a_file_that_cannot_be_read_is_named_and_empty(content):
    files = {"a.png": {"name": "a.png", "content": content}}
    item = {**MAIL, "msg": {**MAIL["msg"], "attachments": files, "images": None}}

    (file,) = mandrill.parse_inbound(signed([item]))[0].attachments

    assert (file.name, file.content) == ("a.png", b"")


def test_other_events_are_no_mails():
    assert mandrill.parse_inbound(signed([RECORDED["sent"], LISTED])) == []


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


values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text() | st.just("\ud800\0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
mails = st.dictionaries(st.sampled_from([*MAIL["msg"], *RECORDED["rejected"]["msg"]]), values)
items = st.fixed_dictionaries(
    {"event": st.sampled_from(["inbound", "reject"]) | values, "msg": mails | values},
    optional={"ts": values, "_id": values, "reject": values},
)


@settings(deadline=None, max_examples=80)
@given(st.lists(items, max_size=2))
def test_nothing_breaks_the_reading_and_all_can_be_kept(found):
    call = signed(json.dumps(found))

    for event in mandrill.parse_events(call):
        assert can_be_kept([event.address, event.key, event.reason, event.message_id])
        assert can_be_kept(event.original)
    for mail in mandrill.parse_inbound(call):
        assert can_be_kept([mail.text, mail.html, mail.subject, mail.recipients, mail.original])
        assert can_be_kept([mail.headers, [one.name for one in mail.attachments]])
