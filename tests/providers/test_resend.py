"""What exactly Resend is told, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from portal import providers
from portal.providers.errors import Busy, Denied, Refused, TryLater
from portal.providers.resend.adapter import Resend
from portal.providers.resend.events import WANTED
from portal.providers.values import (
    Address,
    Finding,
    InboundAttachment,
    KnownContact,
    MailFile,
    Receipt,
    Site,
)

from .conftest import API_KEY, KEY
from .fake_resend import HOOK_SECRET, SEGMENT, FakeResend

pytestmark = pytest.mark.enable_socket

SITE = Site(
    "hello@example.com",
    "https://portal.example.com/hooks/resend/events",
    "https://portal.example.com/hooks/resend/inbound",
    "in.example.org",
)
ZOE = "/contacts/zoe%40example.org"
SUPPRESSION = "/suppressions/zoe%40example.org"


@pytest.fixture
def fake(socket_enabled):
    with FakeResend(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        given = {"api_key": API_KEY, "api_url": fake.url, "list_id": SEGMENT}
        made.append(Resend(given | settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def resend(make):
    return make(webhook_secret=HOOK_SECRET)


def calls(fake, start=0):
    return [f"{call['method']} {call['path']}" for call in fake.calls[start:]]


def test_a_mail_is_sent_with_all_that_it_says(fake, resend, email):
    file = MailFile("lake.png", b"hello", "image/png")

    receipt = resend.send(replace(email, attachments=(file,)), KEY)

    assert calls(fake) == ["POST /emails"]
    assert receipt == Receipt(fake.mails[0]["id"])
    assert fake.calls[0]["headers"]["idempotency-key"] == KEY
    assert fake.calls[0]["body"] == {
        "from": '"Get Yourself Active" <hello@example.com>',
        "to": ['"Zoë Müller, Leeds" <zoe@example.org>'],
        "reply_to": ['"The media team" <team@example.com>'],
        "subject": "Confirm your address: it takes a moment, Zoë",
        "text": email.text,
        "html": email.html,
        "headers": {
            "List-Unsubscribe": "<https://example.com/u/abc>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "X-Programme": "=?utf-8?b?U2FudMOp?=",
        },
        "tags": [{"name": "key", "value": KEY}, {"name": "mail", "value": "confirm_signup"}],
        "attachments": [
            {"filename": "lake.png", "content": "aGVsbG8=", "content_type": "image/png"}
        ],
    }


def test_what_is_empty_is_left_out(fake, resend, email):
    bare = replace(email, name="", reply_to=None, headers=(), sender=Address("b@example.com"))

    resend.send(bare, KEY)

    assert fake.mails[0]["from"] == "b@example.com"
    assert fake.mails[0]["tags"] == [{"name": "key", "value": KEY}]
    assert not fake.mails[0].keys() & {"reply_to", "headers", "attachments"}


def test_a_key_that_another_wording_had_means_that_the_mail_was_taken(fake, resend, email):
    resend.send(email, KEY)

    assert resend.send(replace(email, subject="Changed meanwhile"), KEY) == Receipt()
    assert len(fake.mails) == 1


def test_while_the_first_try_is_under_way_the_mail_goes_to_no_other_provider(fake, resend, email):
    fake.act = lambda _: (409, {"name": "concurrent_idempotent_requests", "message": "Wait"})

    with pytest.raises(TryLater, match="concurrent_idempotent_requests") as caught:
        resend.send(email, KEY)

    assert type(caught.value) is TryLater
    assert caught.value.left


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (401, "missing_api_key", Denied),
        (401, "restricted_api_key", Denied),
        (403, "invalid_api_key", Denied),
        (403, "validation_error", Denied),  # the domain of the sender is not verified
        (422, "invalid_from_address", Denied),
        (400, "invalid_idempotency_key", Refused),
        (400, "validation_error", Refused),
        (422, "missing_required_field", Refused),
        (422, "invalid_attachment", Refused),
        (451, "security_error", Refused),
        (429, "rate_limit_exceeded", Busy),
        (500, "application_error", TryLater),
    ],
)
def test_a_refusal_means_what_its_name_says(fake, resend, email, status, name, error):
    fake.act = lambda _: (status, {"statusCode": status, "name": name, "message": "In words."})

    with pytest.raises(error, match=f"{status}: {name} In words") as caught:
        resend.send(email, KEY)

    assert type(caught.value) is error


@pytest.mark.parametrize("name", ["daily_quota_exceeded", "monthly_quota_exceeded"])
def test_a_quota_that_is_used_up_is_asked_for_again_after_a_day(fake, resend, email, name):
    fake.act = lambda _: (429, {"statusCode": 429, "name": name, "message": "Enough"})
    fake.headers_of = lambda *_: {"Retry-After": "1"}

    with pytest.raises(Busy) as caught:
        resend.send(email, KEY)

    assert caught.value.after == timedelta(days=1)


def test_when_no_call_is_left_none_is_made_until_then(fake, resend, email):
    fake.headers_of = lambda *_: {"ratelimit-remaining": "0", "ratelimit-reset": "60"}
    resend.send(email, KEY)

    with pytest.raises(Busy) as caught:
        resend.send(email, KEY)

    assert 0 < caught.value.after.total_seconds() <= 60
    assert len(fake.calls) == 1


@pytest.fixture
def clock(monkeypatch):
    """The clock of the rests, which only goes on while the adapter sleeps: a list of one."""
    moment = [0.0]

    def sleep(seconds):
        moment[0] += seconds

    monkeypatch.setattr(
        "portal.providers.http.pace.time", SimpleNamespace(monotonic=lambda: moment[0])
    )
    monkeypatch.setattr("portal.providers.resend.adapter.sleep", sleep)
    return moment


def test_a_contact_takes_more_calls_than_a_second_may_have(fake, resend, contact, clock):
    fake.headers_of = lambda *_: {"ratelimit-remaining": "0", "ratelimit-reset": "1"}

    resend.upsert(contact)

    assert len(fake.calls) == 4
    assert clock == [3.0]


def test_a_long_rest_is_not_waited_for(fake, resend, contact, clock):
    fake.headers_of = lambda *_: {"ratelimit-remaining": "0", "ratelimit-reset": "60"}

    with pytest.raises(Busy):
        resend.upsert(contact)

    assert (len(fake.calls), clock) == (1, [0.0])


def test_a_new_contact_is_added_to_our_segment(fake, resend, contact):
    resend.upsert(contact)

    values = {
        "first_name": "Zoë Müller",
        "unsubscribed": False,
        "properties": {
            "topics": "walking,swimming",
            "format": "easy-read",
            "name": "Zoë Müller",
            "preferences_url": "https://example.com/p/abc",
        },
    }
    assert calls(fake) == [
        f"PATCH {ZOE}",
        "POST /contacts",
        f"POST {ZOE}/segments/{SEGMENT}",
        f"DELETE {SUPPRESSION}",
    ]
    assert fake.calls[0]["body"] == values
    assert fake.calls[1]["body"] == {"email": "zoe@example.org", **values}


def test_a_known_contact_is_brought_up_to_date_and_not_added_again(fake, resend, contact):
    resend.upsert(contact)
    start = len(fake.calls)

    resend.upsert(contact)

    assert "POST /contacts" not in calls(fake, start)


def test_without_a_segment_a_contact_is_put_into_none(fake, make, contact):
    make(list_id="").upsert(contact)

    assert not [one for one in calls(fake) if "segments" in one]
    assert make(list_id="").lookup(contact.email).subscribed


def test_who_says_yes_is_mailed_again_whatever_was_before(fake, resend, contact):
    resend.upsert(contact)
    fake.suppressed = {contact.email}
    before = resend.lookup(contact.email)

    resend.upsert(contact)

    after = resend.lookup(contact.email)
    assert (before.subscribed, before.stopped) == (False, True)
    assert (after.subscribed, after.stopped) == (True, False)


def test_somebody_off_our_segment_is_not_subscribed_and_not_stopped(make, contact):
    make(list_id="").upsert(contact)

    known = make().lookup(contact.email)

    assert (known.subscribed, known.stopped) == (False, False)


def test_erasing_takes_the_contact_and_the_suppression(fake, resend, contact):
    resend.upsert(contact)
    fake.suppressed = {contact.email}
    start = len(fake.calls)

    resend.erase(contact.email)

    assert calls(fake, start) == [f"DELETE {ZOE}", f"DELETE {SUPPRESSION}"]
    assert (fake.contacts, fake.suppressed) == ({}, set())


def test_a_lookup_that_says_nothing_is_tried_later(fake, resend):
    fake.act = lambda _: (200, {"unsubscribed": "no"})

    with pytest.raises(TryLater):
        resend.lookup("zoe@example.org")


def test_everyone_is_read_page_by_page(fake, resend, contact):
    for number in range(150):
        values = {"id": str(number), "email": f"{number}@example.org", "unsubscribed": False}
        fake.contacts[values["email"]] = values
    fake.contacts["7@example.org"]["unsubscribed"] = True

    found = list(resend.everyone())

    assert [one.email for one in found] == [f"{number}@example.org" for number in range(150)]
    assert found[7] == KnownContact("7@example.org", subscribed=False, attributes={}, stopped=True)
    assert found[8] == KnownContact("8@example.org", subscribed=True, attributes={})
    assert [call["query"]["segment_id"] for call in fake.calls] == [SEGMENT] * 2


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


def test_a_mail_that_came_in_is_fetched_by_its_id(fake, resend):
    fake.received["the/id"] = RECEIVED

    mail = resend.fetch_mail("the/id")

    assert calls(fake) == ["GET /emails/receiving/the%2Fid"]
    assert mail.sender == Address("ada@example.org", "Ada")
    assert mail.recipients == ("team@example.com", "reply@in.example.org")
    assert (mail.subject, mail.text, mail.html) == ("Is it warm?", "Is the pool warm?", "")
    assert (mail.message_id, mail.original) == ("<a@b>", RECEIVED)


def test_a_file_that_no_call_gives_has_nothing_to_be_fetched_by(fake, resend):
    fake.received["id"] = RECEIVED

    assert resend.fetch_mail("id").attachments == (
        InboundAttachment("lake.png", size=4),
        InboundAttachment(""),
    )


def test_a_mail_that_is_not_there_is_refused_and_one_that_is_none_comes_later(fake, resend):
    with pytest.raises(Refused):
        resend.fetch_mail("unknown")
    fake.act = lambda _: (200, [])
    with pytest.raises(TryLater):
        resend.fetch_mail("odd")


def test_the_webhook_is_registered_once_and_its_secret_shown_until_it_is_set(fake, make, resend):
    shown = f"Put this into .env: RESEND_WEBHOOK_SECRET={HOOK_SECRET}"

    told = [[one.words for one in providers.install_hooks(make(), SITE)] for _ in range(2)]
    once_set = [one.words for one in providers.install_hooks(resend, SITE)]

    assert [told[0][-1], told[1][-1]] == [shown, shown]
    assert once_set == ["The webhook was there."]
    assert len(fake.hooks) == 1
    assert {"email.received", "email.bounced", "suppression.added"} <= {*fake.hooks[0]["events"]}


def test_when_all_is_right_the_check_says_so(resend):
    list(providers.install_hooks(resend, SITE))

    assert [*providers.check(resend, SITE)] == [
        Finding("The key works."),
        Finding(
            "Look at “Domains” whether the domain of hello@example.com is verified, "
            "and whether it tracks neither opens nor clicks.",
            ok=None,
        ),
        Finding("Look at “Domains” whether in.example.org receives mail.", ok=None),
        Finding("Subscribers go into the segment “The newsletter”."),
        Finding("Contacts have all that we keep of a choice."),
        Finding("The webhook is there, and signed."),
    ]


def told_wrong(findings):
    return " ".join(one.words for one in findings if one.ok is False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "disabled"},
        {"events": None},
        {"events": ["email.sent"]},
        {"events": [*WANTED, "email.opened"]},
    ],
)
def test_a_webhook_that_is_wrong_is_told_and_mended(fake, resend, wrong):
    list(providers.install_hooks(resend, SITE))
    fake.hooks[0] |= wrong
    before = told_wrong(providers.check(resend, SITE))

    list(providers.install_hooks(resend, SITE))

    assert "off, or tells too little or too much" in before
    assert not told_wrong(providers.check(resend, SITE))
    assert len(fake.hooks) == 1


def test_a_secret_that_is_not_the_webhooks_is_told(make):
    list(providers.install_hooks(make(), SITE))

    told = told_wrong(providers.check(make(webhook_secret="whsec_" + "b" * 24), SITE))

    assert told.startswith("RESEND_WEBHOOK_SECRET is not the secret of the webhook.")
