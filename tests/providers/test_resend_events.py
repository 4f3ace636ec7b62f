"""What Resend tells us beyond the usual: types of bounces, suppressions, and its own signature."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace

import pytest

from portal.providers.errors import SetupError, Unreadable
from portal.providers.resend.adapter import Resend
from portal.providers.values import EventKind

from .callers import SECRET, caller
from .conftest import KEY
from .payloads import ADA, AT, ISO, resend_event, signed, svix

OTHER = "whsec_" + b64encode(b"another secret of some characters").decode()
resend = caller("resend")


def event_of(item, **options):
    (event,) = resend.parse_events(signed("resend", item, **options))
    return event


@pytest.mark.parametrize(
    ("bounce", "kind"),
    [
        ({"type": "Permanent", "subType": "General"}, EventKind.BOUNCED),
        ({"type": "Transient", "subType": "MailboxFull"}, EventKind.SOFT_BOUNCED),
        ({"type": "Undetermined"}, EventKind.SOFT_BOUNCED),
        ({"type": ["odd"]}, EventKind.BOUNCED),
        ({}, EventKind.BOUNCED),
        (None, EventKind.BOUNCED),
    ],
)
def test_each_type_of_bounce_is_what_it_says(bounce, kind):
    assert event_of(resend_event("email.bounced", bounce=bounce)).kind == kind


def suppression(origin, kind="suppression.added"):
    data = {"id": "e169aa45", "email": ADA, "origin": origin, "source_id": None}
    return {"type": kind, "created_at": ISO, "data": data}


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ("bounce", EventKind.BOUNCED),
        ("complaint", EventKind.COMPLAINED),
        ("manual", EventKind.UNSUBSCRIBED),
        ("a new one", EventKind.UNKNOWN),
        (None, EventKind.UNKNOWN),
    ],
)
def test_why_an_address_is_suppressed_is_kept(origin, kind):
    event = event_of(suppression(origin))

    assert (event.kind, event.address, event.at) == (kind, ADA, AT)
    assert event.reason == (origin or "")
    assert (event.key, event.message_id) == ("", "")


@pytest.mark.parametrize(
    "item",
    [
        suppression("bounce", "suppression.removed"),
        {"type": "contact.updated", "data": {"email": ADA, "unsubscribed": False}},
        {"type": "contact.updated", "data": {"email": ADA, "unsubscribed": "true"}},
        {"type": "contact.created", "data": {"email": ADA, "unsubscribed": True}},
        {"type": "contact.deleted", "data": {"email": ADA, "unsubscribed": True}},
        {"type": "domain.updated", "data": {"name": "example.com"}},
        {"type": None},
        {},
    ],
)
def test_what_says_nothing_of_a_mail_or_a_leaving_is_kept_as_unknown(item):
    event = event_of(item)

    assert event.kind is EventKind.UNKNOWN
    assert event.original == item


@pytest.mark.parametrize(
    ("tags", "key"),
    [
        ({"key": KEY, "mail": "welcome"}, KEY),
        ([{"name": "mail", "value": "welcome"}, {"name": "key", "value": KEY}], KEY),
        ([{"name": "mail", "value": "welcome"}, "odd"], ""),
        ("odd", ""),
        (None, ""),
    ],
)
def test_our_key_comes_back_in_the_tags_whichever_way_they_come(tags, key):
    assert event_of(resend_event("email.delivered", tags=tags)).key == key


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (resend_event("email.failed", failed={"reason": "reached_daily_quota"}), "reached_daily"),
        (resend_event("email.suppressed", suppressed={"message": "On the list"}), "On the list"),
        (resend_event("email.sent", bounce="odd"), ""),
    ],
)
def test_the_reason_is_in_resends_words(item, reason):
    assert event_of(item).reason.startswith(reason)
    assert bool(event_of(item).reason) == bool(reason)


def test_an_event_is_named_by_its_header_and_without_one_by_what_it_says():
    item = resend_event("email.sent")
    bare = replace(signed("resend", item), headers={})
    (first,), (second,) = resend.parse_events(bare), resend.parse_events(bare)
    (other,) = resend.parse_events(replace(bare, body=bare.body.replace(b"sent", b"delivered")))

    assert event_of(item, mark="msg_1").id == "msg_1"
    assert first.id == second.id != other.id


@pytest.fixture
def call():
    """One that was signed just now: an older one is refused."""
    return svix("resend", json.dumps(resend_event("email.sent")).encode())


@pytest.mark.parametrize(
    "headers",
    [
        {"svix-id": "msg_other"},
        {"svix-id": ""},
        {"svix-timestamp": "1700000000"},
        {"svix-timestamp": ""},
        {"svix-signature": "v1,"},
    ],
)
def test_what_is_not_rightly_signed_is_refused(call, headers):
    assert resend.verify(call)
    assert not resend.verify(replace(call, headers={**call.headers, **headers}))


def test_nothing_but_a_signature_of_the_first_kind_will_do(call):
    second = {"svix-signature": call.headers["svix-signature"].replace("v1,", "v2,")}

    assert not resend.verify(replace(call, headers={**call.headers, **second}))
    assert not resend.verify(replace(call, headers={"Authorization": f"Bearer {SECRET}"}))
    assert not resend.verify(replace(call, headers={}, query={"secret": SECRET}))


def test_each_of_several_secrets_is_enough_and_none_at_all_is_told(call):
    def made(secret):
        return Resend({"api_key": "k", "webhook_secret": secret})

    assert made(f"{OTHER} {SECRET}").verify(call)
    assert not made(OTHER).verify(call)
    with pytest.raises(SetupError, match="RESEND_WEBHOOK_SECRET"):
        made("").verify(call)


@pytest.mark.parametrize("body", [b"", b"no JSON", b"7", b'["text"]', b"\xff"])
def test_what_is_no_call_of_resends_is_unreadable(body):
    with pytest.raises(Unreadable):
        resend.parse_events(svix("resend", body))
