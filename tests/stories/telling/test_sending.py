"""Checking a story and sending it: every answer is seen before, and it is sent once."""

from __future__ import annotations

import re

import pytest

from portal import floods
from portal.extensions import db
from portal.inbox.models import Conversation, ConversationState, Message
from portal.stories import notices, withdrawal
from portal.stories.files.models import FileState
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.ways import Way
from tests.contact import hidden, mails_to, text_of
from tests.newsletter import settings
from tests.stories import a_story, an_editor, handed_over
from tests.stories.telling.steps import (
    START,
    STORY,
    TEXT,
    YOU,
    a_file,
    begin,
    consents,
    draft_path,
    fill,
    newest,
    rows,
    said,
    send,
)
from tests.stories.telling.steps import tell as tell_all

ADA = "ada@example.org"


# Sending


def test_a_sent_story_says_what_happens_next(visit):
    path = tell_all(visit)
    answer = send(visit, path)
    story = newest()

    assert answer.heading == "We have your story"
    assert story.conversation.reference in answer.text
    assert "We answer within 3 working days." in answer.text
    assert "We reach you the way you chose: By email." in answer.text
    assert answer.has("a.go[href*='/stories/mine/']")
    assert story.state is StoryState.SUBMITTED
    assert visit(answer.response.request.path).heading == "We have your story"


def test_sending_twice_is_sending_once(visit):
    path = tell_all(visit)
    form = hidden(visit(path + "check"))
    first, second = (visit.post(path + "send", form) for _ in range(2))

    assert first.heading == second.heading == "We have your story"
    assert rows(Conversation) == 1


def test_each_thing_that_was_asked_is_a_dated_row(visit):
    path = tell_all(visit)
    send(visit, path)

    found = consents()
    assert {key for key, one in found.items() if one.given} == {"publish", "name", "photo"}
    assert len(found) == 9
    assert all(one.channel == "web" and one.at for one in found.values())


def test_without_a_word_about_it_nothing_is_allowed(visit):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    send(visit, path)

    assert not any(one.given for one in consents().values())
    assert newest().state is StoryState.SUBMITTED


def test_what_changed_since_it_was_checked_is_shown_before_it_is_sent(visit):
    path = tell_all(visit)
    form = hidden(visit(path + "check"))
    fill(visit, path, "story", STORY | {"title": "Another title"})
    answer = visit.post(path + "send", form)

    assert answer.status == 409
    assert "Something was changed since you opened this page." in answer.text
    assert said(answer, "Title") == "Another title"
    assert rows(Conversation) == 0
    assert visit.post(path + "send", hidden(answer)).heading == "We have your story"


def test_files_that_come_meanwhile_hold_nothing_up(visit):
    path = tell_all(visit)
    form = hidden(visit(path + "check"))
    a_file(newest(), state=FileState.COMING)

    assert visit.post(path + "send", form).heading == "We have your story"


@pytest.mark.parametrize("seen", ["", "one", "-1", "9" * 40, "\0"])
def test_a_made_up_version_sends_nothing(visit_plain, seen):
    path = tell_all(visit_plain)

    assert visit_plain.post(path + "send", {"seen": seen}).status in {200, 409}
    assert rows(Conversation) <= 1


def test_a_draft_has_no_receipt_yet(visit):
    path = begin(visit)

    assert visit(path + "sent", follow_redirects=True).heading == "Your story, step by step"


@pytest.mark.parametrize("end", [withdrawal.withdraw, None])
def test_the_receipt_of_a_story_that_is_over_leads_to_its_page(visit_plain, end):
    story = a_story()
    if end:
        end(story, keep_files=False)
    answer = visit_plain.client.get(draft_path(story) + "sent")

    assert answer.status_code == (303 if end else 200)


def test_the_team_reads_what_was_told_and_how_to_answer(visit):
    you = {
        "reply_by": "post",
        "postal": "1 Ring Road\nLeeds",
        "helper": "Bob Hope",
        "needs": "Calm",
    }
    path = tell_all(visit, you=you)
    send(visit, path)
    talk = newest().conversation

    assert (talk.reply_by, talk.postal) == (Way.POST, "1 Ring Road\nLeeds")
    assert (talk.helper, talk.needs) == ("Bob Hope", "Calm")
    assert db.session.scalar(db.select(Message.text).order_by(Message.id)) == TEXT


def test_a_call_says_how_and_when(visit):
    path = begin(visit, "call")
    call = {"call_by": "bsl", "email": ADA, "call": "Mornings", "language": "bfi"}
    fill(visit, path, "story", call)
    send(visit, path)

    text = db.session.scalar(db.select(Message.text).order_by(Message.id))
    assert text.endswith("By video in British Sign Language. Mornings")
    assert newest().conversation.email == ADA


# Who wants no contact


def test_who_comes_back_by_themselves_is_mailed_nothing(visit, mailbox):
    answer = send(visit, tell_all(visit, you={"reply_by": "web"}))
    story = newest()
    handed_over(db.session.get(Story, story.id))

    assert "We do not contact you. Come back to your page" in answer.text
    assert mails_to(mailbox, ADA) == []
    assert story.conversation.state is ConversationState.WAITING


def test_who_gave_no_way_is_not_contacted_either(visit, mailbox):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    send(visit, path)

    assert newest().conversation.reply_by is Way.WEB
    assert "Come back to your page" in visit(path + "sent").text


def test_the_team_hears_all_the_same_what_they_do(app):
    story = a_story(email="", answers={"reply_by": "web"})
    withdrawal.withdraw(story, keep_files=False)
    notices.tell_storyteller(story, "ready", an_editor())

    notes = db.session.scalars(db.select(Message.text).where(Message.direction == "note"))
    assert list(notes) == []
    assert story.conversation.state is not ConversationState.CLOSED


# What looks like a machine


def test_a_doubtful_story_is_held_and_looks_like_any_other(visit, mailbox):
    ordinary = send(visit, tell_all(visit))
    path = visit.send(START, {"way": "write", "extra_note": "Hi"}).response.request.path
    fill(visit, path, "story", STORY)
    fill(visit, path, "you", YOU | {"email": "eve@example.org"})
    doubtful = send(visit, path)

    hide = re.compile(r"http\S+|[A-Z0-9]{4}-[A-Z0-9]{4}")
    assert hide.sub("", doubtful.text) == hide.sub("", ordinary.text)
    assert newest().conversation.state is ConversationState.HELD
    assert newest().conversation.doubts == "A field that people do not see was filled in"
    assert mails_to(mailbox, "eve@example.org") == []


@settings(RATELIMIT_ENABLED="1")
@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MANY_FROM_ONE_PLACE", "Many came from one place in an hour"),
        ("MANY_FROM_ONE_CONTACT", "Many came from one person in an hour"),
    ],
)
def test_many_are_held(visit_plain, monkeypatch, limit, words):
    monkeypatch.setattr(floods, limit, "1/hour")
    doubts = []
    for _ in range(2):
        send(visit_plain, tell_all(visit_plain))
        doubts.append(newest().conversation.doubts)

    assert doubts[0] == ""
    assert words in doubts[1]


def test_the_receipt_is_mailed_with_the_private_link(visit, mailbox):
    send(visit, tell_all(visit))

    assert any("/stories/mine/" in text_of(mail) for mail in mails_to(mailbox, ADA))
