"""Ask the storyteller, publish, decline, set the level, and note where a story was used."""

from datetime import timedelta

import pytest

from portal.delivery.models import OutgoingState
from portal.extensions import db
from portal.inbox.models import ConversationState
from portal.stories import asking, deadlines, links, shaping
from portal.stories.states import Level, StoryState
from portal.transaction import lock
from tests import stories
from tests.inbox.desk import history
from tests.stories import ALL_YES, a_story, approved, ask, content, deeds, edited, fresh, published
from tests.stories.desk import path, post, press, typed


def test_asking_mails_their_link_and_waits_for_them(visit_plain, mailbox):
    story = a_story()
    edited(story)
    before = len(mailbox())
    page = press(visit_plain, story, "Ask the storyteller")

    assert "The storyteller is asked." in page.text
    assert fresh(story).state is StoryState.WITH_STORYTELLER
    assert fresh(story).conversation.state is ConversationState.WAITING
    mail = mailbox()[before:][-1]
    assert mail["To"] == "ada@example.org"
    assert "http://portal.test/stories/mine/" in mail.get_body(("plain",)).get_content()


def test_asking_again_sends_one_mail_a_day_and_the_page_says_when(visit_plain, mailbox):
    story = a_story()
    press(visit_plain, story, "Ask the storyteller")
    page, before = visit_plain(path(story)), len(mailbox())
    for _ in range(3):
        assert "The storyteller is asked." in post(visit_plain, story, "ask", seen="1").text

    assert len(mailbox()) == before
    assert not page.has("form[action$='/ask']")
    assert "The last mail about it" in page.text
    assert "You can ask again from" in page.text
    lock(fresh(story))
    story.asked_at -= timedelta(days=1, minutes=1)
    db.session.commit()
    press(visit_plain, story, "Ask again")
    assert len(mailbox()) == before + 1


def test_who_was_not_reached_is_asked_again_at_once(visit_plain):
    story = ask(a_story())
    asking.last_mail(story).state = OutgoingState.BOUNCED
    db.session.commit()
    press(visit_plain, story, "Ask again")

    assert asking.last_mail(fresh(story)).state is not OutgoingState.BOUNCED
    db.session.commit()


@pytest.mark.parametrize(
    ("by", "says"), [("phone", "They get no email"), ("web", "They want no contact")]
)
def test_who_gets_no_mail_is_asked_too_and_the_page_says_so(visit_plain, mailbox, by, says):
    story = a_story(email="", phone="020 7946 0018", answers=ALL_YES | {"reply_by": by})
    assert says in visit_plain(path(story)).text
    press(visit_plain, story, "Ask the storyteller")

    assert fresh(story).state is StoryState.WITH_STORYTELLER
    assert {mail["To"] for mail in mailbox()} <= {"media@getyourselfactive.org"}, "only the team"
    assert len(stories.notes(story)) == (by == "phone")


def test_only_who_saw_the_newest_text_can_ask_about_it(visit_plain):
    story = a_story()
    shaping.revise(story, None, content(story, title="Mine"), 1)
    page = post(visit_plain, story, "ask", seen="1")

    assert page.status == 409
    assert "There is a newer text than the one that you saw." in page.text
    assert fresh(story).state is StoryState.EDITING


def test_text_without_a_title_gets_one_before_anybody_is_asked(visit_plain):
    story = a_story(title="")
    page = visit_plain(path(story))
    assert "It has no title yet. Give it one" in page.text
    assert not page.has("form[action$='/ask']")
    page = post(visit_plain, story, "ask", seen="1")

    assert page.status == 409
    assert "The text has no title yet." in page.text
    assert fresh(story).state is StoryState.SUBMITTED


def test_publishing_shows_it_to_everybody(visit_plain):
    story = approved()
    page = press(visit_plain, story, "Publish")

    assert "It is published." in page.text
    assert page.has(f"a[href='/stories/{fresh(story).slug}/']")
    assert visit_plain(f"/stories/{story.slug}/").status == 200
    assert deeds(story)[-1] == "published"


def test_there_is_no_way_to_publish_without_a_yes_to_the_newest_text(visit_plain):
    story = edited(approved(), text="It is not this any more.").story
    page = post(visit_plain, story, "publish", override="1")

    assert page.status == 409
    assert "has not said yes to exactly this text" in page.text
    assert fresh(story).state is StoryState.EDITING


def test_declining_tells_them_why(visit_plain, mailbox):
    story, words = a_story(), "It is about a shop.\r\nWe are sorry."
    mailbox()  # the receipt has gone
    page = press(visit_plain, story, "Decline the story", words=words)

    assert "It is declined" in page.text
    assert fresh(story).state is StoryState.DECLINED
    text = mailbox()[-1].get_body(("plain",)).get_content()
    assert "It is about a shop." in text
    assert "We are sorry." in text


@pytest.mark.parametrize(
    ("button", "field"), [("Decline the story", "words"), ("Save the level", "why")]
)
def test_form_in_which_something_is_missing_is_open(visit, button, field):
    page = press(visit, a_story(), button, words=" ", level="advanced", why=" ")

    assert page.status == 422
    assert page.has(f"details[open] #{field}")


def test_published_story_is_not_declined_and_the_words_are_kept(visit_plain):
    story = published()
    assert not visit_plain(path(story)).has("form[action$='/decline']")
    page = post(visit_plain, story, "decline", words="A long answer.")

    assert page.status == 409
    assert "Only the storyteller can take it back." in page.text
    assert "A long answer." in page.response.text


def test_yes_on_the_phone_lets_a_story_stay_and_keeps_who_heard_it(visit_plain):
    story = published()
    assert "it may stay" not in visit_plain(path(story)).text, "nobody is asked out of turn"
    for _ in range(3):  # a year has passed, twice a month more, and nobody answered
        deadlines.ask_or_unlist(story)
    db.session.commit()
    assert "have no yes yet" in visit_plain(path(story)).text
    page = press(visit_plain, story, "They said yes: it may stay")

    assert "The story stays" in page.text
    assert (fresh(story).checks, story.unlisted_at) == (0, None)
    assert history(story.conversation)[-1][0] == "still happy"
    assert "have no yes yet" not in visit_plain(path(story)).text


def test_level_is_set_with_a_reason_and_set_back(visit_plain):
    story = published()
    why = "Words from medicine"
    page = press(visit_plain, story, "Save the level", level="advanced", why=why)
    assert "The reading level is saved." in page.text
    assert "Shown as Advanced" in page.text
    assert fresh(story).shown_level is Level.ADVANCED
    assert visit_plain(path(story)).value("why") == why
    press(visit_plain, story, "Save the level", level="", why="")

    assert fresh(story).level is None
    assert fresh(story).shown_level is Level.BEGINNER


def test_use_is_noted_for_the_storyteller(visit_plain):
    story = published()
    page = press(
        visit_plain, story, "Note it", channel="site", used="To the council.\nThe lift works now."
    )

    assert "The lift works now." in page.text
    assert fresh(story).uses[0].text == "To the council.\nThe lift works now."
    assert "The lift works now." in visit_plain(links.storyteller_url(story)).text


@pytest.mark.parametrize("view", ["ask", "publish", "text", "decline", "level", "uses", "versions"])
def test_nothing_is_done_with_a_story_that_was_taken_back_and_no_word_is_lost(visit_plain, view):
    story, fields = published(), ["text", "words", "why", "used", "version_title", "version_text"]
    sent = typed(visit_plain, story, do="save", reason="So", level="advanced", seen="1")
    sent |= {"version_kind": "bsl", "version_language": "en"} | dict.fromkeys(fields, "My work.")
    stories.withdrawn(story)
    before = deeds(story)
    page = visit_plain.post(path(story, view), sent)

    assert page.status == 409
    assert "This story was taken back." in page.text
    assert "My work." in page.text
    assert not page.has("main form")
    assert deeds(story) == before
