"""What is truly Resend's: keys, rests, segments, suppressions, and mails that it keeps."""

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from portal.providers.errors import Busy, Refused, TryLater
from portal.providers.values import Address, InboundAttachment, Receipt

from .cases_resend import event, sign
from .ours import CONTACT, EMAIL, KEY, ZOE
from .registered import caller


@pytest.fixture
def name():
    return "resend"


def test_the_key_goes_with_the_mail(provider, fake):
    provider.send(EMAIL, KEY)

    assert fake.calls[0]["headers"]["idempotency-key"] == KEY


def test_a_key_that_another_wording_had_means_that_the_mail_was_taken(provider, fake):
    provider.send(EMAIL, KEY)

    assert provider.send(replace(EMAIL, subject="Changed meanwhile"), KEY) == Receipt()
    assert len(fake.mails) == 1


def test_while_the_first_try_is_under_way_the_mail_goes_to_no_other_provider(provider, fake):
    fake.act = lambda _: (409, {"name": "concurrent_idempotent_requests", "message": "Wait"})

    with pytest.raises(TryLater) as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.left


@pytest.mark.parametrize("quota", ["daily_quota_exceeded", "monthly_quota_exceeded"])
def test_a_quota_that_is_used_up_is_asked_for_again_after_a_day(provider, fake, quota):
    fake.act = lambda _: (429, {"statusCode": 429, "name": quota, "message": "Enough"})
    fake.headers_of = lambda *_: {"Retry-After": "1"}

    with pytest.raises(Busy) as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.after == timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    """The clock of the rests, which only goes on while the adapter sleeps: a list of one."""
    moment = [0.0]

    def sleep(seconds):
        moment[0] += seconds

    monkeypatch.setattr(
        "portal.providers.http.pace.time", SimpleNamespace(monotonic=lambda: moment[0])
    )
    monkeypatch.setattr("portal.providers.http.provider.sleep", sleep)
    return moment


def test_a_contact_takes_more_calls_than_a_second_may_have(provider, fake, clock):
    fake.headers_of = lambda *_: {"ratelimit-remaining": "0", "ratelimit-reset": "1"}

    provider.upsert(CONTACT)

    assert (len(fake.calls), clock) == (4, [3.0])


def test_a_long_rest_is_not_waited_for(provider, fake, clock):
    fake.headers_of = lambda *_: {"ratelimit-remaining": "0", "ratelimit-reset": "60"}

    with pytest.raises(Busy):
        provider.upsert(CONTACT)

    assert (len(fake.calls), clock) == (1, [0.0])


def test_who_says_yes_is_mailed_again_whatever_was_before_and_not_added_again(provider, fake):
    provider.upsert(CONTACT)
    fake.suppressed = {ZOE}
    before, start = provider.lookup(ZOE), len(fake.calls)

    provider.upsert(CONTACT)

    after = provider.lookup(ZOE)
    assert (before.subscribed, before.stopped) == (False, True)
    assert (after.subscribed, after.stopped) == (True, False)
    assert "/contacts" not in [call["target"] for call in fake.calls[start:]]


RECEIVED = {
    "from": "Ada <ada@example.org>",
    "to": ["team@example.com"],
    "cc": None,
    "bcc": [],
    "subject": "Is it warm?",
    "text": "Is the pool warm?",
    "html": None,
    "message_id": "<a@b>",
    "headers": {"delivered-to": "reply@in.example.org"},
    "attachments": [{"id": "f1", "filename": "lake.png", "size": 4}, {"filename": None}],
}


def test_a_mail_that_came_in_is_fetched_by_its_id_and_its_files_cannot_be(provider, fake):
    fake.received["the/id"] = RECEIVED

    mail = provider.fetch_mail("the/id")

    assert fake.calls[0]["target"] == "/emails/receiving/the%2Fid"
    assert mail.sender == Address("ada@example.org", "Ada")
    assert mail.recipients == ("team@example.com", "reply@in.example.org")
    assert (mail.subject, mail.text, mail.html) == ("Is it warm?", "Is the pool warm?", "")
    assert (mail.message_id, mail.original) == ("<a@b>", RECEIVED)
    assert mail.attachments == (InboundAttachment("lake.png", size=4), InboundAttachment(""))


def test_a_mail_that_is_not_there_is_refused_and_one_that_is_none_comes_later(provider, fake):
    with pytest.raises(Refused):
        provider.fetch_mail("unknown")
    fake.act = lambda _: (200, [])
    with pytest.raises(TryLater):
        provider.fetch_mail("odd")


def test_a_secret_that_can_sign_nothing_knows_nothing():
    call = sign(json.dumps(event("email.sent")).encode())

    assert not caller("resend", webhook_secret="no-base64-but-long-enough").verify(call)


def test_an_event_is_named_by_its_header_and_without_one_by_what_it_says():
    body = json.dumps(event("email.sent")).encode()
    named, bare = sign(body, mark="msg_1"), replace(sign(body), headers={})
    other = replace(bare, body=body.replace(b"sent", b"delivered"))

    names = [caller("resend").parse_events(one)[0].id for one in (named, bare, bare, other)]
    assert names[0] == "msg_1"
    assert names[1] == names[2] != names[3]
