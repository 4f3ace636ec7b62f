"""A text waits for its storyteller: a reminder, another, rest. Never a publication."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.extensions import db
from portal.inbox import intake
from portal.inbox.models import ConversationState
from portal.stories import notices as stories_notices
from portal.stories import shaping, tasks, texts, withdrawal
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.transaction import NotPossible
from portal.ways import Way
from tests.stories import (
    a_story,
    an_editor,
    approved,
    deeds,
    edited,
    fresh,
    handed_over,
    published,
)
from tests.stories.days import (
    DAY,
    NOON,
    PHONE,
    declined,
    mails,
    notes,
    notices,
    payload,
    work,
)


@pytest.fixture
def app(each_noon):
    return each_noon


def test_a_storyteller_is_reminded_after_7_days_and_after_21_and_then_left_in_peace(app, pass_days):
    story = handed_over()
    told = []
    for day in range(1, 60):
        pass_days(1)
        told += [(day, name) for name in mails()[len(told) :]]

    assert told == [(7, "reminder"), (21, "reminder"), (28, "resting")]
    assert fresh(story).rested_at == NOON + 28 * DAY
    assert story.state is StoryState.WITH_STORYTELLER


def test_silence_is_no_yes(app, pass_days):
    story = handed_over()
    pass_days(100)

    assert fresh(story).published is None
    assert story.approvals == []
    assert texts.valid_approval(story) is None


def test_the_reminders_say_how_many_follow_and_when_the_text_goes_to_rest(app, pass_days):
    handed_over()
    pass_days(7)
    assert "We remind you 1 more time." in payload("story_reminder")["text"]

    pass_days(14)
    last = payload("story_reminder")["text"]
    assert "our last reminder" in last
    assert "by 23 April 2030" in last
    pass_days(7)
    assert mails()[-1] == "resting"
    assert datetime.now(UTC).date().isoformat() == "2030-04-23"


def test_both_are_told_that_it_rests(app, pass_days):
    story = handed_over()
    assert fresh(story).conversation.state is ConversationState.WAITING
    pass_days(28)

    assert "Nothing of your story is on our site." in payload("story_resting")["text"]
    assert "rests" in deeds(story)
    assert fresh(story).conversation.state is ConversationState.OPEN
    assert "It is our turn" in payload("team_notice")["subject"]


@pytest.mark.parametrize(
    "deed",
    [
        lambda story: edited(story, text="Another text."),
        lambda story: shaping.approve(story, texts.latest(story).id, texts.latest(story).digest),
        lambda story: shaping.hand_over(story, an_editor(), texts.number(story)),
        lambda story: shaping.comment(story, "I was ill. I want to go on."),
        lambda story: withdrawal.withdraw(story, keep_files=True),
    ],
    ids=["an edit", "a yes", "another try", "a comment", "taking it back"],
)
def test_whatever_somebody_does_wakes_what_rests(app, pass_days, deed):
    story = handed_over()
    pass_days(28)
    assert fresh(story).rested_at

    deed(story)
    assert fresh(story).rested_at is None or story.state is StoryState.WITHDRAWN
    pass_days(6)
    assert mails().count("resting") == 1
    assert mails().count("reminder") == 2


def test_who_has_said_yes_is_not_asked_for_it_again(app, pass_days):
    story = approved()
    with pytest.raises(NotPossible, match="said yes to this text already"):
        shaping.hand_over(story, an_editor(), texts.number(story))
    pass_days(7)

    assert mails() == []


def test_who_is_asked_again_is_reminded_again(app, pass_days):
    story = handed_over()
    pass_days(10)
    shaping.hand_over(fresh(story), an_editor(), texts.number(story))
    pass_days(6)
    assert mails() == ["reminder"]

    pass_days(1)
    assert mails() == ["reminder", "reminder"]


@pytest.mark.parametrize(
    "make", [a_story, approved, declined], ids=["sent", "approved", "declined"]
)
def test_who_was_asked_nothing_is_not_reminded(app, pass_days, make):
    make()
    before = mails()
    pass_days(60)

    assert mails() == before


def test_a_published_story_whose_newer_text_waits_stays_up_as_it_was(app, pass_days):
    story = published()
    public = fresh(story).published_revision_id
    edited(story, text="I dive now.")
    shaping.hand_over(story, an_editor(), texts.number(story))
    pass_days(28)

    assert mails() == ["reminder", "reminder", "resting"]
    assert fresh(story).state is StoryState.PUBLISHED
    assert story.published_revision_id == public
    assert "What you said yes to before is still on our site" in payload("story_resting")["text"]


@pytest.mark.parametrize("way", [Way.EMAIL, Way.WEB])
def test_who_writes_to_us_instead_is_not_silent(app, pass_days, way):
    story = handed_over()
    pass_days(20)
    intake.add_incoming(fresh(story).conversation, "I am on holiday. Next month!", way=way)
    pass_days(6)
    assert mails() == ["reminder"]

    pass_days(1)  # a week after what they wrote
    assert mails() == ["reminder", "reminder"]
    assert fresh(story).reminders == 1


def test_an_out_of_office_note_is_no_answer(app, pass_days):
    story = handed_over()
    pass_days(6)
    intake.add_incoming(fresh(story).conversation, "I am away.", way=Way.EMAIL, automatic=True)
    pass_days(1)

    assert mails() == ["reminder"]


def test_after_a_long_stop_of_the_worker_the_steps_keep_their_distance(app, noon, pass_days):
    handed_over()
    noon.shift(100 * DAY)
    for _ in range(5):
        work()
    assert mails() == ["reminder"]

    pass_days(13)
    assert mails() == ["reminder"]
    pass_days(1)
    assert mails() == ["reminder", "reminder"]
    pass_days(7)
    assert mails() == ["reminder", "reminder", "resting"]


def test_the_days_are_the_teams_to_set(make_app, noon, database, pass_days):
    with make_app(DATABASE_URL=database, STORY_REMIND_DAYS="2").app_context():
        handed_over()
        pass_days(2)
        assert mails() == ["reminder"]
        pass_days(2)
        assert mails() == ["reminder", "resting"]


def test_who_is_not_reached_by_mail_is_called_by_the_team(app, pass_days):
    story = handed_over(a_story(**PHONE))
    fresh(story).conversation.state = ConversationState.WAITING
    pass_days(7)

    assert notes(story)[-1] == stories_notices.ASKS["reminder"]
    assert fresh(story).conversation.state is ConversationState.OPEN
    pass_days(21)
    assert notes(story)[-1] == stories_notices.ASKS["resting"]
    assert mails() == []


def test_the_team_is_told_once_that_a_story_of_somebody_without_mail_rests(app, pass_days):
    story = handed_over(a_story(**PHONE))
    pass_days(27)
    before = notices()
    pass_days(1)

    assert fresh(story).rested_at
    assert notices() == before + 1


def test_a_sample_is_never_asked(app, pass_days, noon):
    story = handed_over()
    up = published()
    fresh(story).is_sample = fresh(up).is_sample = True
    pass_days(30)
    noon.shift(400 * DAY)
    work()

    assert mails() == []


def test_what_goes_wrong_with_one_holds_up_no_other(app, pass_days, monkeypatch, caplog):
    broken, fine = handed_over(), handed_over(a_story(email="grace@example.org"))
    real = stories_notices.storyteller

    def tell_or_break(story, *rest, **context):
        if story.id == broken.id:
            raise RuntimeError("broken")
        real(story, *rest, **context)

    monkeypatch.setattr(stories_notices, "storyteller", tell_or_break)
    pass_days(7)
    assert mails("grace@example.org") == ["reminder"]
    assert mails() == []
    assert f"What is due for story {broken.id} failed" in caplog.text
    assert fresh(broken).reminders == 0

    monkeypatch.undo()
    work()
    assert mails() == ["reminder"]
    assert fresh(fine).reminders == 1


def test_a_crash_before_the_commit_says_nothing_and_one_after_it_says_nothing_twice(
    app, noon, monkeypatch
):
    story = handed_over()
    noon.shift(7 * DAY)
    db.session.commit()
    commit, crashes = db.session.commit, [True, False]

    class Crash(BaseException):
        """The process is gone."""

    def commit_or_crash():
        before = crashes.pop(0) if crashes and db.session.dirty | db.session.new else None
        if before is None:
            commit()
        elif before:
            raise Crash
        else:
            commit()
            raise Crash

    monkeypatch.setattr(db.session, "commit", commit_or_crash)
    with pytest.raises(Crash):
        tasks.keep_time.call_local()
    db.session.rollback()
    assert db.session.get(Story, story.id, populate_existing=True).reminders == 0
    db.session.rollback()
    with pytest.raises(Crash):
        tasks.keep_time.call_local()
    db.session.rollback()
    monkeypatch.undo()
    work()

    assert mails() == ["reminder"]
