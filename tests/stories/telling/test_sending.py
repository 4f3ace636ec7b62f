"""Sending a story: it is sent once, as it was checked, and everybody learns what happens next."""

import re

import pytest

from portal import floods
from portal.extensions import db
from portal.inbox.models import Conversation, ConversationState, Kind, Message
from portal.stories import notices
from portal.stories.files.models import FileState
from portal.stories.states import StoryState
from portal.ways import Way
from tests.contact import hidden, mails_to, text_of
from tests.newsletter import settings
from tests.stories import (
    ADA,
    ALL_YES,
    a_draft,
    a_story,
    an_editor,
    count,
    fresh,
    handed_over,
    notes,
    withdrawn,
)
from tests.stories.telling.steps import (
    STORY,
    TEXT,
    YOU,
    a_file,
    begin,
    consents,
    draft_path,
    fill,
    newest,
    said,
    send,
    tell,
)


def first_message():
    return db.session.scalar(db.select(Message.text).order_by(Message.id))


def test_a_sent_story_says_what_happens_next_and_each_consent_is_a_dated_row(visit, mailbox):
    path = tell(visit)
    answer = send(visit, path)
    story = newest()

    talk = story.conversation
    assert answer.heading == "We have your story"
    assert talk.reference in answer.text
    assert (talk.kind, talk.subject, talk.email) == (Kind.STORY, story.title, ADA)
    assert [(one.text, one.name) for one in story.revisions] == [(TEXT, "Ada")]
    assert "We answer within 3 working days." in answer.text
    assert "We reach you the way you chose: By email." in answer.text
    assert answer.has("a.go[href*='/stories/mine/']")
    assert story.state is StoryState.SUBMITTED
    assert visit(answer.response.request.path).heading == "We have your story"
    found = consents()
    assert {key for key, one in found.items() if one.given} == {"publish", "name", "photo"}
    assert len(found) == 9
    assert all(one.channel == "web" and one.at for one in found.values())
    assert any("/stories/mine/" in text_of(mail) for mail in mails_to(mailbox, ADA))


def test_sending_twice_is_sending_once_whatever_files_come_meanwhile(visit_plain):
    path = draft_path(story := a_draft())
    form = hidden(visit_plain(path + "check"))
    a_file(story, state=FileState.COMING)
    first, second = (visit_plain.post(path + "send", form) for _ in range(2))

    assert first.heading == second.heading == "We have your story"
    assert count(Conversation) == 1


def test_what_changed_since_it_was_checked_is_shown_before_it_is_sent(visit):
    path = draft_path(a_draft())
    form = hidden(visit(path + "check"))
    fill(visit, path, "story", STORY | {"title": "Another title"})
    answer = visit.post(path + "send", form)

    assert answer.status == 409
    assert "Something was changed since you opened this page." in answer.text
    assert said(answer, "Title") == "Another title"
    for made_up in ("", "one", "-1", "9" * 40, "\0"):
        assert visit.post(path + "send", {"seen": made_up}).status == 409
    assert count(Conversation) == 0
    assert visit.post(path + "send", hidden(answer)).heading == "We have your story"


def test_there_is_a_receipt_from_sending_until_the_story_is_over(visit_plain):
    path = begin(visit_plain)
    assert visit_plain(path + "sent", follow_redirects=True).heading == "Your story, step by step"

    path = draft_path(story := a_story()) + "sent"
    assert visit_plain.client.get(path).status_code == 200
    withdrawn(story)
    assert visit_plain.client.get(path).status_code == 303


def test_the_team_reads_what_was_told_and_how_to_answer(visit_plain):
    you = {"reply_by": "post", "postal": "1 Ring Road\nLeeds", "helper": "Bob", "needs": "Calm"}
    send(visit_plain, draft_path(a_draft(answers=you)))
    talk = newest().conversation

    assert (talk.reply_by, talk.postal) == (Way.POST, "1 Ring Road\nLeeds")
    assert (talk.helper, talk.needs) == ("Bob", "Calm")
    assert first_message() == newest().text


def test_a_call_says_how_and_when(visit_plain):
    path = begin(visit_plain, "call")
    call = {"call_by": "bsl", "email": ADA, "call": "Mornings", "language": "bfi"}
    fill(visit_plain, path, "story", call)
    send(visit_plain, path)

    assert first_message().endswith("By video in British Sign Language. Mornings")
    assert newest().conversation.email == ADA


# Who wants no contact


def test_who_comes_back_by_themselves_is_mailed_nothing(visit_plain, mailbox):
    story = a_draft(answers=ALL_YES | {"reply_by": "web"})
    answer = send(visit_plain, draft_path(story))
    handed_over(fresh(story))

    assert "We do not contact you. Come back to your page" in answer.text
    assert mails_to(mailbox, ADA) == []
    assert story.conversation.state is ConversationState.WAITING


def test_who_gave_no_way_is_not_contacted_and_who_said_nothing_allows_nothing(visit_plain):
    answer = send(visit_plain, draft_path(a_draft(name="", email="", answers={})))

    assert "Come back to your page" in answer.text
    assert newest().conversation.reply_by is Way.WEB
    assert not any(one.given for one in consents().values())
    assert newest().state is StoryState.SUBMITTED


def test_the_team_hears_all_the_same_what_they_do(app):
    story = withdrawn(a_story(email="", answers={"reply_by": "web"}))
    notices.tell_storyteller(story, "ready", an_editor())

    assert notes(story) == []
    assert story.conversation.state is not ConversationState.CLOSED


# What looks like a machine


def test_a_doubtful_story_is_held_and_looks_like_any_other(visit_plain, mailbox):
    ordinary = send(visit_plain, draft_path(a_draft()))
    path = begin(visit_plain, extra_note="Hi")
    fill(visit_plain, path, "story", STORY)
    fill(visit_plain, path, "you", YOU | {"email": "eve@example.org"})
    doubtful = send(visit_plain, path)

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
    send(visit_plain, draft_path(a_draft()))
    assert newest().conversation.doubts == ""
    send(visit_plain, draft_path(a_draft()))
    assert words in newest().conversation.doubts
