"""What is truly Resend's: rests, segments, suppressions, and mails that it keeps."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from portal.providers.errors import Busy, Refused, TryLater
from portal.providers.values import Address, InboundAttachment

from .ours import CONTACT, EMAIL, KEY, ZOE
from .registered import caller
from .resend import event, sign


@pytest.fixture
def name():
    return "resend"


@pytest.mark.parametrize("quota", ["daily_quota_exceeded", "monthly_quota_exceeded"])
def test_a_quota_that_is_used_up_is_asked_for_again_after_a_day(provider, fake, quota):
    fake.act = lambda _: (429, {"statusCode": 429, "name": quota, "message": "Enough"})
    fake.headers_of = lambda *_: {"Retry-After": "1"}

    with pytest.raises(Busy) as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.after == timedelta(days=1)


@pytest.mark.parametrize(
    ("reset", "calls", "slept"), [("1", 4, 3), ("60", 1, 0)], ids=["short", "long"]
)
def test_a_contact_takes_more_calls_than_a_second_may_have_but_no_long_rest_is_waited_for(
    provider, fake, monkeypatch, reset, calls, slept
):
    slept_for = []
    clock = SimpleNamespace(monotonic=lambda: sum(slept_for))
    monkeypatch.setattr("portal.providers.http.pace.time", clock)
    monkeypatch.setattr("portal.providers.http.provider.sleep", slept_for.append)
    fake.headers_of = lambda *_: {"ratelimit-remaining": "0", "ratelimit-reset": reset}

    with suppress(Busy):
        provider.upsert(CONTACT)

    assert (len(fake.calls), sum(slept_for)) == (calls, slept)


def test_who_says_yes_is_mailed_again_whatever_was_before_and_not_added_again(provider, fake):
    provider.upsert(CONTACT)
    fake.suppressed = {ZOE}
    before, start = provider.lookup(ZOE), len(fake.calls)

    provider.upsert(CONTACT)

    after = provider.lookup(ZOE)
    assert (before.subscribed, before.stopped) == (False, True)
    assert (after.subscribed, after.stopped) == (True, False)
    assert "/contacts" not in [call["target"] for call in fake.calls[start:]]


def test_a_mail_that_came_in_is_fetched_by_its_id_and_its_files_cannot_be(provider, fake):
    fake.received["the/id"] = received = {
        "from": "Ada <ada@example.org>",
        "to": ["team@example.com"],
        "cc": None,
        "subject": "Is it warm?",
        "text": "Is the pool warm?",
        "html": None,
        "message_id": "<a@b>",
        "headers": {"delivered-to": "reply@in.example.org"},
        "attachments": [{"id": "f1", "filename": "lake.png", "size": 4}, {"filename": None}],
    }

    mail = provider.fetch_mail("the/id")

    assert fake.calls[0]["target"] == "/emails/receiving/the%2Fid"
    assert mail.sender == Address("ada@example.org", "Ada")
    assert mail.recipients == ("team@example.com", "reply@in.example.org")
    assert (mail.subject, mail.text, mail.html) == ("Is it warm?", "Is the pool warm?", "")
    assert (mail.message_id, mail.original) == ("<a@b>", received)
    assert mail.attachments == (InboundAttachment("lake.png", size=4), InboundAttachment(""))


@pytest.mark.parametrize(("answer", "error"), [((404, {}), Refused), ((200, []), TryLater)])
def test_a_mail_that_is_not_there_is_refused_and_one_that_is_none_comes_later(
    provider, fake, answer, error
):
    fake.act = lambda _: answer

    with pytest.raises(error):
        provider.fetch_mail("unknown")


def test_a_secret_that_can_sign_nothing_knows_nothing():
    call = sign(json.dumps(event("email.sent")).encode())

    assert not caller("resend", webhook_secret="no-base64-but-long-enough").verify(call)


def test_an_event_is_named_by_its_header_and_without_one_by_what_it_says():
    call = sign(json.dumps(event("email.sent")).encode(), mark="msg_1")
    bare = replace(call, headers={})
    other = replace(bare, body=bare.body.replace(b"sent", b"delivered"))

    names = [caller("resend").parse_events(one)[0].id for one in (call, bare, bare, other)]
    assert names[0] == "msg_1"
    assert names[1] == names[2] != names[3]
