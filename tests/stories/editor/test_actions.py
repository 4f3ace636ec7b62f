"""Ask the storyteller, publish, decline, set the level, and note where a story was used."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.inbox.models import ConversationState, Direction
from portal.stories import deadlines, links, publication, shaping, withdrawal
from portal.stories.states import Level, StoryState
from tests.inbox.desk import history, messages
from tests.stories import (
    ALL_YES,
    TEXT,
    a_story,
    approved,
    content,
    deeds,
    edited,
    fresh,
    handed_over,
    published,
)
from tests.stories.desk import path, press, texts, typed
from tests.team import sign_in


@pytest.fixture(autouse=True)
def eda(app, visit):
    """The visitor, signed in as an editor."""
    return sign_in(visit, app, name="Eda")


def token(visit, story):
    return visit(path(story)).value("csrf_token")


def test_asking_mails_their_link_and_waits_for_them(visit, mailbox):
    story = a_story()
    edited(story)
    before = len(mailbox())
    page = press(visit, story, "Ask the storyteller")

    assert "The storyteller is asked." in page.text
    assert fresh(story).state is StoryState.WITH_STORYTELLER
    assert fresh(story).conversation.state is ConversationState.WAITING
    mail = mailbox()[before:][-1]
    assert mail["To"] == "ada@example.org"
    assert "http://portal.test/stories/mine/" in mail.get_body(("plain",)).get_content()


def test_asking_by_phone_makes_a_note_for_the_team(visit):
    story = a_story(email="", phone="020 7946 0018", answers=ALL_YES | {"reply_by": "phone"})
    page = visit(path(story))
    assert "They get no mail" in page.text
    press(visit, story, "Ask the storyteller")

    note = messages(fresh(story).conversation)[-1]
    assert note.direction is Direction.NOTE
    assert "read it to them" in note.text


def test_who_wants_no_contact_is_left_alone_and_that_is_said(visit, mailbox):
    story = a_story(email="", answers=ALL_YES | {"reply_by": "web"})
    assert "They want no contact" in visit(path(story)).text
    before = len(mailbox())
    press(visit, story, "Ask the storyteller")

    assert fresh(story).state is StoryState.WITH_STORYTELLER
    assert len(mailbox()) == before


def test_asking_about_a_text_that_is_not_the_newest_any_more_asks_nothing(visit):
    story = a_story()
    sent = typed(visit, story)
    shaping.revise(story, None, content(story, title="Mine"), 1)
    page = visit.post(path(story, "ask"), sent)

    assert page.status == 409
    assert "There is a newer text than the one that you saw." in page.text
    assert fresh(story).state is StoryState.EDITING


def test_text_without_a_title_gets_one_before_anybody_is_asked(visit):
    story = a_story(title="")
    page = visit(path(story))
    assert "It has no title yet. Give it one" in page.text
    assert not page.has("form[action$='/ask']")
    page = visit.post(path(story, "ask"), {"csrf_token": token(visit, story), "seen": "1"})

    assert page.status == 409
    assert "The text has no title yet." in page.text
    assert fresh(story).state is StoryState.SUBMITTED


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 20])
def test_asking_without_saying_about_which_text_asks_nothing(visit, seen):
    story = a_story()
    sent = {"csrf_token": token(visit, story), "seen": seen}

    assert visit.post(path(story, "ask"), sent).status == 409
    assert fresh(story).state is StoryState.SUBMITTED


def test_publishing_shows_it_to_everybody(visit):
    story = approved()
    page = press(visit, story, "Publish")

    assert "It is published." in page.text
    assert page.has(f"a[href='/stories/{fresh(story).slug}/']")
    assert visit(f"/stories/{story.slug}/").status == 200
    assert deeds(story)[-1] == "published"


@pytest.mark.parametrize("make", [a_story, handed_over])
def test_there_is_no_way_to_publish_without_a_yes(visit, make):
    story = make()
    page = visit.post(path(story, "publish"), {"csrf_token": token(visit, story), "override": "1"})

    assert page.status == 409
    assert "has not said yes to exactly this text" in page.text
    assert fresh(story).state is not StoryState.PUBLISHED


def test_yes_to_an_earlier_text_does_not_publish_a_later_one(visit):
    story = approved()
    edited(story, text=f"{TEXT}\n\nMore.")
    page = visit.post(path(story, "publish"), {"csrf_token": token(visit, story)})

    assert page.status == 409
    assert fresh(story).state is StoryState.EDITING


def test_declining_tells_them_why(visit, mailbox):
    story = a_story()
    page = press(visit, story, "Decline the story", words="It is about a shop.\r\nWe are sorry.")

    assert "It is declined" in page.text
    assert fresh(story).state is StoryState.DECLINED
    text = mailbox()[-1].get_body(("plain",)).get_content()
    assert "It is about a shop." in text
    assert "We are sorry." in text


def test_declining_without_words_is_asked_for_and_declines_nothing(visit):
    story = a_story()
    page = press(visit, story, "Decline the story", words=" ")

    assert page.status == 422
    assert page.has(".problem a[href='#words']")
    assert page.has("details[open] #words")
    assert fresh(story).state is StoryState.SUBMITTED


def test_published_story_is_not_declined_and_the_words_are_kept(visit):
    story = approved()
    sent = {"csrf_token": token(visit, story), "words": "A long answer."}
    shaping.publish(story, handed_over().revisions[-1].author)
    assert not visit(path(story)).has("form[action$='/decline']")
    page = visit.post(path(story, "decline"), sent)

    assert page.status == 409
    assert "Only the storyteller can take it back." in page.text
    assert "A long answer." in page.response.text


def asked_if_it_may_stay(story):
    """A year has passed, twice a month more, and nobody answered."""
    for _ in range(3):
        deadlines.ask_or_unlist(story)
    db.session.commit()
    return story


def test_yes_on_the_phone_lets_a_story_stay_and_keeps_who_heard_it(visit):
    story = asked_if_it_may_stay(published())
    assert "have no yes yet" in visit(path(story)).text
    page = press(visit, story, "They said yes: it may stay")

    assert "The story stays" in page.text
    assert (fresh(story).checks, story.unlisted_at) == (0, None)
    assert history(story.conversation)[-1][0] == "still happy"
    assert "have no yes yet" not in visit(path(story)).text


def test_nobody_is_asked_about_staying_out_of_turn(visit):
    assert "it may stay" not in visit(path(published())).text


def test_level_is_set_with_a_reason_and_set_back(visit):
    story = published()
    page = press(visit, story, "Save the level", level="advanced", why="Words from medicine")
    assert "The reading level is saved." in page.text
    assert "Shown as Advanced" in page.text
    assert fresh(story).shown_level is Level.ADVANCED
    assert visit(path(story)).value("why") == "Words from medicine"
    press(visit, story, "Save the level", level="", why="")

    assert fresh(story).level is None
    assert fresh(story).shown_level is Level.BEGINNER


@pytest.mark.parametrize("sent", [{"level": "advanced", "why": " "}, {"level": "x", "why": "y"}])
def test_level_without_a_reason_or_that_is_none_is_not_set(visit, sent):
    story = a_story()
    page = press(visit, story, "Save the level", **sent)

    assert page.status == 422
    assert page.has("details[open] #level")
    assert fresh(story).level is None


def test_use_is_noted_for_the_storyteller(visit):
    story = published()
    page = press(visit, story, "Note it", used="We read it to the council.\nThe lift works now.")

    assert "The lift works now." in page.text
    assert fresh(story).uses[0].text == "We read it to the council.\nThe lift works now."
    own = visit(links.storyteller_url(story))
    assert "The lift works now." in own.text


def test_use_without_words_is_not_noted(visit):
    story = published()

    assert press(visit, story, "Note it", used="").status == 422
    assert not fresh(story).uses


@pytest.mark.parametrize("view", ["ask", "publish", "decline", "level", "uses", "versions"])
def test_nothing_can_be_done_with_a_story_that_was_taken_back(visit, view):
    story = published()
    sent = {
        "csrf_token": token(visit, story),
        "seen": "1",
        "words": "x",
        "level": "advanced",
        "why": "x",
        "used": "x",
        "version_kind": "bsl",
        "version_title": "x",
        "version_language": "en",
        "version_text": "x",
    }
    withdrawal.withdraw(story, keep_files=True)
    before = deeds(story)
    page = visit.post(path(story, view), sent)

    assert page.status == 409
    assert "This story was taken back." in page.text
    assert deeds(story) == before


def test_all_of_it_goes_round_between_editor_and_storyteller(visit):
    """Told, shaped, decided on, asked again, agreed, published, shaped further: yes by yes."""
    story = a_story()
    edited(story, text=TEXT.replace("light", "free"))
    press(visit, story, "Ask the storyteller")
    shaping.revise(story, None, content(story, text=f"{TEXT}\n\nStill me."), 2)
    assert "The storyteller wrote text 3" in visit(path(story)).text
    press(visit, story, "Ask the storyteller")
    page = visit(path(story))
    assert not page.has("form[action$='/publish']")
    newest = story.revisions[-1]
    shaping.approve(story, newest.id, newest.digest)
    press(visit, story, "Publish")
    assert publication.name_for_readers(fresh(story)) == "Ada"
    edited(story, text=f"{TEXT}\n\nStill me, and more.")

    assert "Still me, and more." not in visit(f"/stories/{story.slug}/").text
    assert "which is not public" in visit(path(story)).text
    assert len(texts(story)) == 4
