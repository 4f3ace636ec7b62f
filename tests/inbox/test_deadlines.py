"""A deadline that is near rings once, and what was hidden comes back on its day."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.inbox import tasks
from portal.inbox.models import Change, Conversation, ConversationState, Kind
from tests.inbox import a_conversation

on_each_database = pytest.mark.usefixtures("each_database")
NOON = datetime(2030, 3, 26, 12, tzinfo=UTC)  # a Tuesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock():
    """Time stands still; `clock.shift(timedelta)` moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(make_app, clock):
    app = make_app(ALERT_URLS="json://127.0.0.1:9/secret")
    with app.app_context():
        yield app


def press(hours, **changes):
    values = {"kind": Kind.PRESS, "outlet": "The Echo", "deadline_at": NOON + hours * HOUR}
    return a_conversation(**values | changes)


def alerts():
    """The alerts that were queued, without those that every press enquiry makes."""
    db.session.commit()
    rows = db.session.query(Outgoing).filter_by(action=Action.ALERT).order_by(Outgoing.id)
    found = [row.payload for row in rows]
    db.session.commit()
    return [one for one in found if "new" not in one["title"]]


def watch():
    tasks.watch_deadlines.call_local()
    return alerts()


@on_each_database
def test_deadline_within_a_day_rings_once(app, clock):
    press(25)
    assert watch() == []

    clock.shift(2 * HOUR)
    assert len(watch()) == 1
    assert len(watch()) == 1


def test_alert_says_when_and_where_and_nothing_else(app):
    conversation = press(23)

    (told,) = watch()
    assert told["title"] == "A press deadline is near"
    assert told["text"] == (f"27 March 2030 at 11:00\nhttp://portal.test/inbox/{conversation.id}")


def test_held_enquiry_rings_too_and_says_that_it_is_held(app):
    press(3, doubts=["It came fast"])

    assert [one["title"] for one in watch()] == ["A press deadline is near (held for a check)"]


def test_deadline_that_passed_while_no_worker_ran_still_rings(app, clock):
    press(30)
    clock.shift(2 * DAY)

    assert [one["title"] for one in watch()] == ["A press deadline has passed"]


@pytest.mark.parametrize(
    "state", [ConversationState.WAITING, ConversationState.CLOSED, ConversationState.SPAM]
)
def test_deadline_of_what_needs_nothing_from_us_is_quiet(app, state):
    press(3).state = state
    db.session.commit()

    assert watch() == []


def test_deadline_of_what_was_put_into_another_is_quiet(app):
    press(3).merged_into_id = a_conversation().id
    db.session.commit()

    assert watch() == []


def test_alert_takes_no_colleagues_version_away(app):
    conversation = press(3)
    version = conversation.version
    watch()

    db.session.refresh(conversation)
    assert conversation.version == version


def hide(until, **changes):
    conversation = a_conversation(**changes)
    conversation.state, conversation.snoozed_until = ConversationState.WAITING, until
    db.session.commit()
    return conversation.id


def wake():
    tasks.wake_sleeping.call_local()


def look(conversation_id):
    conversation = db.session.get(Conversation, conversation_id, populate_existing=True)
    return conversation.state, conversation.snoozed_until


@on_each_database
def test_what_was_hidden_comes_back_when_its_time_has_come(app, clock):
    hidden = hide(NOON + DAY)
    wake()
    assert look(hidden) == (ConversationState.WAITING, NOON + DAY)

    clock.shift(DAY)
    wake()
    assert look(hidden) == (ConversationState.OPEN, None)
    changes = db.session.query(Change).filter_by(conversation_id=hidden, what="woken").all()
    assert [(one.before, one.member_id) for one in changes] == [((NOON + DAY).isoformat(), None)]


def test_what_comes_back_is_not_late_at_once(app, clock):
    hidden = hide(NOON + 20 * DAY)
    clock.shift(20 * DAY)
    wake()

    assert db.session.get(Conversation, hidden).due_at > NOON + 20 * DAY


def test_what_waits_for_somebody_without_a_day_is_left_alone(app):
    waiting = hide(None)
    wake()

    assert look(waiting) == (ConversationState.WAITING, None)


@on_each_database
def test_more_than_a_handful_comes_back_in_one_go(app, clock, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    hidden = [hide(NOON + HOUR) for _ in range(5)]
    clock.shift(2 * HOUR)
    wake()

    assert [look(one)[0] for one in hidden] == [ConversationState.OPEN] * 5
