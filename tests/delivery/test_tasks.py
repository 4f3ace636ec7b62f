"""What the worker makes of each answer."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from portal.delivery import breaker, tasks
from portal.extensions import db, now
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import (
    contact,
    deliver,
    look,
    mail,
    provide,
    put_off,
    saved,
    states,
    sweep,
    told,
)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
KEY_LASTS = 15 * MINUTE
mail_or_contact = pytest.mark.parametrize("item", [mail(), contact()], ids=["mail", "contact"])


@mail_or_contact
def test_wait_grows_from_seconds_to_half_a_day_and_ends_after_three_days(
    app, provider, clock, item
):
    row_id, start, waits = saved(item), now(), []
    provider.answers = [TryLater("down")] * 99
    while look(row_id).finished_at is None:
        deliver(row_id)
        waits.append(look(row_id).due_at - now())
        clock.move_to(max(look(row_id).due_at, now()))

    row = look(row_id)
    assert (row.state, row.attempts) == ("failed", len(tasks.BACK_OFF) + 1)
    assert row.reason == "Gave up after 14 tries. down"
    for wait, planned in zip(waits, tasks.BACK_OFF, strict=False):
        assert 0.8 * planned <= wait <= 1.2 * planned
    assert waits[0] <= 6 * SECOND
    assert timedelta(days=2.3) < now() - start < timedelta(days=3.6)
    assert sum(tasks.BACK_OFF, timedelta()) > timedelta(days=2.9)


def test_rows_put_off_together_do_not_come_back_together(app, provider, monkeypatch):
    monkeypatch.setattr(breaker, "FAILURES", 100)
    ids = saved(*(mail(to=f"{number}@example.org") for number in range(20)))
    provider.answers = [TryLater("down")] * 20
    deliver(*ids)

    assert len({look(row_id).due_at for row_id in ids}) == 20
    assert len(set(put_off().values())) == 20


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(10 * MINUTE, 10 * MINUTE), (timedelta(days=40), 24 * HOUR), (SECOND, None), (None, None)],
)
def test_wait_that_the_provider_asks_for_is_kept_and_capped(app, provider, clock, asked, waited):
    row_id = saved(mail())
    provider.answers = [TryLater("busy", asked)]
    deliver(row_id)

    wait = look(row_id).due_at - now()
    assert wait == waited if waited else 4 * SECOND <= wait <= 6 * SECOND
    assert put_off()[row_id] == wait


def test_row_is_brought_by_the_queue_when_its_wait_is_over(app, provider, clock, work):
    row_id = saved(mail())
    provider.answers = [TryLater("busy")]
    deliver(row_id)
    work()
    early = states(row_id)
    clock.shift(6 * SECOND)
    work()

    assert early == ["waiting"]
    assert states(row_id) == ["accepted"]


@mail_or_contact
def test_refused_row_failed_with_the_reason(app, provider, item):
    provider.answers = [Refused("no such sender")]
    row_id = saved(item)
    deliver(row_id)

    row = look(row_id)
    assert (row.state, row.reason) == ("failed", "no such sender")
    assert row.payload
    assert put_off() == {}


def test_mail_that_may_have_arrived_is_for_a_person_to_decide(app, provider):
    provider.answers = [Uncertain("no answer")]
    row_id = saved(mail())
    deliver(row_id)
    sweep()

    row = look(row_id)
    assert (row.state, row.reason) == ("uncertain", "no answer")
    assert row.finished_at
    assert told() == []


def test_contact_call_that_may_have_worked_is_repeated(app, provider):
    provider.answers = [Uncertain("no answer")]
    row_id = saved(contact())
    deliver(row_id)

    assert states(row_id) == ["waiting"]


def test_mail_with_a_key_is_tried_again_while_its_key_is_known(app, provider, clock):
    provider.key_lasts = KEY_LASTS
    provider.answers = [Uncertain("no answer"), Uncertain("no answer"), TryLater("busy")]
    row_id = saved(mail())
    unsure_since = now()
    for _ in range(4):
        deliver(row_id)
        clock.shift(2 * MINUTE)

    assert states(row_id) == ["accepted"]
    assert look(row_id).unsure_since == unsure_since


def test_key_counts_from_when_the_doubtful_try_began(app, provider, clock):
    def slow():
        clock.shift(MINUTE)
        return Uncertain("no answer in a minute")

    provider.key_lasts = KEY_LASTS
    provider.answers = [slow]
    row_id, began = saved(mail()), now()
    deliver(row_id)

    assert look(row_id).unsure_since == began


@pytest.mark.parametrize(("asked", "state"), [(14 * MINUTE, "waiting"), (16 * MINUTE, "uncertain")])
def test_mail_does_not_wait_beyond_its_key(app, provider, clock, asked, state):
    provider.key_lasts = KEY_LASTS
    provider.answers = [Uncertain("no answer"), TryLater("busy", asked - 10 * SECOND)]
    row_id = saved(mail())
    deliver(row_id)
    clock.shift(10 * SECOND)
    deliver(row_id)

    assert states(row_id) == [state]


@pytest.mark.parametrize(("late", "state"), [(15, "accepted"), (16, "uncertain")])
def test_mail_is_not_sent_when_the_worker_comes_back_after_its_key_ran_out(
    app, provider, clock, late, state
):
    provider.key_lasts = KEY_LASTS
    provider.answers = [Uncertain("no answer")]
    row_id = saved(mail())
    deliver(row_id)
    clock.shift(late * MINUTE)
    deliver(row_id)

    assert states(row_id) == [state]
    assert len(provider.calls) == (2 if state == "accepted" else 1)


def test_mail_that_never_left_may_wait_longer_than_any_key(app, provider, clock):
    provider.answers = [TryLater("down")]
    row_id = saved(mail())
    deliver(row_id)
    clock.shift(timedelta(days=1))
    deliver(row_id)

    assert states(row_id) == ["accepted"]


@pytest.mark.parametrize(
    ("item", "key_lasts", "state"),
    [
        (mail(), None, "uncertain"),
        (mail(), KEY_LASTS, "waiting"),
        (contact(), None, "waiting"),
    ],
    ids=["mail", "mail with a key", "contact"],
)
def test_broken_adapter_is_treated_as_doubt(provider, caplog, item, key_lasts, state):
    provider.key_lasts = key_lasts
    provider.answers = [ZeroDivisionError("ada@example.org")]
    row_id = saved(item)
    deliver(row_id)

    assert states(row_id) == [state]
    assert look(row_id).reason == "The adapter broke: ZeroDivisionError"
    assert "The adapter broke on outbox row" in caplog.text


def test_doubt_outlives_a_later_plain_failure_to_reach_the_provider(app, provider, clock):
    provider.key_lasts = timedelta(days=9)
    provider.answers = [Uncertain("no answer")] + [TryLater("down")] * 99
    row_id = saved(mail())
    while look(row_id).finished_at is None:
        deliver(row_id)
        clock.move_to(max(look(row_id).due_at, now()))

    assert states(row_id) == ["uncertain"]


def test_contact_row_is_cancelled_when_there_is_no_audience_provider_any_more(app, provider):
    row_id = saved(contact())
    provide(app, audience=None)
    deliver(row_id)

    assert states(row_id) == ["cancelled"]


def test_next_row_for_the_address_is_told_at_once(app, provider):
    first, second, _ = saved(mail("1"), mail("2"), mail("3"))
    deliver(first)

    assert told() == [second]


def test_row_that_is_told_twice_is_sent_once(app, provider):
    row_id = saved(mail())
    deliver(row_id, row_id, 999_999)

    assert len(provider.calls) == 1


@pytest.mark.parametrize("answer", [Receipt(), TryLater("x"), Refused("x"), Uncertain("x")])
def test_no_transaction_is_open_while_the_provider_is_called(app, provider, answer):
    """Another connection can write at once, without waiting for any lock."""

    def write():
        connection = sqlite3.connect(db.engine.url.database, timeout=0, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO erasure (digest, at) VALUES ('x', '2030-01-01')")
        connection.commit()
        connection.close()
        return answer

    row_id = saved(mail())
    provider.answers = [write]
    deliver(row_id)

    assert len(provider.calls) == 1
    assert not look(row_id).reason.startswith("The adapter broke")


def test_no_connection_is_held_while_the_provider_is_called(each_database, app, provider):
    held = []
    provider.answers = [lambda: held.append(db.engine.pool.checkedout())]
    deliver(saved(mail()))

    assert held == [0]
