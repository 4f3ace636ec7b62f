"""What providers tell us, in their words, becomes what it is in ours; and only what is theirs."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.providers.values import Address, EventKind, HookCall, InboundAttachment

from .callers import SECRET, caller
from .conftest import KEY
from .payloads import (
    ADA,
    AT,
    EVENTS,
    SECONDS,
    SIGN,
    brevo_event,
    hook_url,
    mailchimp_event,
    mailjet_event,
    mandrill,
    resend_event,
    signed,
    spoiled,
)

FIRST = {name: item for name, item, _ in reversed(EVENTS)}
MESSAGE_IDS = {
    "brevo": "<1.7@smtp-relay.mailin.fr>",
    "mailchimp": "",
    "mailjet": "576460752303423500",
    "mandrill": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa",
    "postmark": "883953f4-6105-42a2-a16a-77a8eac79483",
    "resend": "56761188-7520-42d8-8898-ff6fc54ce618",
}
every_one = pytest.mark.parametrize("name", sorted(SIGN))


@pytest.mark.parametrize(("name", "item", "kind"), EVENTS)
def test_each_event_is_known_for_what_it_is(name, item, kind):
    provider, call = caller(name), signed(name, item)

    assert provider.verify(call)
    (event,) = provider.parse_events(call)
    assert (event.kind, event.address, event.at) == (kind, ADA, AT)
    is_of_a_contact = name == "mailchimp" or "unsubscribed" in str(item)
    assert event.key == ("" if is_of_a_contact else KEY)
    assert event.message_id == ("" if is_of_a_contact else MESSAGE_IDS[name])
    assert event.original


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("brevo", "550 no such user"),
        ("mandrill", "550 no such user"),
        ("resend", "No such user"),
        ("mailjet", "user unknown"),
    ],
)
def test_why_a_mail_came_back_is_kept_in_the_providers_words(name, words):
    item = next(one for who, one, kind in EVENTS if who == name and kind is EventKind.BOUNCED)

    assert caller(name).parse_events(signed(name, item))[0].reason == words


@every_one
def test_a_call_that_is_not_theirs_is_refused(name):
    provider, call = caller(name), signed(name, FIRST[name])

    assert provider.verify(call)
    assert not provider.verify(spoiled(call))
    assert not provider.verify(replace(call, headers={}, query={}))


@every_one
def test_the_same_call_twice_has_the_same_ids_and_another_has_others(name):
    provider = caller(name)
    ids = [
        provider.parse_events(signed(name, item))[0].id
        for who, item, _ in EVENTS
        for _ in range(2)
        if who == name
    ]
    in_the_headers = name == "resend"  # and the same there for all calls of this test

    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == (1 if in_the_headers else len(ids) // 2)


@pytest.mark.parametrize("name", ["resend", "mailchimp"])
@pytest.mark.parametrize("shift", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_a_call_of_another_time_is_not_theirs(name, shift):
    moment = (datetime.now(UTC) + shift).timestamp()

    assert not caller(name).verify(signed(name, FIRST[name], at=moment))


def test_of_several_signatures_one_has_to_be_right():
    call = signed("resend", resend_event("email.sent"))
    several = f"v2,xyz v1,{b64encode(b'another').decode()} {call.headers['svix-signature']}"

    assert caller("resend").verify(
        replace(call, headers={**call.headers, "svix-signature": several})
    )


def test_one_call_may_tell_several_things():
    items = [brevo_event("delivered"), brevo_event("spam")]
    kinds = [one.kind for one in caller("brevo").parse_events(signed("brevo", items))]

    assert kinds == [EventKind.DELIVERED, EventKind.COMPLAINED]
    items = [mailjet_event("sent"), mailjet_event("unsub")]
    assert len(caller("mailjet").parse_events(signed("mailjet", items))) == 2


def test_mailchimp_may_carry_our_secret_instead_of_a_signature():
    call = replace(
        signed("mailchimp", mailchimp_event("cleaned", reason="hard")),
        headers={},
        query={"secret": SECRET},
    )

    assert caller("mailchimp").verify(call)


def test_an_event_of_mailchimps_transactional_is_signed_for_its_own_address():
    call = signed("mandrill", FIRST["mandrill"])

    assert not caller("mandrill").verify(replace(call, url=f"{call.url}?x=1"))


def test_resend_only_tells_that_a_mail_came_in():
    item = resend_event("email.received", email_id="the-id", from_="x", subject="Is it warm?")
    (event,) = caller("resend").parse_events(signed("resend", item))

    assert (event.kind, event.message_id) == (EventKind.INBOUND, "the-id")
    assert (event.address, event.key, event.original) == ("", "", {})


FILE = b64encode(b"\x89PNG").decode()
HEADERS = {"Message-ID": "<a@b>", "Delivered-To": "reply@in.example.org", "Received": ["a", "b"]}
INBOUND = {
    "postmark": {
        "FromFull": {"Email": ADA, "Name": "Ada"},
        "ToFull": [{"Email": "team@example.com", "Name": ""}],
        "Subject": "Is it warm?",
        "TextBody": "Is the pool warm?",
        "HtmlBody": "<p>Is the pool warm?</p>",
        "Headers": [
            {"Name": "Message-ID", "Value": "<a@b>"},
            {"Name": "Delivered-To", "Value": "reply@in.example.org"},
        ],
        "Attachments": [{"Name": "lake.png", "Content": FILE, "ContentType": "image/png"}],
    },
    "mailjet": {
        "Sender": ADA,
        "Recipient": "team@example.com",
        "From": f"Ada <{ADA}>",
        "Subject": "Is it warm?",
        "Headers": HEADERS,
        "Parts": [
            {"Headers": {"Content-Type": "text/plain"}, "ContentRef": "Text-part"},
            {
                "Headers": {"Content-Disposition": 'attachment; filename="lake.png"'},
                "ContentRef": "Attachment1",
            },
        ],
        "Text-part": "Is the pool warm?",
        "Html-part": "<p>Is the pool warm?</p>",
        "Attachment1": FILE,
    },
    "mandrill": [
        {
            "event": "inbound",
            "ts": SECONDS,
            "msg": {
                "from_email": ADA,
                "from_name": "Ada",
                "to": [["team@example.com", None]],
                "email": "reply@in.example.org",
                "subject": "Is it warm?",
                "text": "Is the pool warm?",
                "html": "<p>Is the pool warm?</p>",
                "headers": HEADERS,
                "raw_msg": "Received: …",
                "attachments": {
                    "lake.png": {"name": "lake.png", "type": "image/png", "content": FILE}
                },
            },
        }
    ],
}


@pytest.mark.parametrize("name", sorted(INBOUND))
def test_a_mail_that_came_in_is_read_whole(name):
    provider, call = caller(name), signed(name, INBOUND[name], what="inbound")

    assert provider.verify(call)
    (mail,) = provider.parse_inbound(call)
    assert mail.sender == Address(ADA, "Ada")
    assert mail.recipients == ("team@example.com", "reply@in.example.org")
    assert (mail.subject, mail.text) == ("Is it warm?", "Is the pool warm?")
    assert mail.html == "<p>Is the pool warm?</p>"
    assert mail.message_id == "<a@b>"
    assert mail.attachments == (InboundAttachment("lake.png", b"\x89PNG", size=4),)
    assert FILE not in json.dumps(mail.original)


def test_a_mail_among_the_events_of_mailchimps_transactional_is_left_to_its_own_hook():
    provider, call = caller("mandrill"), signed("mandrill", INBOUND["mandrill"])

    assert [one.kind for one in provider.parse_events(call)] == [EventKind.UNKNOWN]
    assert provider.parse_events(call)[0].original == {}


def test_an_empty_batch_is_no_event():
    empty = mandrill("mandrill", b"[]")

    assert caller("mandrill").verify(empty)
    assert caller("mandrill").parse_events(empty) == []
    assert caller("mailjet").parse_events(HookCall(hook_url("mailjet"), {}, {}, b"[]")) == []
