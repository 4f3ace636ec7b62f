"""What happens when nobody does anything: a reminder, another, rest. Never a publication."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal import storage
from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.inbox import intake, triage
from portal.inbox.models import Message, Way
from portal.inbox.models import State as Lying
from portal.stories import clocks, files, leaving, revisions, sending, services, tasks, tell
from portal.stories.models import FileKind, FileState, State, Story, StoryFile
from portal.stories.transaction import NotPossible
from tests.contact.test_two_at_once import LONGEST
from tests.stories import (
    ADA,
    a_draft,
    a_story,
    an_editor,
    approved,
    content,
    deeds,
    edited,
    fresh,
    handed_over,
    published,
)

NOON = datetime(2030, 3, 26, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = {"email": "", "phone": "0161 496 0000"}


@pytest.fixture
def clock():
    """Time stands still; `clock.shift(timedelta)` moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(make_app, clock, database):
    app = make_app(DATABASE_URL=database, ALERT_URLS="json://127.0.0.1:9")
    with app.app_context():
        yield app


@pytest.fixture
def pass_days(clock):
    """Lets days pass, with the worker's hourly work at noon of each."""

    def run(days):
        for _ in range(days):
            clock.shift(DAY)
            work()

    return run


def work():
    db.session.commit()
    tasks.keep_time.call_local()
    db.session.expire_all()


def mails(address=ADA):
    """What was mailed to an address, oldest first, by name. What every story brings is left out."""
    query = select(Outgoing.name).where(
        Outgoing.address_key == address, Outgoing.action == Action.EMAIL
    )
    names = list(db.session.scalars(query.order_by(Outgoing.id)))
    db.session.commit()
    common = {"story_receipt", "story_ready", "story_published"}
    return [name.removeprefix("story_") for name in names if name not in common]


def payload(name):
    query = select(Outgoing.payload).where(Outgoing.name == name).order_by(Outgoing.id.desc())
    found = db.session.scalars(query).first()
    db.session.commit()
    return found


def notes(story):
    query = select(Message.text).where(
        Message.conversation_id == story.conversation_id, Message.direction == "note"
    )
    return list(db.session.scalars(query.order_by(Message.id)))


def count(model):
    number = db.session.scalar(select(func.count()).select_from(model))
    db.session.commit()
    return number


# A text that waits for its storyteller


def declined():
    story = a_story()
    services.decline(story, an_editor(), "It names others.")
    return story


def test_a_storyteller_is_reminded_after_7_days_and_after_21_and_then_left_in_peace(app, pass_days):
    story = handed_over()
    told = []
    for day in range(1, 60):
        pass_days(1)
        told += [(day, name) for name in mails()[len(told) :]]

    assert told == [(7, "reminder"), (21, "reminder"), (28, "resting")]
    assert fresh(story).rested_at == NOON + 28 * DAY
    assert story.state is State.WITH_STORYTELLER


def test_silence_is_no_yes(app, pass_days):
    story = handed_over()
    pass_days(100)

    assert fresh(story).published is None
    assert story.approvals == []
    assert revisions.valid_approval(story) is None


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
    assert fresh(story).conversation.state is Lying.WAITING
    pass_days(28)

    assert "Nothing of your story is on our site." in payload("story_resting")["text"]
    assert "rests" in deeds(story)
    assert fresh(story).conversation.state is Lying.OPEN
    assert "It is our turn" in payload("team_notice")["subject"]


@pytest.mark.parametrize(
    "deed",
    [
        lambda story: edited(story, text="Another text."),
        lambda story: services.approve(
            story, revisions.latest(story).id, revisions.latest(story).digest
        ),
        lambda story: services.hand_over(story, an_editor(), revisions.number(story)),
        lambda story: services.comment(story, "I was ill. I want to go on."),
        lambda story: leaving.withdraw(story, keep_files=True),
    ],
    ids=["an edit", "a yes", "another try", "a comment", "taking it back"],
)
def test_whatever_somebody_does_wakes_what_rests(app, pass_days, deed):
    story = handed_over()
    pass_days(28)
    assert fresh(story).rested_at

    deed(story)
    assert fresh(story).rested_at is None or story.state is State.WITHDRAWN
    pass_days(6)
    assert mails().count("resting") == 1
    assert mails().count("reminder") == 2


def test_who_has_said_yes_is_not_asked_for_it_again(app, pass_days):
    story = approved()
    with pytest.raises(NotPossible, match="said yes to this text already"):
        services.hand_over(story, an_editor(), revisions.number(story))
    pass_days(7)

    assert mails() == []


def test_who_is_asked_again_is_reminded_again(app, pass_days):
    story = handed_over()
    pass_days(10)
    services.hand_over(fresh(story), an_editor(), revisions.number(story))
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
    services.hand_over(story, an_editor(), revisions.number(story))
    pass_days(28)

    assert mails() == ["reminder", "reminder", "resting"]
    assert fresh(story).state is State.PUBLISHED
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


def test_after_a_long_stop_of_the_worker_the_steps_keep_their_distance(app, clock, pass_days):
    handed_over()
    clock.shift(100 * DAY)
    for _ in range(5):
        work()
    assert mails() == ["reminder"]

    pass_days(13)
    assert mails() == ["reminder"]
    pass_days(1)
    assert mails() == ["reminder", "reminder"]
    pass_days(7)
    assert mails() == ["reminder", "reminder", "resting"]


def test_the_days_are_the_teams_to_set(make_app, clock, database, pass_days):
    with make_app(DATABASE_URL=database, STORY_REMIND_DAYS="2").app_context():
        handed_over()
        pass_days(2)
        assert mails() == ["reminder"]
        pass_days(2)
        assert mails() == ["reminder", "resting"]


def test_who_is_not_reached_by_mail_is_called_by_the_team(app, pass_days):
    story = handed_over(a_story(**PHONE))
    fresh(story).conversation.state = Lying.WAITING
    pass_days(7)

    assert notes(story)[-1] == tell.ASKS["reminder"]
    assert fresh(story).conversation.state is Lying.OPEN
    pass_days(21)
    assert notes(story)[-1] == tell.ASKS["resting"]
    assert mails() == []


def test_the_team_is_told_once_that_a_story_of_somebody_without_mail_rests(app, pass_days):
    story = handed_over(a_story(**PHONE))
    pass_days(27)
    before = notices()
    pass_days(1)

    assert fresh(story).rested_at
    assert notices() == before + 1


def notices():
    number = db.session.scalar(
        select(func.count()).select_from(Outgoing).where(Outgoing.name == "team_notice")
    )
    db.session.commit()
    return number


def test_a_sample_is_never_asked(app, pass_days, clock):
    story = handed_over()
    up = published()
    fresh(story).is_sample = fresh(up).is_sample = True
    pass_days(30)
    clock.shift(400 * DAY)
    work()

    assert mails() == []


def test_what_goes_wrong_with_one_holds_up_no_other(app, pass_days, monkeypatch, caplog):
    broken, fine = handed_over(), handed_over(a_story(email="grace@example.org"))
    real = tell.storyteller

    def tell_or_break(story, *rest, **context):
        if story.id == broken.id:
            raise RuntimeError("broken")
        real(story, *rest, **context)

    monkeypatch.setattr(tell, "storyteller", tell_or_break)
    pass_days(7)
    assert mails("grace@example.org") == ["reminder"]
    assert mails() == []
    assert f"The clocks of story {broken.id} stand still" in caplog.text
    assert fresh(broken).reminders == 0

    monkeypatch.undo()
    work()
    assert mails() == ["reminder"]
    assert fresh(fine).reminders == 1


def test_a_crash_before_the_commit_says_nothing_and_one_after_it_says_nothing_twice(
    app, clock, monkeypatch
):
    story = handed_over()
    clock.shift(7 * DAY)
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


# Two workers at once


@pytest.mark.parametrize("round_", range(3))
def test_of_two_workers_one_says_it(app, clock, round_):
    people = [f"person-{number}@example.org" for number in range(6)]
    for person in people:
        handed_over(a_story(email=person))
    draft = a_draft(email="draft@example.org", wants_reminder=True)
    draft_id = draft.id
    clock.shift(7 * DAY)
    db.session.commit()
    for _ in range(2):
        two_at_once(app)

    assert [mails(person) for person in people] == [["reminder"]] * len(people)
    clock.shift(46 * DAY)
    two_at_once(app)
    assert mails("draft@example.org") == ["draft_reminder"]
    clock.shift(7 * DAY)
    two_at_once(app)
    assert db.session.get(Story, draft_id, populate_existing=True) is None


def two_at_once(app):
    db.session.commit()
    ready, wrong = threading.Barrier(2), []

    def run():
        with app.app_context():
            ready.wait(LONGEST)
            try:
                tasks.keep_time.call_local()
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    assert wrong == []
    db.session.expire_all()


def test_a_yes_in_the_moment_of_a_reminder_stands(app, clock):
    story = handed_over()
    newest = revisions.latest(story)
    key, story_id = (newest.id, newest.digest), story.id
    clock.shift(28 * DAY)
    db.session.commit()
    ready, wrong = threading.Barrier(2), []

    def run(deed):
        with app.app_context():
            ready.wait(LONGEST)
            try:
                deed()
            except Exception as error:
                wrong.append(error)

    say_yes = lambda: services.approve(db.session.get(Story, story_id), *key)  # noqa: E731
    threads = [threading.Thread(target=run, args=[one]) for one in (say_yes, tasks.keep_time)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)

    assert wrong == []
    assert fresh(story).state is State.APPROVED
    assert revisions.valid_approval(story)


# The yearly question


def test_each_year_a_storyteller_is_asked_twice_before_the_story_leaves_the_list(
    app, clock, pass_days
):
    story = published()
    clock.shift(363 * DAY)
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
    assert story.state is State.PUBLISHED
    assert story.published
    assert "left the list" in deeds(story)
    assert story.conversation.state is Lying.OPEN


def test_after_that_nobody_is_asked_any_more(app, pass_days, clock):
    published()
    clock.shift(364 * DAY)
    pass_days(61)
    clock.shift(1000 * DAY)
    work()

    assert len(mails()) == 3


@pytest.mark.parametrize("days", [365, 395, 425, 600])
def test_a_yes_puts_it_back_and_the_year_begins_anew(app, clock, pass_days, days):
    story = published()
    clock.shift(364 * DAY)
    pass_days(days - 364)
    asked = len(mails())

    services.still_happy(fresh(story))
    assert (fresh(story).unlisted_at, story.checks) == (None, 0)
    clock.shift(364 * DAY)
    work()
    assert len(mails()) == asked
    pass_days(1)
    assert mails()[asked:] == ["still_happy"]


def test_a_yes_on_the_phone_is_noted_with_who_heard_it(app, pass_days, clock):
    story = published(a_story(**PHONE))
    clock.shift(364 * DAY)
    pass_days(1)
    assert notes(story)[-1] == tell.ASKS["still_happy"]

    services.still_happy(fresh(story), an_editor())
    assert fresh(story).checks == 0
    assert deeds(story)[-1] == "still happy"


def test_a_new_text_that_was_said_yes_to_is_a_yes_too(app, clock, pass_days):
    story = published()
    clock.shift(364 * DAY)
    pass_days(31)
    edited(fresh(story), text="I dive now.")
    published(story)
    clock.shift(300 * DAY)
    work()

    assert mails() == ["still_happy", "still_happy"]
    assert fresh(story).checks == 0


def test_an_edit_by_the_team_does_not_stop_the_question(app, clock, pass_days):
    story = published()
    clock.shift(364 * DAY)
    pass_days(1)
    edited(fresh(story), text="An editor's draft of a newer text.")
    pass_days(30)

    assert mails() == ["still_happy", "still_happy"]


def test_who_answers_the_question_by_mail_is_not_called_silent(app, clock, pass_days):
    story = published()
    clock.shift(364 * DAY)
    pass_days(40)
    intake.add_incoming(fresh(story).conversation, "Yes, leave it up!", way=Way.EMAIL)
    pass_days(25)
    assert mails() == ["still_happy", "still_happy"]
    assert fresh(story).unlisted_at is None

    services.still_happy(fresh(story), an_editor())
    pass_days(60)
    assert fresh(story).unlisted_at is None


def test_a_story_that_was_taken_back_is_not_asked_about(app, clock, pass_days):
    story = published()
    leaving.withdraw(story, keep_files=True)
    clock.shift(364 * DAY)
    pass_days(70)

    assert mails() == ["withdrawn"]


# Drafts


def test_an_unsent_draft_is_deleted_60_days_after_the_last_change(app, clock, pass_days):
    story = a_draft()
    clock.shift(30 * DAY)
    sending.save(fresh(story), story.version, text="A little more.")
    story_id = story.id
    clock.shift(59 * DAY)
    work()
    assert db.session.get(Story, story_id)

    pass_days(1)
    assert db.session.get(Story, story_id) is None
    assert mails() == []


def test_with_it_go_its_files(app, clock):
    story = a_draft()
    place = storage.keep(b"a sound")
    db.session.add(
        StoryFile(
            key="k",
            story_id=story.id,
            name="me.ogg",
            kind=FileKind.SOUND,
            state=FileState.KEPT,
            place=place,
        )
    )
    db.session.commit()
    assert [one.place for one in files.of(story)] == [place]
    clock.shift(60 * DAY)
    work()

    assert (count(Story), count(StoryFile)) == (0, 0)
    with pytest.raises(FileNotFoundError):
        storage.read(place)


def test_what_was_sent_is_never_deleted_by_a_clock(app, clock, pass_days):
    stories = [a_story(), handed_over(), approved(), published(), declined()]
    clock.shift(2000 * DAY)
    pass_days(3)

    assert count(Story) == len(stories)


def test_who_asked_for_it_is_reminded_once_a_week_before(app, clock, pass_days):
    story = a_draft(wants_reminder=True)
    story_id = story.id
    clock.shift(52 * DAY)
    work()
    assert mails() == []

    pass_days(1)
    assert mails() == ["draft_reminder"]
    assert "We delete it on 25 May 2030" in payload("story_draft_reminder")["text"]
    pass_days(6)
    assert mails() == ["draft_reminder"]
    assert db.session.get(Story, story_id)
    pass_days(1)
    assert db.session.get(Story, story_id) is None


@pytest.mark.parametrize(
    "changes", [{"wants_reminder": False}, {"wants_reminder": True, "email": ""}]
)
def test_nobody_else_is_reminded(app, clock, changes):
    a_draft(**changes)
    clock.shift(59 * DAY)
    work()

    assert count(Outgoing) == 0


def test_who_comes_back_is_not_reminded_a_second_time(app, clock, pass_days):
    story = a_draft(wants_reminder=True)
    clock.shift(53 * DAY)
    work()
    sending.save(fresh(story), story.version, text="A little more.")
    story_id = story.id
    clock.shift(59 * DAY)
    work()
    assert mails() == ["draft_reminder"]
    assert db.session.get(Story, story_id)

    pass_days(1)
    assert db.session.get(Story, story_id) is None


def test_nothing_is_deleted_within_a_week_of_its_reminder(app, clock, pass_days):
    story = a_draft(wants_reminder=True)
    story_id = story.id
    clock.shift(200 * DAY)  # no worker ran
    work()
    assert mails() == ["draft_reminder"]
    assert "We delete it on 19 October 2030" in payload("story_draft_reminder")["text"]

    pass_days(6)
    assert db.session.get(Story, story_id)
    pass_days(1)
    assert db.session.get(Story, story_id) is None


def test_the_page_can_say_when_a_draft_ends(app):
    story = a_draft()
    assert clocks.draft_ends(story) == NOON + 60 * DAY


# Who hears what


@pytest.mark.parametrize("state", [Lying.HELD, Lying.SPAM])
def test_what_is_held_or_spam_gets_no_mail_by_a_clock(app, pass_days, clock, state):
    story, up = handed_over(), published(a_story(email="grace@example.org"))
    for one in (story, up):
        triage.lock(fresh(one).conversation)
        one.conversation.state = state
        db.session.commit()
    told = notices()
    pass_days(28)
    clock.shift(400 * DAY)
    pass_days(70)

    assert mails() == mails("grace@example.org") == []
    assert notices() == told


def test_the_text_of_a_clocks_mail_has_no_typed_word(app, pass_days, clock):
    published()
    story = handed_over(a_story(email="grace@example.org"))
    pass_days(28)
    clock.shift(340 * DAY)
    pass_days(70)
    query = select(Outgoing.payload).where(Outgoing.name.startswith("story_"))
    told = [one for one in db.session.scalars(query) if one]

    assert len(told) >= 9
    for one in told:
        for typed in ("Ada", "Lovelace", "How I found the water", "pool", "Eda"):
            assert typed not in one["subject"] + one["text"] + one["html"]
    assert content(story).title == "How I found the water"
