"""What Mailjet tells us: known by our secret, and read, whatever is in it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.providers.errors import SetupError, Unreadable
from portal.providers.mailjet.adapter import Mailjet
from portal.providers.values import Address, EventKind

from .conftest import KEY
from .payloads_mailjet import INBOUND_URL, MAIL, NUMBER, REASONS, RECORDED, SECRET, called, event


def made(secret=SECRET):
    return Mailjet({"api_key": "k", "api_secret": "s", "webhook_secret": secret})


mailjet = made()
CALL = called([RECORDED["bounced"]])


@pytest.mark.parametrize(
    "call",
    [
        CALL,
        called([MAIL], url=INBOUND_URL),
        replace(CALL, headers={"authorization": f"Bearer {SECRET}"}),
        replace(CALL, headers={}, query={"secret": SECRET}),
    ],
)
def test_a_call_is_known_by_our_secret(call):
    assert mailjet.verify(call)


def test_while_a_secret_is_replaced_both_are_good():
    assert made(f"a-new-secret-of-the-webhooks {SECRET}").verify(CALL)


@pytest.mark.parametrize(
    "call",
    [
        replace(CALL, headers={}),
        called([], secret="another-secret-of-webhooks"),
        called([], secret=""),
        called([], secret=SECRET + "x"),
        replace(CALL, headers={"Authorization": "Basic no base64"}),
        replace(CALL, headers={"Authorization": SECRET}),
        replace(CALL, headers={}, query={"secret": ""}),
        replace(CALL, headers={}, query={"key": SECRET}),
    ],
)
def test_a_call_without_it_is_refused(call):
    assert not mailjet.verify(call)


def test_without_a_secret_nothing_is_known():
    with pytest.raises(SetupError, match="MAILJET_WEBHOOK_SECRET"):
        made("").verify(CALL)


@pytest.mark.parametrize("kind", RECORDED)
def test_each_event_is_what_it_says(kind):
    (event,) = mailjet.parse_events(called([RECORDED[kind]]))

    assert event.kind == EventKind(kind)
    assert (event.key, event.message_id, event.address) == (KEY, str(NUMBER), "zoe@example.org")
    assert event.at == datetime(2015, 6, 3, 12, 19, 9, tzinfo=UTC)
    assert event.reason == REASONS.get(kind, "")
    assert event.original == RECORDED[kind]


def test_a_hard_bounce_is_for_good_whatever_its_reason():
    (told,) = mailjet.parse_events(called(event("bounce", hard_bounce=True, error="greylisted")))

    assert told.kind == EventKind.BOUNCED


def test_an_event_may_come_alone():
    (alone,) = mailjet.parse_events(called(RECORDED["rejected"]))

    assert [alone] == mailjet.parse_events(called([RECORDED["rejected"]]))


def test_a_call_has_many_events_and_a_repeat_has_the_same_ids():
    first, second = (mailjet.parse_events(called(list(RECORDED.values()))) for _ in range(2))

    assert [one.id for one in first] == [one.id for one in second]
    assert len({one.id for one in first}) == len(RECORDED)


def test_an_event_without_a_mail_names_none():
    (told,) = mailjet.parse_events(called(event("unsub", MessageID=None, CustomID=None)))

    assert (told.message_id, told.key) == ("", "")


@pytest.mark.parametrize("body", [b"", b"no json", b"7", b'["x"]', b"[[]]", b"[" * 100_000])
@pytest.mark.parametrize("read", [mailjet.parse_events, mailjet.parse_inbound])
def test_what_is_no_list_of_objects_is_unreadable(read, body):
    with pytest.raises(Unreadable):
        read(replace(CALL, body=body))


def test_a_mail_is_read_whole():
    (mail,) = mailjet.parse_inbound(called(MAIL, url=INBOUND_URL))

    assert mail.sender == Address("grace@example.org", "Grace Hopper")
    assert mail.recipients == (
        "reply+1-x@in.example.org",
        "reply@in.example.org",
        "b@example.org",
        "c@example.org",
    )
    assert (mail.subject, mail.text) == ("Re: Is the pool warm?", "Yes, pleäse.\n")
    assert (mail.html, mail.message_id) == ("<p>Yes</p>", "<a@example.org>")
    assert mail.header("in-reply-to") == "<b@example.org>"
    assert [value for name, value in mail.headers if name == "Received"] == [
        "from a by b",
        "from b by c",
    ]


def test_the_files_of_a_mail_have_their_names_and_content():
    (mail,) = mailjet.parse_inbound(called(MAIL))

    assert [(one.name, one.content, one.size) for one in mail.attachments] == [
        ("a;b.pdf", b"hello", 5),
        ("zoë.txt", "Zoë".encode(), 4),
        ("é.png", b"hello", 5),
        ("Attachment3", b"hello", 5),
    ]
    assert not [name for name in mail.original if "ttachment" in name]
    assert mail.original["SpamAssassinScore"] == "1.7"


@pytest.mark.parametrize("name", ["=?nothing?b?w6k=?=", "=?utf-8?b?a?=", "=?"])
def test_a_name_that_cannot_be_decoded_stays_as_it_is(name):
    parts = [{"Headers": {"Content-Type": f'a/b; name="{name}"'}, "ContentRef": "Attachment1"}]

    (file,) = mailjet.parse_inbound(called(MAIL | {"Parts": parts}))[0].attachments

    assert file.name == name


def test_without_a_from_the_envelope_says_who_sent_it():
    (mail,) = mailjet.parse_inbound(called({"Sender": "a@example.org", "Recipient": "b@c.d"}))

    assert mail.sender == Address("a@example.org")
    assert mail.recipients == ("b@c.d",)


@pytest.mark.parametrize("item", [{}, RECORDED["bounced"]])
def test_what_nobody_sent_is_no_mail(item):
    with pytest.raises(Unreadable):
        mailjet.parse_inbound(called(item))


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
dispositions = st.text().map('attachment; filename="{}"'.format) | st.text(";=*'%?a0", min_size=1)
headers = st.dictionaries(
    st.sampled_from(["Content-Type", "Content-Disposition", "To", "x"]), dispositions | values
)
parts = st.fixed_dictionaries({"Headers": headers | values, "ContentRef": st.just("Attachment1")})
mails = st.dictionaries(st.sampled_from([*MAIL]), values).flatmap(
    lambda item: st.lists(parts | values, max_size=2).map(lambda found: item | {"Parts": found})
)
told = st.dictionaries(st.sampled_from([*RECORDED["bounced"]]), values)


@settings(deadline=None, max_examples=80)
@given(st.lists(mails | told, max_size=2))
def test_nothing_breaks_the_reading_and_all_can_be_kept(found):
    call = replace(CALL, body=json.dumps(found).encode())

    for one in mailjet.parse_events(call):
        assert can_be_kept([one.address, one.key, one.reason, one.message_id, one.original])
    with suppress(Unreadable):
        for mail in mailjet.parse_inbound(call):
            assert can_be_kept([mail.text, mail.subject, mail.recipients, mail.original])
            assert can_be_kept([mail.headers, [one.name for one in mail.attachments]])
