"""What looks like a machine is kept for a person to look at, and is not told so."""

from __future__ import annotations

import pytest

from portal import floods
from portal.inbox.models import ConversationState
from tests.contact import (
    FORM,
    GOOD,
    GRACE,
    LOST,
    by,
    conversations,
    good,
    hidden,
    mails_to,
    press,
    send,
)
from tests.newsletter import nothing_is_kept, settings

LIMITED = {"RATELIMIT_ENABLED": "1"}


def doubts():
    return [one.doubts for one in conversations()]


def same_but_for(receipt, conversation):
    """The words of a receipt without its reference and link."""
    link = receipt.page.query("a.go")[0].attrs["href"]
    return receipt.text.replace(conversation.reference, "").replace(link, "")


def test_a_held_message_looks_like_any_other_and_mails_nobody(visit, mailbox):
    ordinary = send(visit)
    held = send(visit, **good(email="eve@example.org", extra_note="Hi"))

    first, second = conversations()
    assert second.state is ConversationState.HELD
    assert second.doubts == "A field that people do not see was filled in"
    assert same_but_for(held, second) == same_but_for(ordinary, first)
    assert held.status == ordinary.status
    assert mails_to(mailbox, "eve@example.org") == []
    assert len(mailbox()) == 2  # both are of the first


def test_a_held_message_is_read_and_written_to_like_any_other(visit):
    receipt = send(visit, **good(extra_note="Hi"))
    url = receipt.page.query("a.go")[0].attrs["href"]

    saved = visit.send(url, {"message": "One thing more"})

    assert "Your message is saved." in saved.text
    assert "held" not in visit(url).text.lower()
    (one,) = conversations()
    assert one.state is ConversationState.HELD


def test_no_person_sees_or_hears_the_trap(visit):
    (trap,) = visit(FORM).page.query("[name=extra_note]")

    assert "hidden" in trap.parent.attrs
    assert trap.attrs["tabindex"] == "-1"


@settings(FORM_MIN_SECONDS="2")
@pytest.mark.parametrize(("seconds", "is_held"), [(0, True), (1, True), (2, False), (3600, False)])
def test_who_is_quicker_than_a_person_is_held(visit, clock, seconds, is_held):
    check = visit.send(FORM, GOOD)
    clock.shift(seconds)

    assert press(visit, check).heading == "We have your message"
    assert bool(doubts()[0]) is is_held


@settings(**LIMITED)
def test_many_from_one_network_are_held(visit, monkeypatch):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_PLACE", "2/hour")
    for number in range(3):
        receipt = send(visit, **good(email=f"{number}@example.org"))
        assert receipt.heading == "We have your message"

    assert doubts() == ["", "", "Many came from one place in an hour"]


@settings(**LIMITED)
@pytest.mark.parametrize("way", ["email", "phone", "post", "helper"])
def test_many_for_one_contact_are_held(visit, monkeypatch, way):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_CONTACT", "2/hour")
    for number in range(3):
        send(visit, **by(way, message=f"Message {number}"))

    assert doubts() == ["", "", "Many came from one person in an hour"]


@settings(**LIMITED)
def test_a_flood_is_turned_away_with_the_answers_kept(visit, monkeypatch, mailbox):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    visit.post(FORM, {"about": "wrong"})

    answer = visit.send(FORM, GOOD)

    assert answer.status == 429
    assert "Send them again in an hour." in answer.text
    assert answer.value("email") == GRACE
    assert answer.has("[value=question][checked]")
    assert hidden(answer)["stamp"]
    lost = visit.send(LOST, {"email": GRACE})
    assert lost.status == 429
    assert lost.value("email") == GRACE
    assert nothing_is_kept()
    assert mailbox() == []


@settings(**LIMITED)
def test_a_flood_on_a_private_page_keeps_what_was_typed(visit, monkeypatch, link):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    visit.post(FORM, {"about": "wrong"})

    answer = visit.send(link, {"message": "One thing more"})

    assert answer.status == 429
    assert "One thing more" in answer.text
