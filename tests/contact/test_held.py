"""A message that is held for a look is to its sender like any other."""

import pytest

from portal import floods
from portal.inbox.models import ConversationState
from tests.contact import FORM, by, conversations, good, mails_to, send
from tests.newsletter import settings

limited = settings(RATELIMIT_ENABLED="1")


def same_but_for(receipt, conversation):
    """The words of a receipt without its reference and link."""
    link = receipt.page.query("a.go")[0].attrs["href"]
    return receipt.text.replace(conversation.reference, "").replace(link, "")


def test_a_held_message_looks_like_any_other_and_mails_nobody(visit, mailbox):
    ordinary = send(visit)
    held = send(visit, **good(email="eve@example.org", extra_note="Hi"))

    first, second = conversations()
    assert second.state is ConversationState.HELD
    assert same_but_for(held, second) == same_but_for(ordinary, first)
    assert mails_to(mailbox, "eve@example.org") == []
    assert len(mailbox()) == 2  # both are of the first


@limited
@pytest.mark.parametrize("way", ["email", "phone", "post", "helper"])
def test_many_for_one_contact_are_held(visit_plain, monkeypatch, way):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_CONTACT", "2/hour")
    for number in range(3):
        send(visit_plain, **by(way, message=f"Message {number}"))

    doubts = [one.doubts for one in conversations()]
    assert doubts == ["", "", "Many came from one person in an hour"]


@limited
def test_a_flood_on_a_private_page_keeps_what_was_typed(visit, monkeypatch, start):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    visit.post(FORM, {"about": "wrong"})

    answer = visit.send(start()[1], {"message": "One thing more"})

    assert answer.status == 429
    assert "One thing more" in answer.text
