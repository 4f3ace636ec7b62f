"""What MailerLite tells us: known as its own, and read, whatever is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.providers.errors import SetupError, Unreadable
from portal.providers.mailerlite.adapter import MailerLite
from portal.providers.values import EventKind

from .fake_mailerlite import SECRET
from .payloads_mailerlite import RECORDED, batch, signed

mailerlite = MailerLite({"api_key": "k", "webhook_secret": SECRET})
SIGNED = batch(RECORDED["bounced"])


def test_what_mailerlite_signed_is_known_whatever_secret_of_ours_it_has():
    both = MailerLite({"api_key": "k", "webhook_secret": f"another-one {SECRET}"})

    assert mailerlite.verify(SIGNED)
    assert both.verify(SIGNED)
    assert both.verify(signed([], "another-one"))


@pytest.mark.parametrize(
    "call",
    [
        replace(SIGNED, body=SIGNED.body + b" "),
        replace(SIGNED, headers={}),
        replace(SIGNED, headers={"Signature": "é"}),
        replace(SIGNED, headers={"Authorization": f"Bearer {SECRET}"}),
        replace(SIGNED, headers={}, query={"secret": SECRET}),
        signed([], "another-one"),
    ],
)
def test_what_is_not_rightly_signed_is_refused(call):
    assert not mailerlite.verify(call)


def test_a_secret_is_as_long_as_mailerlite_makes_them():
    with pytest.raises(SetupError, match="10 characters"):
        MailerLite({"api_key": "k", "webhook_secret": SECRET[:9]})
    with pytest.raises(SetupError, match="MAILERLITE_WEBHOOK_SECRET"):
        MailerLite({"api_key": "k"}).verify(SIGNED)


@pytest.mark.parametrize("kind", RECORDED)
@pytest.mark.parametrize("call", [batch, signed])
def test_each_event_is_what_it_says_alone_and_in_a_batch(kind, call):
    (event,) = mailerlite.parse_events(call(RECORDED[kind]))

    assert event.kind == EventKind(kind)
    assert (event.address, event.key, event.message_id) == ("zoe@example.org", "", "")
    assert event.at == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert event.original == RECORDED[kind]


def test_a_batch_has_many_events_and_a_repeat_has_the_same_ids():
    first = mailerlite.parse_events(batch(*RECORDED.values()))
    alone = [mailerlite.parse_events(signed(one))[0] for one in RECORDED.values()]

    assert first == alone
    assert len({one.id for one in first}) == len(RECORDED)


@pytest.mark.parametrize("body", [b"", b"no json", b"7", b'["x"]', b'{"events": 7}'])
def test_what_is_no_list_of_events_is_unreadable(body):
    with pytest.raises(Unreadable):
        mailerlite.parse_events(signed(body))
