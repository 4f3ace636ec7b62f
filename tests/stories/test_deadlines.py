"""A text waits for its storyteller, and each year a story for their yes. Silence is never one."""

import pytest

from portal.extensions import db, now
from portal.inbox import intake
from portal.inbox.models import ConversationState
from portal.stories import notices as stories_notices
from portal.stories import shaping, tasks
from portal.stories.states import StoryState
from portal.transaction import NotPossible
from portal.ways import Way
from tests import stories
from tests.conftest import NOON
from tests.stories import a_story, ask, deeds, fresh, handed_over, notes, published, told_team
from tests.stories.days import DAY, PHONE, mails, payload, work

pytestmark = pytest.mark.usefixtures("clock")
each_database = pytest.mark.usefixtures("each_database")
REMINDED = [(7, "reminder"), (21, "reminder"), (28, "resting")]


def wrote(story, text="Soon!", way=Way.EMAIL, **values):
    """Let the storyteller have written to us."""
    intake.add_incoming(story.conversation, text, way=way, **values)


# A text that waits


@each_database
def test_a_storyteller_is_reminded_after_7_days_and_after_21_and_then_left_in_peace(app, pass_days):
    story = handed_over()
    assert pass_days(40) == REMINDED

    assert fresh(story).rested_at == NOON + 28 * DAY
    # Silence is no yes.
    assert story.state is StoryState.WITH_STORYTELLER
    assert story.published is None
    assert story.approvals == []


def test_the_mails_say_how_many_follow_and_both_are_told_that_it_rests(app, pass_days):
    story = handed_over()
    pass_days(7)
    assert "We remind you 1 more time." in payload("story_reminder")["text"]

    pass_days(14)
    last = payload("story_reminder")["text"]
    assert "our last reminder" in last
    assert "by 23 April 2030" in last
    assert fresh(story).conversation.state is ConversationState.WAITING
    pass_days(7)
    assert f"{now():%Y-%m-%d}" == "2030-04-23"
    assert "Nothing of your story is on our site." in payload("story_resting")["text"]
    assert "rests" in deeds(story)
    assert fresh(story).conversation.state is ConversationState.OPEN
    assert "It is our turn" in payload("team_notice")["subject"]


@pytest.mark.parametrize(
    "deed",
    [
        lambda story: stories.edited(story, text="Another text."),
        stories.approved,
        ask,
        lambda story: shaping.comment(story, "I was ill. I want to go on."),
        stories.withdrawn,
    ],
    ids=["an edit", "a yes", "another try", "a comment", "taking it back"],
)
def test_whatever_somebody_does_wakes_what_rests(app, pass_days, deed):
    story = handed_over()
    pass_days(28)
    assert fresh(story).rested_at

    deed(story)
    assert fresh(story).rested_at is None or story.state is StoryState.WITHDRAWN
    assert pass_days(6) == []


def test_who_was_asked_nothing_or_has_answered_is_not_reminded(app, pass_days):
    for make in (a_story, stories.declined, stories.approved):
        story = make()
    with pytest.raises(NotPossible, match="said yes to this text already"):
        ask(story)

    assert pass_days(30) == []


@pytest.mark.parametrize(
    ("day", "deed", "days"),
    [
        (10, ask, 7),
        (20, wrote, 7),
        (20, lambda story: wrote(story, way=Way.WEB), 7),
        (6, lambda story: wrote(story, "I am away.", automatic=True), 1),
    ],
    ids=["asked again", "they mailed", "they wrote", "out of office"],
)
def test_who_is_asked_again_or_writes_is_reminded_a_week_later(app, pass_days, day, deed, days):
    story = handed_over()
    pass_days(day)
    deed(fresh(story))

    assert pass_days(7) == [(days, "reminder")]
    assert fresh(story).reminders == 1


def test_a_published_story_whose_newer_text_waits_stays_up_as_it_was(app, pass_days):
    story = published()
    public = fresh(story).published_revision_id
    handed_over(story, text="I dive now.")

    assert pass_days(28) == REMINDED
    assert fresh(story).state is StoryState.PUBLISHED
    assert story.published_revision_id == public
    assert "What you said yes to before is still on our site" in payload("story_resting")["text"]


def test_after_a_long_stop_of_the_worker_the_steps_keep_their_distance(app, clock, pass_days):
    handed_over()
    clock.shift(100 * DAY)
    for _ in range(5):
        work()

    assert mails() == ["reminder"]
    assert pass_days(30) == [(14, "reminder"), (21, "resting")]


def test_the_days_are_the_teams_to_set(make_app, pass_days):
    with make_app(STORY_REMIND_DAYS="2").app_context():
        handed_over()

        assert pass_days(5) == [(2, "reminder"), (4, "resting")]


def test_who_is_not_reached_by_mail_is_called_by_the_team_which_is_told_once(app, pass_days):
    story = stories.set_talk(handed_over(a_story(**PHONE)), state=ConversationState.WAITING)
    pass_days(7)
    assert notes(story)[-1] == stories_notices.ASKS["reminder"]
    assert fresh(story).conversation.state is ConversationState.OPEN

    pass_days(20)
    before = len(told_team())
    fresh(story).conversation.told_at = None  # somebody opens it
    db.session.commit()
    pass_days(1)
    assert fresh(story).rested_at
    assert notes(story)[-1] == stories_notices.ASKS["resting"]
    assert len(told_team()) == before + 1
    assert mails() == []


def months_pass(clock):
    """Let each clock of a story come to its end."""
    for days in (7, 14, 7, 365, 30, 30):
        clock.shift(days * DAY)
        work()


@pytest.mark.parametrize("what", ["held", "spam", "sample"])
def test_what_is_held_or_spam_or_a_sample_gets_no_mail_by_a_clock(app, clock, what):
    for story in (handed_over(), published()):
        state = ConversationState.OPEN if what == "sample" else ConversationState(what)
        stories.set_talk(story, state=state).is_sample = what == "sample"
    told = len(told_team())
    months_pass(clock)

    assert mails() == []
    assert len(told_team()) == told


def test_what_goes_wrong_with_one_holds_up_no_other(app, pass_days, monkeypatch, caplog):
    broken, fine = handed_over(), handed_over(a_story(email="grace@example.org"))
    real = stories_notices.tell_storyteller

    def tell_or_break(story, *rest, **context):
        if story.id == broken.id:
            raise RuntimeError("broken")
        real(story, *rest, **context)

    monkeypatch.setattr(stories_notices, "tell_storyteller", tell_or_break)
    pass_days(7)
    assert (mails("grace@example.org"), mails()) == (["reminder"], [])
    assert f"What is due for story {broken.id} failed" in caplog.text
    assert (fresh(broken).reminders, fresh(fine).reminders) == (0, 1)

    monkeypatch.undo()
    work()
    assert mails() == ["reminder"]


@pytest.mark.parametrize("is_late", [False, True], ids=["before", "after"])
def test_a_crash_before_the_commit_or_after_it_says_nothing_twice(app, clock, monkeypatch, is_late):
    story = handed_over()
    clock.shift(7 * DAY)
    commit = db.session.commit

    def crash():
        if is_late:
            commit()
        raise SystemExit

    commit()
    monkeypatch.setattr(db.session, "commit", crash)
    with pytest.raises(SystemExit):
        tasks.keep_time.call_local()
    monkeypatch.undo()
    db.session.rollback()
    assert fresh(story).reminders == is_late
    work()
    assert mails() == ["reminder"]


# Each year


@each_database
def test_each_year_they_are_asked_twice_before_the_story_leaves_the_list(app, clock, pass_days):
    story = published()
    clock.shift(363 * DAY)
    assert pass_days(32) == [(2, "still_happy"), (32, "still_happy")]
    assert "on 25 May 2031" in payload("story_still_happy")["text"]
    assert fresh(story).checks == 2
    assert fresh(story).unlisted_at is None

    assert pass_days(30) == [(30, "unlisted")]
    assert fresh(story).unlisted_at
    assert story.state is StoryState.PUBLISHED
    assert story.published
    assert "left the list" in deeds(story)
    assert story.conversation.state is ConversationState.OPEN
    clock.shift(1000 * DAY)
    assert pass_days(1) == []  # nobody is asked any more


@pytest.fixture
def asked(app, clock, pass_days):
    """A published story whose storyteller was asked today, after a year."""
    story = published()
    clock.shift(364 * DAY)
    pass_days(1)
    return fresh(story)


@pytest.mark.parametrize("days", [0, 30, 60])
def test_a_yes_puts_it_back_and_the_year_begins_anew(asked, clock, pass_days, days):
    pass_days(days)
    shaping.still_happy(asked)
    assert (fresh(asked).unlisted_at, asked.checks) == (None, 0)

    clock.shift(363 * DAY)
    assert pass_days(2) == [(2, "still_happy")]


def test_a_yes_on_the_phone_is_noted_with_who_heard_it(app, clock):
    story = published(a_story(**PHONE))
    clock.shift(365 * DAY)
    work()
    assert notes(story)[-1] == stories_notices.ASKS["still_happy"]

    shaping.still_happy(fresh(story), stories.an_editor())
    assert fresh(story).checks == 0
    assert deeds(story)[-1] == "still happy"


def test_a_yes_to_a_new_text_is_one_too_but_no_edit_of_the_team(asked, clock, pass_days):
    stories.edited(asked, text="I dive now.")
    assert pass_days(30) == [(30, "still_happy")]

    published(asked)
    clock.shift(300 * DAY)
    assert pass_days(1) == []
    assert fresh(asked).checks == 0


def test_who_answers_the_question_by_mail_is_not_called_silent(asked, pass_days):
    assert pass_days(39) == [(30, "still_happy")]
    wrote(asked, "Yes, leave it up!")
    assert pass_days(25) == []

    shaping.still_happy(asked, stories.an_editor())
    assert pass_days(60) == []
    assert fresh(asked).unlisted_at is None


def test_a_story_that_was_taken_back_is_not_asked_about(asked, clock):
    stories.withdrawn(asked)
    months_pass(clock)

    assert mails() == ["still_happy", "withdrawn"]
