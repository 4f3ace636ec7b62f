"""What Postmark tells us beyond the usual: each type of bounce, and odd mails that came in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from portal.providers.errors import SetupError, Unreadable
from portal.providers.postmark.adapter import Postmark
from portal.providers.values import Address, EventKind, HookCall

from .callers import SECRET, caller
from .payloads import ADA, basic, hook_url, postmark_event, signed

SECOND = "another-secret-of-ours"
postmark = caller("postmark")


def event_of(item):
    (event,) = postmark.parse_events(signed("postmark", item))
    return event


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (EventKind.BOUNCED, ["HardBounce", "BadEmailAddress", "ManuallyDeactivated"]),
        (EventKind.SOFT_BOUNCED, ["SoftBounce", "DnsError", "Unknown", "a new one"]),
        (EventKind.DEFERRED, ["Transient"]),
        (EventKind.COMPLAINED, ["SpamNotification", "SpamComplaint"]),
        (EventKind.UNSUBSCRIBED, ["Unsubscribe"]),
        (EventKind.REJECTED, ["Blocked", "SMTPApiError", "TemplateRenderingFailed"]),
        (EventKind.UNKNOWN, ["AutoResponder", "AddressChange", "ChallengeVerification"]),
        (EventKind.UNKNOWN, ["Subscribe", "OpenRelayTest", "InboundError"]),
    ],
)
def test_each_type_of_bounce_is_what_it_says(kind, types):
    found = {event_of(postmark_event("Bounce", "BouncedAt", Type=one)).kind for one in types}

    assert found == {kind}


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        ("HardBounce", EventKind.BOUNCED),
        ("SpamComplaint", EventKind.COMPLAINED),
        ("ManualSuppression", EventKind.UNSUBSCRIBED),
        (None, EventKind.UNKNOWN),
        (["odd"], EventKind.UNKNOWN),
    ],
)
def test_why_an_address_is_suppressed_is_kept(why, kind):
    values = {"SuppressSending": True, "SuppressionReason": why}

    assert event_of(postmark_event("SubscriptionChange", "ChangedAt", **values)).kind == kind


def test_the_reason_is_in_postmarks_words():
    words = "The server was unable to deliver your message."
    item = postmark_event("Bounce", "BouncedAt", Type="HardBounce", Description=words)

    assert event_of(item).reason == words
    assert event_of(postmark_event("Delivery", "DeliveredAt", Details="250 OK")).reason == "250 OK"


@pytest.mark.parametrize("odd", [None, 7, [], "text", {"key": ["a"]}])
def test_metadata_that_is_none_of_ours_is_no_key(odd):
    event = event_of({**postmark_event("Delivery", "DeliveredAt"), "Metadata": odd})

    assert (event.key, event.address) == ("", ADA)


def test_our_secret_may_come_in_each_of_three_places():
    call = basic("postmark", b"{}")
    bare = replace(call, headers={})

    assert postmark.verify(call)
    assert postmark.verify(replace(call, headers={"authorization": f"Bearer {SECRET}"}))
    assert postmark.verify(replace(bare, query={"secret": SECRET}))
    assert not postmark.verify(replace(bare, query={"secret": SECRET[:-1]}))
    assert not postmark.verify(bare)


def test_each_of_several_secrets_is_enough_and_none_at_all_is_told():
    call = HookCall(hook_url("postmark"), {}, {"secret": SECOND}, b"{}")
    both = Postmark({"api_key": "k", "webhook_secret": f"{SECRET} {SECOND}"})

    assert both.verify(call)
    assert not postmark.verify(call)
    with pytest.raises(SetupError, match="POSTMARK_WEBHOOK_SECRET"):
        Postmark({"api_key": "k"}).verify(call)


@pytest.mark.parametrize("body", [b"", b"no JSON", b"7", b'["text"]', b"\xff"])
def test_what_is_no_call_of_postmarks_is_unreadable(body):
    call = basic("postmark", body)

    with pytest.raises(Unreadable):
        postmark.parse_events(call)
    with pytest.raises(Unreadable):
        postmark.parse_inbound(call)


def mail_of(**item):
    (mail,) = postmark.parse_inbound(basic("postmark", json.dumps(item).encode(), "inbound"))
    return mail


def test_who_a_mail_was_really_for_is_among_the_recipients():
    mail = mail_of(
        From="Ada <ada@example.org>",
        ToFull=[{"Email": "list@example.com"}, {"Name": "no address"}, "odd"],
        CcFull=[{"Email": "list@example.com"}],
        OriginalRecipient="reply@in.example.org",
    )

    assert mail.sender == Address(ADA, "Ada")
    assert mail.recipients == ("list@example.com", "reply@in.example.org")


def test_a_file_that_cannot_be_read_is_an_empty_one_and_the_mail_is_kept():
    mail = mail_of(Subject="Hi", Attachments=[{"Name": "a.png", "Content": "no base64!"}, 7])

    assert [(one.name, one.content) for one in mail.attachments] == [("a.png", b"")]
    assert mail.subject == "Hi"


@pytest.mark.parametrize("name", ["Message-ID", "Message-Id", "message-id"])
def test_the_id_of_a_mail_is_the_one_that_its_sender_gave(name):
    mail = mail_of(MessageID="postmarks-own", Headers=[{"Name": name, "Value": "<a@b>"}])

    assert mail.message_id == "<a@b>"
