"""Each year: may it stay? Without a yes it leaves the list, and nothing else happens."""

from __future__ import annotations

import pytest

from portal.inbox import intake
from portal.inbox.models import ConversationState
from portal.stories import notices, shaping, withdrawal
from portal.stories.states import StoryState
from portal.ways import Way
from tests.stories import (
    a_story,
    an_editor,
    deeds,
    edited,
    fresh,
    published,
)
from tests.stories.days import (
    DAY,
    PHONE,
    mails,
    notes,
    payload,
    work,
)


@pytest.fixture
def app(each_noon):
    return each_noon


def test_each_year_a_storyteller_is_asked_twice_before_the_story_leaves_the_list(
    app, noon, pass_days
):
    story = published()
    noon.shift(363 * DAY)
    pass_days(1)
    assert mails() == []

    pass_days(1)
    assert mails() == ["still_happy"]
    assert fresh(story).checks == 1
    pass_days(30)
    assert mails() == ["still_happy", "still_happy"]
    assert "on 25 May 2031" in payload("story_still_happy")["text"]
    assert fresh(story).unlisted_at is None
    pass_days(30)
    assert mails() == ["still_happy", "still_happy", "unlisted"]
    assert fresh(story).unlisted_at
    assert story.state is StoryState.PUBLISHED
    assert story.published
    assert "left the list" in deeds(story)
    assert story.conversation.state is ConversationState.OPEN


def test_after_that_nobody_is_asked_any_more(app, pass_days, noon):
    published()
    noon.shift(364 * DAY)
    pass_days(61)
    noon.shift(1000 * DAY)
    work()

    assert len(mails()) == 3


@pytest.mark.parametrize("days", [365, 395, 425, 600])
def test_a_yes_puts_it_back_and_the_year_begins_anew(app, noon, pass_days, days):
    story = published()
    noon.shift(364 * DAY)
    pass_days(days - 364)
    asked = len(mails())

    shaping.still_happy(fresh(story))
    assert (fresh(story).unlisted_at, story.checks) == (None, 0)
    noon.shift(364 * DAY)
    work()
    assert len(mails()) == asked
    pass_days(1)
    assert mails()[asked:] == ["still_happy"]


def test_a_yes_on_the_phone_is_noted_with_who_heard_it(app, pass_days, noon):
    story = published(a_story(**PHONE))
    noon.shift(364 * DAY)
    pass_days(1)
    assert notes(story)[-1] == notices.ASKS["still_happy"]

    shaping.still_happy(fresh(story), an_editor())
    assert fresh(story).checks == 0
    assert deeds(story)[-1] == "still happy"


def test_a_new_text_that_was_said_yes_to_is_a_yes_too(app, noon, pass_days):
    story = published()
    noon.shift(364 * DAY)
    pass_days(31)
    edited(fresh(story), text="I dive now.")
    published(story)
    noon.shift(300 * DAY)
    work()

    assert mails() == ["still_happy", "still_happy"]
    assert fresh(story).checks == 0


def test_an_edit_by_the_team_does_not_stop_the_question(app, noon, pass_days):
    story = published()
    noon.shift(364 * DAY)
    pass_days(1)
    edited(fresh(story), text="An editor's draft of a newer text.")
    pass_days(30)

    assert mails() == ["still_happy", "still_happy"]


def test_who_answers_the_question_by_mail_is_not_called_silent(app, noon, pass_days):
    story = published()
    noon.shift(364 * DAY)
    pass_days(40)
    intake.add_incoming(fresh(story).conversation, "Yes, leave it up!", way=Way.EMAIL)
    pass_days(25)
    assert mails() == ["still_happy", "still_happy"]
    assert fresh(story).unlisted_at is None

    shaping.still_happy(fresh(story), an_editor())
    pass_days(60)
    assert fresh(story).unlisted_at is None


def test_a_story_that_was_taken_back_is_not_asked_about(app, noon, pass_days):
    story = published()
    withdrawal.withdraw(story, keep_files=True)
    noon.shift(364 * DAY)
    pass_days(70)

    assert mails() == ["withdrawn"]
