"""A deadline that is near rings once, and what was hidden comes back on its day."""

import pytest

from portal.extensions import db, now
from portal.inbox import tasks
from portal.inbox.models import Change, Conversation, ConversationState, Kind
from tests.conftest import NOON
from tests.delivery import alerts
from tests.inbox import DAY, HOUR, a_conversation

pytestmark = pytest.mark.usefixtures("ringing", "app")
on_each_database = pytest.mark.usefixtures("each_database")


def press(hours, **changes):
    values = {"kind": Kind.PRESS, "outlet": "The Echo", "deadline_at": NOON + hours * HOUR}
    return a_conversation(**values | changes)


def watch():
    """The alerts after the worker looked, without those that every press enquiry makes."""
    tasks.watch_deadlines.call_local()
    return [(one["title"], one["text"]) for one in alerts() if "new" not in one["title"]]


@on_each_database
def test_deadline_within_a_day_rings_once_says_when_and_where_and_takes_no_version_away(clock):
    conversation = press(25)
    version = conversation.version
    assert watch() == []

    clock.shift(2 * HOUR)
    words = f"Wednesday 27 March 2030 at 13:00\nhttp://portal.test/inbox/{conversation.id}"
    for _ in range(2):
        assert watch() == [("A press deadline is near", words)]
    db.session.refresh(conversation)
    assert conversation.version == version


def test_held_enquiry_and_a_deadline_that_passed_without_a_worker_ring_too(clock):
    press(30)
    clock.shift(2 * DAY)
    press(50, doubts=["It came fast"])
    press(0, deadline_at=None, deadline_words="asap", doubts=["It came fast"])

    assert [title for title, _ in watch()] == [
        "A press deadline has passed",
        "A press deadline is near (held for a check)",
        "A person has to read a press deadline (held for a check)",
    ]


def test_deadline_of_what_needs_nothing_from_us_is_quiet():
    for state in (ConversationState.WAITING, ConversationState.CLOSED, ConversationState.SPAM):
        press(3).state = state
    press(3).merged_into_id = a_conversation().id
    db.session.commit()

    assert watch() == []


def hide(until):
    conversation = a_conversation()
    conversation.state, conversation.snoozed_until = ConversationState.WAITING, until
    db.session.commit()
    return conversation.id


def look(conversation_id):
    conversation = db.session.get(Conversation, conversation_id, populate_existing=True)
    return conversation.state, conversation.snoozed_until


@on_each_database
def test_what_was_hidden_comes_back_on_its_day_and_is_not_late_at_once(clock):
    until = NOON + 20 * DAY
    hidden, without_a_day = hide(until), hide(None)
    tasks.wake_sleeping.call_local()
    assert look(hidden) == (ConversationState.WAITING, until)

    clock.shift(20 * DAY)
    tasks.wake_sleeping.call_local()
    assert look(hidden) == (ConversationState.OPEN, None)
    assert look(without_a_day) == (ConversationState.WAITING, None)
    assert db.session.get(Conversation, hidden).due_at > now()
    changes = db.session.query(Change).filter_by(conversation_id=hidden, what="woken").all()
    assert [(one.before, one.member_id) for one in changes] == [(until.isoformat(), None)]


@on_each_database
def test_more_than_a_handful_comes_back_in_one_go(clock, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    hidden = [hide(NOON + HOUR) for _ in range(5)]
    clock.shift(2 * HOUR)
    tasks.wake_sleeping.call_local()

    assert [look(one)[0] for one in hidden] == [ConversationState.OPEN] * 5
