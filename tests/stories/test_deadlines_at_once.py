"""The clocks of stories when a worker stops, two run, or something goes wrong."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox.models import ConversationState
from portal.stories import shaping, tasks, texts
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.transaction import lock
from tests.at_once import LONGEST
from tests.stories import (
    a_draft,
    a_story,
    content,
    fresh,
    handed_over,
    published,
)
from tests.stories.days import (
    DAY,
    mails,
    notices,
)


@pytest.fixture
def app(each_noon):
    return each_noon


@pytest.mark.parametrize("round_", range(3))
def test_of_two_workers_one_says_it(app, noon, round_):
    people = [f"person-{number}@example.org" for number in range(6)]
    for person in people:
        handed_over(a_story(email=person))
    draft = a_draft(email="draft@example.org", wants_reminder=True)
    draft_id = draft.id
    noon.shift(7 * DAY)
    db.session.commit()
    for _ in range(2):
        two_at_once(app)

    assert [mails(person) for person in people] == [["reminder"]] * len(people)
    noon.shift(46 * DAY)
    two_at_once(app)
    assert mails("draft@example.org") == ["draft_reminder"]
    noon.shift(7 * DAY)
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


def test_a_yes_in_the_moment_of_a_reminder_stands(app, noon):
    story = handed_over()
    newest = texts.latest(story)
    key, story_id = (newest.id, newest.digest), story.id
    noon.shift(28 * DAY)
    db.session.commit()
    ready, wrong = threading.Barrier(2), []

    def run(deed):
        with app.app_context():
            ready.wait(LONGEST)
            try:
                deed()
            except Exception as error:
                wrong.append(error)

    say_yes = lambda: shaping.approve(db.session.get(Story, story_id), *key)  # noqa: E731
    threads = [threading.Thread(target=run, args=[one]) for one in (say_yes, tasks.keep_time)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)

    assert wrong == []
    assert fresh(story).state is StoryState.APPROVED
    assert texts.valid_approval(story)


@pytest.mark.parametrize("state", [ConversationState.HELD, ConversationState.SPAM])
def test_what_is_held_or_spam_gets_no_mail_by_a_clock(app, pass_days, noon, state):
    story, up = handed_over(), published(a_story(email="grace@example.org"))
    for one in (story, up):
        lock(fresh(one).conversation)
        one.conversation.state = state
        db.session.commit()
    told = notices()
    pass_days(28)
    noon.shift(400 * DAY)
    pass_days(70)

    assert mails() == mails("grace@example.org") == []
    assert notices() == told


def test_the_text_of_a_clocks_mail_has_no_typed_word(app, pass_days, noon):
    published()
    story = handed_over(a_story(email="grace@example.org"))
    pass_days(28)
    noon.shift(340 * DAY)
    pass_days(70)
    query = select(Outgoing.payload).where(Outgoing.name.startswith("story_"))
    told = [one for one in db.session.scalars(query) if one]

    assert len(told) >= 9
    for one in told:
        # A private link is made of chance, which can spell a name.
        words = re.sub(r"https?://[^\s\"<]+", "", one["subject"] + one["text"] + one["html"])
        for typed in ("Ada", "Lovelace", "How I found the water", "pool", "Eda"):
            assert typed not in words
    assert content(story).title == "How I found the water"
