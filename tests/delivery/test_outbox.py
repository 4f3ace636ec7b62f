"""The outbox keeps what it is given, in order, and each row is one worker's at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.delivery import (
    Erase,
    Unsubscribe,
    claims,
    enqueue,
    history,
    outbox,
    recently_sent,
    tasks,
)
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, huey, now
from portal.providers.errors import TryLater
from tests.delivery import ADA, contact, deliver, look, mail, put_off, saved, states, told

pytestmark = pytest.mark.usefixtures("each_database")

WORKERS = 8


def rows():
    number = db.session.scalar(select(func.count()).select_from(Outgoing))
    db.session.commit()
    return number


# Writing


def test_row_is_told_to_the_queue_only_when_it_is_committed(app):
    row = enqueue(mail())
    before = told()
    db.session.commit()

    assert before == []
    assert told() == [row.id]


def test_rollback_leaves_nothing_and_tells_the_queue_nothing(app):
    enqueue(mail())
    db.session.rollback()
    db.session.commit()

    assert rows() == 0
    assert told() == []


def test_end_of_a_savepoint_tells_the_queue_nothing_yet(app):
    with db.session.begin_nested():
        row_id = enqueue(mail()).id
    before = told()
    db.session.commit()

    assert before == []
    assert told() == [row_id]


def test_undone_savepoint_does_not_silence_the_rows_before_it(app):
    row_id = enqueue(mail()).id
    savepoint = db.session.begin_nested()
    enqueue(mail("Undone"))
    savepoint.rollback()
    db.session.commit()

    assert rows() == 1
    assert row_id in told()


def test_cancelled_row_is_recorded_without_its_content(app, provider):
    row_id = enqueue(mail(), cancelled="One such mail a day").id
    db.session.commit()
    deliver(row_id)

    kept = look(row_id)
    assert (kept.state, kept.reason, kept.payload) == ("cancelled", "One such mail a day", {})
    assert provider.calls == []


def test_without_an_audience_provider_only_mail_is_written(make_app):
    with make_app(AUDIENCE_PROVIDER="none").app_context():
        assert enqueue(contact()) is None
        assert enqueue(Unsubscribe(ADA)) is None
        assert enqueue(Erase(ADA)) is None
        assert enqueue(mail()) is not None
        db.session.commit()


def test_only_mails_that_went_or_will_go_count_as_recently_sent(app):
    enqueue(mail(), cancelled="One such mail a day")
    unsent = recently_sent("confirm_signup", ADA, now() - timedelta(days=1))
    enqueue(mail())
    db.session.commit()

    assert not unsent
    assert recently_sent("confirm_signup", "ADA@Example.org", now() - timedelta(days=1))
    assert not recently_sent("confirm_signup", ADA, now() + timedelta(seconds=1))
    assert not recently_sent("welcome", ADA, now() - timedelta(days=1))


def test_history_tells_a_person_what_was_sent(app, provider):
    first, _ = saved(mail(), contact())
    deliver(first)

    told_to_ada = [(entry["what"], entry["state"]) for entry in history("Ada@example.org")]
    assert told_to_ada == [("confirm_signup", "accepted"), ("upsert", "queued")]


# Claiming


def race(app, work):
    """Run `work` in many threads at the same moment; their results."""
    start = Barrier(WORKERS)

    def run(_):
        with app.app_context():
            start.wait(10)
            return work()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def test_of_many_workers_exactly_one_gets_a_row(app):
    ids = saved(*(mail(to=f"{number}@example.org") for number in range(5)))

    taken = race(app, lambda: [row_id for row_id in ids if claims.claim(row_id)])

    assert sorted(row_id for worker in taken for row_id in worker) == ids
    assert {look(row_id).attempts for row_id in ids} == {1}


def test_of_many_workers_none_gets_a_row_out_of_its_turn(app, provider):
    """All race for one address's rows, so each row is refused often and told again."""
    ids = saved(*(contact(str(number)) for number in range(10)))
    for row_id in reversed(ids):
        tasks.tell_queue(row_id)

    def work():
        while task := huey.dequeue():
            huey.execute(task)

    race(app, work)

    assert [call[2] for call in provider.calls] == [str(number) for number in range(10)]
    assert set(states(*ids)) == {"accepted"}


def test_claimed_row_can_be_read_without_opening_a_transaction(app):
    row = claims.claim(saved(mail()))

    assert row.payload["subject"] == "Hello"
    assert (row.state, row.attempts) == (OutgoingState.SENDING, 1)
    assert not db.session().in_transaction()


def test_row_goes_at_once_though_another_machines_clock_is_fast(app, clock):
    row_id = saved(mail())
    clock.shift(timedelta(seconds=-3))

    assert claims.claim(row_id)


def test_waiting_row_cannot_be_claimed_before_its_time(app, clock):
    row_id = saved(mail())
    claims.settle(claims.claim(row_id), OutgoingState.WAITING, due_at=now() + timedelta(seconds=5))
    clock.shift(timedelta(seconds=4))
    early = claims.claim(row_id)
    clock.shift(timedelta(seconds=1))

    assert early is None
    assert claims.claim(row_id)


# Order


def test_rows_for_one_address_go_one_after_the_other(app):
    first, second, other = saved(mail("1"), mail("2"), mail("3", to="bob@example.org"))

    assert claims.claim(second) is None
    claimed = claims.claim(first)
    assert claims.claim(second) is None
    assert claims.claim(other)
    claims.settle(claimed, OutgoingState.FAILED)
    assert claims.claim(second)


def test_case_of_an_address_makes_no_difference_to_the_order(app):
    _, second = saved(contact(), Unsubscribe("Ada@Example.ORG"))

    assert claims.claim(second) is None


def test_mail_that_waits_does_not_hold_back_the_contact(app, provider):
    first, upsert, second = saved(mail(), contact(), mail("Second"))
    provider.answers = [TryLater("down")]
    deliver(first, second, upsert)

    assert states(first, upsert, second) == ["waiting", "accepted", "queued"]


def test_unsubscribe_never_overtakes_the_upsert_before_it(app, provider, clock):
    upsert, unsubscribe = saved(contact(), Unsubscribe(ADA))
    provider.answers = [TryLater("down")]
    deliver(unsubscribe, upsert, unsubscribe)
    waiting = states(upsert, unsubscribe)
    clock.shift(timedelta(minutes=1))
    deliver(unsubscribe, upsert)
    (follower,) = told()
    deliver(follower)

    assert waiting == ["waiting", "queued"]
    assert [call[0] for call in provider.calls] == ["upsert", "upsert", "unsubscribe"]
    assert follower == unsubscribe


@pytest.mark.parametrize(
    "end", [OutgoingState.ACCEPTED, OutgoingState.FAILED, OutgoingState.UNCERTAIN]
)
def test_next_row_is_told_when_the_one_before_it_ends(app, end):
    first, second, _ = saved(mail("1"), mail("2"), mail("3"))
    row = claims.claim(first)
    claims.settle(row, end)

    assert claims.next_after(row) == second


def test_row_that_waits_does_not_wake_the_ones_behind_it(app, provider):
    first, _ = saved(mail("1"), mail("2"))
    provider.answers = [TryLater("down")]
    deliver(first)

    assert told() == []
    assert list(put_off()) == [first]


# Settling


def test_taken_row_keeps_whose_it_is_and_loses_its_content(app, provider):
    row_id = saved(mail())
    deliver(row_id)

    row = look(row_id)
    assert (row.state, row.provider, row.message_id) == ("accepted", "scripted", "id-1")
    assert (row.payload, row.claimed_until) == ({}, None)
    assert (row.address, row.finished_at is None) == (ADA, False)


def lose(row_id):
    """Claim the row as a worker that is then taken for dead; another one has it now."""
    late = claims.claim(row_id)
    claims.settle(late, OutgoingState.WAITING, due_at=now())
    return late, claims.claim(row_id)


@pytest.mark.parametrize(
    "state", [OutgoingState.WAITING, OutgoingState.FAILED, OutgoingState.UNCERTAIN]
)
def test_worker_that_lost_its_claim_changes_nothing(app, state):
    late, current = lose(saved(mail()))
    claims.settle(late, state, reason="too late")

    row = look(current.id)
    assert (row.state, row.attempts, row.reason) == (OutgoingState.SENDING, 2, "")


def test_claim_is_lost_even_when_a_person_set_the_tries_back_to_none(app, clock):
    row_id = saved(mail())
    late = claims.claim(row_id)
    claims.settle(late, OutgoingState.UNCERTAIN)
    outbox.retry(Outgoing.id == row_id)
    clock.shift(timedelta(minutes=6))
    current = claims.claim(row_id)
    claims.settle(late, OutgoingState.WAITING, due_at=now())

    assert (late.attempts, current.attempts) == (1, 1)
    assert look(row_id).state is OutgoingState.SENDING


@pytest.mark.parametrize(
    "meanwhile", [OutgoingState.WAITING, OutgoingState.FAILED, OutgoingState.UNCERTAIN, None]
)
def test_that_a_row_was_taken_is_saved_whoever_has_the_claim_by_now(app, meanwhile):
    late, current = lose(saved(mail()))
    if meanwhile:
        claims.settle(current, meanwhile, due_at=now())
    claims.settle(late, OutgoingState.ACCEPTED, provider="first", message_id="1")
    claims.settle(current, OutgoingState.FAILED, reason="a repetition")
    claims.settle(current, OutgoingState.ACCEPTED, provider="second", message_id="2")

    row = look(current.id)
    assert (row.state, row.provider, row.reason) == (OutgoingState.ACCEPTED, "first", "")
    assert row.finished_at
    assert claims.claim(row.id) is None


def test_what_was_delivered_is_not_set_back_to_accepted(app):
    row = claims.claim(saved(mail()))
    claims.settle(row, OutgoingState.ACCEPTED)
    db.session.get(Outgoing, row.id).state = OutgoingState.DELIVERED
    db.session.commit()
    claims.settle(row, OutgoingState.ACCEPTED)

    assert look(row.id).state is OutgoingState.DELIVERED


# Finding what was forgotten


def test_overdue_rows_are_found_oldest_first_and_only_so_many(app, clock):
    ids = saved(*(mail(to=f"{number}@example.org") for number in range(4)))
    clock.shift(timedelta(seconds=1))

    assert claims.due(now(), most=3) == ids[:3]
    assert claims.due(now() - timedelta(seconds=1), most=3) == []


def test_rows_that_must_wait_for_another_do_not_hide_overdue_ones(app, clock):
    """The sweep takes so many at a time: it would see nothing else for as long as they wait."""
    first, *_ = saved(*(contact(str(number)) for number in range(4)))
    claims.settle(claims.claim(first), OutgoingState.WAITING, due_at=now() + timedelta(hours=12))
    forgotten = saved(contact(email="bob@example.org"))
    clock.shift(timedelta(minutes=1))

    assert claims.due(now(), most=3) == [forgotten]


def test_abandoned_rows_are_those_whose_claim_has_run_out(app, clock):
    old, new = saved(mail(), mail(to="bob@example.org"))
    claims.claim(old)
    clock.shift(timedelta(minutes=4))
    claims.claim(new)
    clock.shift(timedelta(minutes=2))

    assert [row.id for row in claims.abandoned()] == [old]
    assert not db.session().in_transaction()
