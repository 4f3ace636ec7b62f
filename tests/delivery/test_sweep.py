"""What the queue loses, and what dead workers leave behind, is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from huey.storage import MemoryStorage

from portal.delivery import Unsubscribe, claims, enqueue, outbox, tasks
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, huey, now
from portal.providers.errors import TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, contact, deliver, go, look, mail, saved, states, sweep, told

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KEY_LASTS = 15 * MINUTE
STOPPED = "The worker stopped before it could save the answer"


class Killed(BaseException):
    """The worker process ends here, whatever it was doing."""


class BrokenQueue(MemoryStorage):
    """A queue whose storage does not answer."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def enqueue(self, data, priority=None):
        self.asked += 1
        raise ConnectionError("the queue is down")

    def queue_size(self):
        return 0


# The queue


def test_request_is_answered_though_the_queue_is_down_and_its_row_leaves_later(
    visit_plain, provider, clock, caplog
):
    working, huey.storage = huey.storage, BrokenQueue()
    answer = visit_plain.send("/newsletter/", {"email": ADA})
    huey.storage = working
    clock.shift(MINUTE)
    sweep()
    go()

    assert (answer.status, answer.heading) == (200, "Check your email")
    assert "QUEUE_URL does not answer" in caplog.text
    assert len(provider.calls) == 1


def test_queue_that_is_down_is_asked_once_for_many_rows_and_loses_no_answer(app, provider, caplog):
    huey.storage = BrokenQueue()
    provider.answers = [TryLater("down")]
    items = mail(), mail(to="b@example.org"), mail("2", to="b@example.org")
    ids = [enqueue(item).id for item in items]
    db.session.commit()
    asked = huey.storage.asked
    deliver(*ids[:2])

    assert asked == 1
    assert states(*ids) == ["waiting", "accepted", "queued"]


def test_sweep_brings_what_the_queue_has_lost_and_nothing_before_it_is_late(app, provider, clock):
    provider.answers = [TryLater("down")]
    waiting, new = saved(mail(), mail(to="bob@example.org"))
    deliver(waiting)
    huey.storage.flush_all()
    sweep()
    too_early = told()
    clock.shift(MINUTE)
    sweep()

    assert too_early == []
    assert set(told()) == {waiting, new}


def test_rows_that_must_wait_for_another_do_not_hide_overdue_ones(
    app, provider, clock, monkeypatch
):
    """The sweep takes so many at a time: it would see nothing else for as long as they wait."""
    monkeypatch.setattr(tasks, "SWEEP_AT_ONCE", 3)
    provider.answers = [TryLater("busy", timedelta(hours=12))]
    first, *_ = saved(*(contact(str(number)) for number in range(4)))
    deliver(first)
    huey.storage.flush_all()
    forgotten = saved(contact(email="bob@example.org"))
    clock.shift(MINUTE)
    sweep()

    assert told() == [forgotten]


def test_sweep_leaves_a_busy_queue_alone_and_gives_dead_workers_up_all_the_same(
    app, provider, clock, monkeypatch
):
    monkeypatch.setattr(tasks, "SWEEP_AT_ONCE", -1)
    dead, _ = saved(contact(), mail())
    kill(provider, dead)
    clock.shift(6 * MINUTE)
    sweep()

    assert states(dead) == ["waiting"]
    assert told() == []


# Dead workers


def kill(provider, row_id):
    provider.answers = [Killed()]
    with pytest.raises(Killed):
        deliver(row_id)


@pytest.mark.parametrize(
    ("item", "key_lasts", "state"),
    [
        (mail(), None, "uncertain"),
        (mail(), KEY_LASTS, "waiting"),
        (mail(), 4 * MINUTE, "uncertain"),
        (contact(), None, "waiting"),
        (Unsubscribe(ADA), None, "waiting"),
    ],
    ids=["mail", "mail with a key", "mail whose key ran out meanwhile", "contact", "unsubscribe"],
)
def test_row_of_a_dead_worker_is_given_up_when_its_claim_has_run_out(
    provider, clock, item, key_lasts, state
):
    provider.key_lasts = key_lasts
    row_id = saved(item)
    kill(provider, row_id)
    clock.shift(5 * MINUTE)
    sweep()
    before = states(row_id)
    clock.shift(SECOND)
    sweep()

    row = look(row_id)
    assert before == ["sending"]
    assert (row.state, row.reason) == (state, STOPPED)
    assert row.unsure_since == now() - 5 * MINUTE - SECOND


def test_first_doubt_counts_though_the_worker_died_in_a_later_try(app, provider, clock):
    """The key is as old as the first try that may have arrived."""
    provider.key_lasts = KEY_LASTS
    provider.answers = [Uncertain("no answer")]
    row_id, first = saved(mail()), now()
    deliver(row_id)
    clock.shift(8 * MINUTE)
    kill(provider, row_id)
    clock.shift(6 * MINUTE)
    sweep()
    waiting = look(row_id)
    clock.shift(2 * MINUTE)
    deliver(row_id)

    assert (waiting.state, waiting.unsure_since) == ("waiting", first)
    assert states(row_id) == ["uncertain"]


def test_worker_that_always_dies_at_one_row_gives_it_up_in_the_end(app, provider, clock):
    row_id = saved(contact())
    while look(row_id).finished_at is None:
        kill(provider, row_id)
        clock.shift(6 * MINUTE)
        sweep()
        clock.move_to(max(look(row_id).due_at, now()))

    assert states(row_id) == ["failed"]
    assert len(provider.calls) == len(tasks.BACK_OFF) + 1


def test_two_sweeps_at_once_do_not_take_a_new_worker_s_claim(app, provider, clock, monkeypatch):
    """The second sweep read the row when its worker was dead; by now another one has it."""
    row_id = saved(contact())
    kill(provider, row_id)
    clock.shift(6 * MINUTE)
    seen_by_the_second = claims.abandoned()
    sweep()
    clock.shift(MINUTE)
    kill(provider, row_id)
    monkeypatch.setattr(claims, "abandoned", lambda: seen_by_the_second)
    sweep()

    assert states(row_id) == ["sending"]


def test_row_behind_one_that_was_given_up_is_brought_by_the_same_sweep(app, provider, clock):
    first, second = saved(mail("1"), mail("2"))
    kill(provider, first)
    clock.shift(6 * MINUTE)
    sweep()
    go()

    assert states(first, second) == ["uncertain", "accepted"]


# Workers that were taken for dead


@pytest.mark.parametrize("retried", [False, True], ids=["swept up", "sent again by a person"])
@pytest.mark.parametrize(
    ("late", "state"),
    [(Receipt("late"), "accepted"), (TryLater("late"), "sending"), (Uncertain("late"), "sending")],
    ids=["taken", "not taken", "in doubt"],
)
@pytest.mark.usefixtures("each_database")
def test_late_worker_changes_nothing_but_that_the_provider_took_it(
    app, provider, clock, late, state, retried
):
    """Meanwhile another worker has the row, though a person set its tries back to none."""

    def slow():
        clock.shift(6 * MINUTE)
        sweep()
        if retried:
            outbox.retry(Outgoing.id == row_id)
        clock.shift(MINUTE)
        kill(provider, row_id)
        return late

    provider.key_lasts = KEY_LASTS
    row_id = saved(mail())
    provider.answers = [slow]
    deliver(row_id)

    row = look(row_id)
    assert (row.state, row.message_id) == (state, "late" if state == "accepted" else "")


def test_what_was_delivered_is_not_set_back_to_accepted(app, provider):
    row_id = saved(mail())

    def quick():
        db.session.get(Outgoing, row_id).state = OutgoingState.DELIVERED
        db.session.commit()

    provider.answers = [quick]
    deliver(row_id)

    assert states(row_id) == ["delivered"]
