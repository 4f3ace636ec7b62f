"""What the queue loses, and what dead workers leave behind, is found."""

from contextlib import suppress
from datetime import timedelta

import pytest
from huey.storage import MemoryStorage

from portal.delivery import Unsubscribe, enqueue, events, ledger, outbox, tasks
from portal.delivery.models import Outgoing
from portal.extensions import db, huey, now
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, contact, deliver, go, look, mail, news, saved, states, sweep, told

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


def test_request_is_answered_though_the_queue_is_down_and_its_row_leaves_later(
    visit_plain, provider, clock, caplog
):
    working, huey.storage = huey.storage, BrokenQueue()
    answer = visit_plain.send("/newsletter/", {"email": ADA})
    items = mail(), mail(to="bob@example.org")
    ids = [enqueue(item).id for item in items]
    asked = huey.storage.asked
    db.session.commit()
    asked_for_two_rows = huey.storage.asked - asked
    deliver(ids[1])
    huey.storage = working
    clock.shift(MINUTE)
    sweep()
    go()

    assert (answer.status, answer.heading) == (200, "Check your email")
    assert "QUEUE_URL does not answer" in caplog.text
    assert asked_for_two_rows == 1
    assert len(provider.calls) == 3


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


def test_sweeps_leave_a_worker_alone_that_is_only_behind(app, provider, clock, monkeypatch):
    for one in (tasks, events):
        monkeypatch.setattr(one, "SWEEP_AT_ONCE", -1)
    saved(mail())
    events.save("scripted", [news("bounced", "1")])
    huey.storage.flush_queue()
    clock.shift(MINUTE)
    sweep()
    events.sweep_events.call_local()

    assert huey.pending_count() == 0


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


def test_worker_that_always_dies_at_one_row_gives_it_up_in_the_end(app, provider, clock):
    row_id = saved(contact())
    while look(row_id).finished_at is None:
        kill(provider, row_id)
        clock.shift(6 * MINUTE)
        sweep()
        clock.move_to(max(look(row_id).due_at, now()))

    assert states(row_id) == ["failed"]
    assert len(provider.calls) == len(tasks.BACK_OFF) + 1


# Workers that were taken for dead


@pytest.mark.parametrize("retried", [False, True], ids=["swept up", "sent again by a person"])
@pytest.mark.parametrize(
    ("second", "wait", "meanwhile"),
    [
        (Killed(), MINUTE, "sending"),
        (Refused("no"), MINUTE, "failed"),
        (None, 10 * MINUTE, "uncertain"),
    ],
    ids=["has it", "was refused", "came when the key had run out"],
)
@pytest.mark.parametrize("late", [Receipt("late"), TryLater("late"), Uncertain("late")])
def test_late_worker_changes_nothing_but_that_the_provider_took_it(
    provider, clock, late, second, wait, meanwhile, retried
):
    """Meanwhile a second worker has or had the row, though a person set its tries to none."""

    def slow():
        clock.shift(6 * MINUTE)
        sweep()
        if retried:
            outbox.retry(Outgoing.id == row_id)
        clock.shift(wait)
        provider.answers = [second]
        with suppress(Killed):
            deliver(row_id)
        found.extend([*states(row_id), len(provider.calls)])
        return late

    provider.key_lasts, provider.answers, found = KEY_LASTS, [slow], []
    row_id = saved(mail())
    deliver(row_id)
    go()

    row, is_taken = look(row_id), isinstance(late, Receipt)
    assert found == [meanwhile, 1 if second is None else 2]
    assert (row.state, row.message_id) == (("accepted", "late") if is_taken else (meanwhile, ""))
    assert len(provider.calls) == found[1]
    assert ledger.read().balances
