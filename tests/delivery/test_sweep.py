"""What the queue loses, and what dead workers leave behind, is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from huey.storage import MemoryStorage

from portal.delivery import Unsubscribe, claims, enqueue, outbox, tasks
from portal.extensions import db, huey, now
from portal.providers.errors import TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, contact, deliver, look, mail, saved, states, sweep, told

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KEY_LASTS = 15 * MINUTE


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


@pytest.fixture
def broken_queue(app, caplog):
    huey.storage = BrokenQueue()
    return huey.storage


# The queue


def test_request_is_answered_though_the_queue_is_down_and_the_sweep_finds_its_row(
    visit, provider, clock, caplog
):
    working = huey.storage
    huey.storage = BrokenQueue()
    answer = visit.send("/newsletter/", {"email": ADA})
    huey.storage = working
    clock.shift(MINUTE)
    sweep()
    (row_id,) = told()
    deliver(row_id)

    assert answer.status == 200
    assert answer.heading == "Check your email"
    assert "QUEUE_URL does not answer" in caplog.text
    assert len(provider.calls) == 1
    assert states(row_id) == ["accepted"]


def test_queue_that_is_down_is_asked_once_for_many_rows(app, broken_queue):
    for number in range(5):
        enqueue(mail(to=f"{number}@example.org"))
    db.session.commit()

    assert broken_queue.asked == 1


def test_answer_is_saved_though_the_queue_is_down(app, provider, broken_queue, caplog):
    provider.answers = [TryLater("down")]
    first, other, _ = saved(mail(), mail(to="b@example.org"), mail("2", to="b@example.org"))
    deliver(first, other)

    assert states(first, other) == ["waiting", "accepted"]


# The sweep


def test_sweep_brings_rows_that_never_reached_the_queue(app, provider, clock):
    new = saved(mail())
    sweep()
    too_early = told()
    clock.shift(31 * SECOND)
    sweep()

    assert too_early == []
    assert told() == [new]


def test_sweep_brings_waiting_rows_that_the_queue_has_lost(app, provider, clock):
    row_id = saved(mail())
    provider.answers = [TryLater("down")]
    deliver(row_id)
    huey.storage.flush_all()
    clock.shift(MINUTE)
    sweep()

    assert told() == [row_id]


def test_sweep_leaves_a_busy_queue_alone(app, clock, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_AT_ONCE", 3)
    saved(mail())
    clock.shift(MINUTE)
    for _ in range(4):
        tasks.deliver(999_999)
    sweep()

    assert told() == [999_999] * 4


def test_sweep_gives_a_busy_queue_s_dead_workers_up_all_the_same(app, provider, clock, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_AT_ONCE", -1)
    row_id = saved(contact())
    claims.claim(row_id)
    clock.shift(6 * MINUTE)
    sweep()

    assert states(row_id) == ["waiting"]


def kill(provider, row_id):
    provider.answers = [Killed()]
    with pytest.raises(Killed):
        deliver(row_id)


@pytest.mark.parametrize(
    ("item", "key_lasts", "state"),
    [
        (mail(), None, "uncertain"),
        (mail(), KEY_LASTS, "waiting"),
        (contact(), None, "waiting"),
        (Unsubscribe(ADA), None, "waiting"),
    ],
    ids=["mail", "mail with a key", "contact", "unsubscribe"],
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
    assert (row.state, row.reason) == (state, "The worker stopped before it could save the answer")
    assert row.unsure_since == now() - 5 * MINUTE - SECOND


def test_mail_whose_worker_died_is_not_sent_when_its_key_ran_out_meanwhile(app, provider, clock):
    provider.key_lasts = KEY_LASTS
    row_id = saved(mail())
    kill(provider, row_id)
    clock.shift(KEY_LASTS)
    sweep()

    assert states(row_id) == ["uncertain"]


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
    claims.claim(row_id)
    clock.shift(6 * MINUTE)
    seen_by_the_second = claims.abandoned()
    sweep()
    clock.shift(MINUTE)
    claims.claim(row_id)
    monkeypatch.setattr(outbox, "abandoned", lambda: seen_by_the_second)
    sweep()

    assert states(row_id) == ["sending"]


def test_row_behind_one_that_was_given_up_is_brought_by_the_same_sweep(app, provider, clock):
    first, second = saved(mail("1"), mail("2"))
    kill(provider, first)
    clock.shift(6 * MINUTE)
    sweep()

    assert states(first, second) == ["uncertain", "queued"]
    assert set(told()) == {second}


def test_answer_that_comes_after_the_claim_was_given_up_is_saved(app, provider, clock):
    def slow():
        clock.shift(6 * MINUTE)
        sweep()
        return Receipt("late")

    row_id = saved(mail())
    provider.answers = [slow]
    deliver(row_id)

    row = look(row_id)
    assert (row.state, row.message_id, row.reason) == ("accepted", "late", "")
