"""Drafts that were not sent end, after a reminder where one was wanted."""

from __future__ import annotations

import pytest

from portal import storage
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.stories import deadlines
from portal.stories.files import store
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.models import Story
from portal.stories.telling import services
from tests.stories import (
    a_draft,
    a_story,
    approved,
    fresh,
    handed_over,
    published,
)
from tests.stories.days import (
    DAY,
    NOON,
    count,
    declined,
    mails,
    payload,
    work,
)


@pytest.fixture
def app(each_noon):
    return each_noon


def test_an_unsent_draft_is_deleted_60_days_after_the_last_change(app, noon, pass_days):
    story = a_draft()
    noon.shift(30 * DAY)
    services.save(fresh(story), story.version, text="A little more.")
    story_id = story.id
    noon.shift(59 * DAY)
    work()
    assert db.session.get(Story, story_id)

    pass_days(1)
    assert db.session.get(Story, story_id) is None
    assert mails() == []


def test_with_it_go_its_files(app, noon):
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
    assert [one.place for one in store.files_of(story)] == [place]
    noon.shift(60 * DAY)
    work()

    assert (count(Story), count(StoryFile)) == (0, 0)
    with pytest.raises(FileNotFoundError):
        storage.read(place)


def test_what_was_sent_is_never_deleted_by_a_clock(app, noon, pass_days):
    stories = [a_story(), handed_over(), approved(), published(), declined()]
    noon.shift(2000 * DAY)
    pass_days(3)

    assert count(Story) == len(stories)


def test_who_asked_for_it_is_reminded_once_a_week_before(app, noon, pass_days):
    story = a_draft(wants_reminder=True)
    story_id = story.id
    noon.shift(52 * DAY)
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
def test_nobody_else_is_reminded(app, noon, changes):
    a_draft(**changes)
    noon.shift(59 * DAY)
    work()

    assert count(Outgoing) == 0


def test_who_comes_back_is_not_reminded_a_second_time(app, noon, pass_days):
    story = a_draft(wants_reminder=True)
    noon.shift(53 * DAY)
    work()
    services.save(fresh(story), story.version, text="A little more.")
    story_id = story.id
    noon.shift(59 * DAY)
    work()
    assert mails() == ["draft_reminder"]
    assert db.session.get(Story, story_id)

    pass_days(1)
    assert db.session.get(Story, story_id) is None


def test_nothing_is_deleted_within_a_week_of_its_reminder(app, noon, pass_days):
    story = a_draft(wants_reminder=True)
    story_id = story.id
    noon.shift(200 * DAY)  # no worker ran
    work()
    assert mails() == ["draft_reminder"]
    assert "We delete it on 19 October 2030" in payload("story_draft_reminder")["text"]

    pass_days(6)
    assert db.session.get(Story, story_id)
    pass_days(1)
    assert db.session.get(Story, story_id) is None


def test_the_page_can_say_when_a_draft_ends(app):
    story = a_draft()
    assert deadlines.draft_ends(story) == NOON + 60 * DAY
