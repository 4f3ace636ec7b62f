"""The figures are right, on the team's own calendar, and stay cheap however much there is."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.extensions import db
from portal.inbox import tasks
from portal.inbox.figures import numbers, page
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.newsletter import figures as newsletter
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from tests.inbox import DAY, HOUR, a_conversation

pytestmark = pytest.mark.usefixtures("clock")
on_each_database = pytest.mark.usefixtures("each_database")
MONDAY = datetime(2030, 3, 25, 9, tzinfo=UTC)


@pytest.fixture
def clock(clock):
    clock.move_to(MONDAY)
    return clock


def answered(came, after, **changes):
    """A conversation that came then, and was first answered so much later."""
    conversation = a_conversation(**changes)
    conversation.created_at, conversation.answered_at = came, came + after
    conversation.state = ConversationState.WAITING
    db.session.commit()
    return conversation


def first_answer():
    """What the page to get in touch shows once the worker has counted."""
    tasks.count_answers.call_local()
    return numbers.first_answer()


@on_each_database
def test_first_answer_tells_the_median_and_how_many_came_in_time_of_the_newest(app, monkeypatch):
    a_conversation()
    assert first_answer() is None

    monkeypatch.setattr(numbers, "SAMPLE", 4)
    answered(MONDAY - 9 * DAY, HOUR)
    for days in (0.5, 1, 2, 4):
        answered(MONDAY, days * DAY)

    measured = first_answer()
    assert (measured.answered, measured.median_days, measured.within_promise) == (4, 1.5, 75)
    db.session.execute(db.update(Conversation).values(answered_at=None))
    assert first_answer() is None


@on_each_database
def test_who_still_waits_after_the_promised_time_was_not_answered_in_it(app):
    """What nobody has to answer waits for nobody. A weekend lies in between."""
    answered(MONDAY, DAY)
    due = MONDAY - (app.config["PROMISE_WORKING_DAYS"] + 2) * DAY
    for state in ConversationState:
        for late_by in (-HOUR, HOUR):
            waiting = a_conversation()
            waiting.state, waiting.created_at = state, due - late_by
    db.session.commit()
    measured = first_answer()

    late = {ConversationState.NEW, ConversationState.OPEN, ConversationState.WAITING}
    assert (measured.answered, measured.within_promise) == (1 + len(late), 25)


def test_weekend_is_nobodys_waiting_time_and_begins_at_the_teams_midnight(app):
    """From Friday noon to Monday noon is one working day, as we promise them."""
    friday = MONDAY - 3 * DAY + 3 * HOUR
    answered(friday, 5 * DAY)  # Wednesday: three working days
    late = datetime(2030, 7, 5, 23, 30, tzinfo=UTC)  # Saturday in London already

    assert numbers.working_time(friday, friday + 3 * DAY) == DAY
    assert first_answer().within_promise == 100
    assert numbers.working_time(late, late + DAY) == timedelta(0)


@on_each_database
def test_queue_counts_what_waits_by_kind_and_knows_the_oldest(app, clock):
    a_conversation()
    clock.shift(HOUR)
    a_conversation(kind=Kind.PRESS, deadline_at=MONDAY + DAY)
    a_conversation(kind=Kind.PRESS, deadline_words="asap", doubts=["fast"])
    a_conversation().state = ConversationState.CLOSED
    db.session.commit()

    queue = numbers.queue()
    assert queue.kinds == {Kind.MESSAGE: 1, Kind.PRESS: 1, Kind.STORY: 0}
    assert (queue.waiting, queue.oldest) == (2, MONDAY)
    assert (queue.held, queue.deadlines, queue.overdue, queue.due_today) == (1, 2, 0, 0)


def test_late_and_due_today_are_never_the_same_and_counting_ends(app, monkeypatch):
    for hours in (-1, 1, 30):
        a_conversation().due_at = MONDAY + hours * HOUR
    db.session.commit()

    queue = numbers.queue()
    assert (queue.waiting, queue.overdue, queue.due_today) == (3, 1, 1)
    monkeypatch.setattr(numbers, "MOST", 2)
    assert page.number(numbers.queue().waiting) == "2 or more"


@on_each_database
def test_waits_are_told_by_the_week_of_the_answer_and_by_kind(app):
    answered(MONDAY - 10 * DAY, HOUR)
    answered(MONDAY - 7 * DAY, 2 * HOUR)
    answered(MONDAY - 7 * DAY, 4 * HOUR, kind=Kind.PRESS)
    answered(MONDAY - 400 * DAY, DAY)

    made = page.board()
    assert [(week.name, week.wait and week.wait.number) for week in made.weeks[-3:]] == [
        ("Week of 11 March", 1),
        ("Last week", 2),
        ("This week", None),
    ]
    assert made.weeks[-2].wait.median == 3 * HOUR
    assert made.kinds[Kind.PRESS].number == 1
    assert made.kinds[Kind.STORY] is None
    assert made.overall.number == 3
    assert (len(made.weeks), made.weeks[-1].monday) == (12, MONDAY.date())


def test_nine_in_ten_is_near_the_longest_of_ten():
    wait = numbers.wait([hours * HOUR for hours in range(1, 11)])

    assert wait.median == 5.5 * HOUR
    assert 9 * HOUR <= wait.ninetieth <= 10 * HOUR


@on_each_database
def test_signups_are_counted_when_they_are_confirmed_and_not_when_imported(app, clock):
    said = {"purpose": "newsletter", "given": True, "wording": "Yes", "at": MONDAY}
    for number, channel in enumerate(("web", "web", "import")):
        person = Subscriber.new(f"{number}@example.org", SubscriberState.SUBSCRIBED)
        person.consents.append(Consent(channel=channel, **said))
        db.session.add(person)
    db.session.commit()

    assert newsletter.signups([MONDAY - DAY, MONDAY, MONDAY + DAY]) == [0, 2]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        *((HOUR / 3, "under an hour"), (HOUR, "1 hour"), (23.9 * HOUR, "23 hours")),
        *((DAY, "1 day"), (2.5 * DAY, "2.5 days"), (12.4 * DAY, "12 days")),
    ],
)
def test_lengths_are_said_as_people_say_them(length, words):
    assert page.length(length) == words


@on_each_database
def test_dashboard_asks_no_more_of_the_database_when_there_is_more(app, statements):
    """What each query costs is bounded by its limits; their number does not grow either."""

    def asked():
        db.session.commit()
        statements.clear()
        page.board()
        return len(statements)

    before = asked()
    for _ in range(20):
        answered(MONDAY - DAY, HOUR)
    assert asked() == before <= 12
