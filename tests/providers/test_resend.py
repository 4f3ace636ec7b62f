"""What is truly Resend's: rests, segments, suppressions, and mails that it keeps."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from portal.providers.campaigns import CampaignState
from portal.providers.errors import Busy, Refused, TryLater, UsedUp
from portal.providers.values import InboundAttachment
from portal.providers.webhooks import mime

from .deeds import campaign_of, prepare
from .ours import CONTACT, EMAIL, KEY, OTHER_KEY, READ, ZOE
from .registered import caller
from .resend import RECEIVED, at, event, sign


@pytest.mark.parametrize(
    ("quota", "header", "days"),
    [("daily", "1", 1), ("monthly", "1", None), ("monthly", str(9 * 86_400), 9)],
)
def test_a_quota_is_renewed_when_resend_says_so(provider, fake, quota, header, days):
    """And not after a second: that is said of the rate of calls."""
    fake.act = lambda _: (429, {"name": f"{quota}_quota_exceeded", "message": "Enough"})
    fake.headers_of = lambda *_: {"Retry-After": header}

    with pytest.raises(UsedUp, match="plan at Resend allows is used up") as caught:
        provider.send(EMAIL, KEY)

    assert caught.value.after == (days and timedelta(days=days))


@pytest.mark.parametrize(
    ("reset", "calls", "slept"), [("1", 4, 3), ("60", 1, 0)], ids=["short", "long"]
)
def test_a_contact_takes_more_calls_than_a_second_may_have_but_no_long_rest_is_waited_for(
    provider, fake, monkeypatch, reset, calls, slept
):
    slept_for = []
    clock = SimpleNamespace(monotonic=lambda: sum(slept_for), sleep=slept_for.append)
    monkeypatch.setattr("portal.providers.http.pace.time", clock)
    monkeypatch.setattr("portal.providers.http.client.time", clock)
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


WRITTEN = (
    b"From: Grace Hopper <grace@example.org>\r\nTo: team@example.com\r\nContent-Type: "
    b"multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nYes\r\n--x\r\n"
    b"Content-Disposition: attachment; filename=lake.png\r\n\r\nlake\r\n--x--"
)


def test_a_mail_that_came_in_is_fetched_as_it_was_written(provider, fake):
    fake.received["the/id"] = {**RECEIVED, "bcc": ["me@example.com"], "raw": at("raw")}
    fake.files["raw"] = WRITTEN
    mail = provider.fetch_mail("the/id")

    written = mime.read(WRITTEN)
    assert mail == replace(written, recipients=("team@example.com", "me@example.com"))
    assert written.attachments == (InboundAttachment("lake.png", b"lake"),)
    assert fake.calls[0]["target"] == "/emails/receiving/the%2Fid?html_format=cid"


@pytest.mark.parametrize(
    "raw", [None, {}, "odd", at("gone"), {"download_url": "http://files.test"}]
)
def test_where_it_is_not_there_as_it_was_written_its_files_are_fetched_each(provider, fake, raw):
    fake.received["the/id"] = {**RECEIVED, "raw": raw}
    fake.files["f/1"] = b"lake"
    mail = provider.fetch_mail("the/id")

    token = "/emails/receiving/the%2Fid/attachments/f%2F1"
    wanted = READ | {
        "recipients": ("team@example.com", "reply@in.example.org"),
        "attachments": (InboundAttachment("lake.png", token=token), InboundAttachment("")),
    }
    assert {field: getattr(mail, field) for field in wanted} == wanted
    assert provider.fetch(token, 4) == b"lake"
    fake.files.clear()
    with pytest.raises(Refused):
        provider.fetch(token, 4)


def test_what_does_not_come_now_is_asked_for_again(provider, fake):
    fake.received["the-id"] = {**RECEIVED, "raw": at("raw")}
    fake.files["raw"] = 503, "busy"
    with pytest.raises(TryLater):
        provider.fetch_mail("the-id")
    fake.act = lambda _: {}

    with pytest.raises(TryLater):
        provider.fetch("/emails/receiving/1/attachments/2", 4)


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


def test_where_it_does_not_count_the_state_is_known_all_the_same(provider, fake):
    prepare(provider, "send_campaign")
    fake.counting = False
    provider.send_campaign(campaign_of(provider))

    told = provider.read_campaign(campaign_of(provider))
    assert (told.state, told.counts) == (CampaignState.SENT, {})


def test_many_mails_of_which_nothing_was_heard_are_handed_over_once_more_and_sent_once(
    provider, fake
):
    fake.behave("lose", times=1)
    told = provider.send_many([(EMAIL, KEY), (EMAIL, OTHER_KEY)])
    again = provider.send_many([(EMAIL, KEY), (EMAIL, OTHER_KEY)])
    provider.send_many([(EMAIL, KEY)])

    assert [one.message_id for one in told] == [one["id"] for one in fake.mails[:2]]
    assert told == again
    assert len(fake.mails) == 3  # no mail is known again in another call
