"""Drafts that were not sent end, after a reminder where one was wanted."""

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.inbox.models import Conversation, ConversationState
from portal.stories import deadlines
from portal.stories.models import Story
from portal.stories.telling import services
from tests.conftest import NOON
from tests.stories import a_draft, a_story, approved, count, declined, fresh, handed_over, published
from tests.stories.days import DAY, mails, payload, work
from tests.stories.desk import with_file
from tests.stories.media import PDF, rows, stored

pytestmark = pytest.mark.usefixtures("clock")
each_database = pytest.mark.usefixtures("each_database")


@each_database
def test_an_unsent_draft_goes_with_its_files_60_days_after_its_last_change_and_is_said_once(
    app, clock, pass_days
):
    with_file(story := a_draft(wants_reminder=True), "me.pdf", PDF)
    assert deadlines.draft_ends(story) == NOON + 60 * DAY
    clock.shift(53 * DAY)
    work()
    assert mails() == ["draft_reminder"]
    services.save(fresh(story), story.version, text="A little more.")
    clock.shift(58 * DAY)
    assert pass_days(1) == []
    assert (count(Story), len(rows()), stored(app)) == (1, 1, [PDF])

    assert pass_days(1) == []
    assert (count(Story), rows(), stored(app)) == (0, [], [])


@each_database
def test_a_story_that_is_spam_ends_with_its_files_and_one_that_was_worked_on_never(
    app, clock, pass_days
):
    with_file(spam := a_story(), "buy.pdf", PDF)
    worked_on = published()
    for story in (spam, worked_on):
        fresh(story).conversation.state = ConversationState.SPAM
        fresh(story).conversation.changed_at = now()
    db.session.commit()
    clock.shift(29 * DAY)
    pass_days(1)
    assert (count(Story), stored(app)) == (2, [PDF])

    pass_days(1)
    assert (fresh(worked_on).state, count(Story), stored(app)) == ("published", 1, [])
    subjects = db.session.scalars(select(Conversation.subject).order_by(Conversation.id)).all()
    assert subjects == ["Erased", "How I found the water"]


def test_what_was_sent_is_never_deleted_by_a_clock(app, clock, pass_days):
    stories = [a_story(), handed_over(), approved(), published(), declined()]
    clock.shift(2000 * DAY)
    pass_days(3)

    assert count(Story) == len(stories)


@each_database
@pytest.mark.parametrize(
    ("days", "ends"), [(53, "25 May 2030"), (200, "19 October 2030")], ids=["in time", "late"]
)
def test_who_asked_for_it_is_reminded_once_a_week_before(app, clock, pass_days, days, ends):
    a_draft(wants_reminder=True)
    clock.shift(51 * DAY)
    if days == 53:
        assert pass_days(1) == []  # otherwise no worker ran
    clock.shift((days - 1) * DAY + NOON - now())

    assert pass_days(7) == [(1, "draft_reminder")]
    assert f"We delete it on {ends}" in payload("story_draft_reminder")["text"]
    assert count(Story) == 1
    pass_days(1)
    assert count(Story) == 0


def test_nobody_else_is_reminded(app, clock):
    for changes in ({"wants_reminder": False}, {"wants_reminder": True, "email": ""}):
        a_draft(**changes)
    clock.shift(59 * DAY)
    work()

    assert count(Outgoing) == 0
