"""What the worker makes of each answer."""

from datetime import timedelta

import pytest

from portal.delivery import breaker, tasks
from portal.extensions import db, now
from portal.providers.errors import Refused, TryLater, Uncertain
from tests.delivery import ADA, contact, deliver, look, mail, provide, saved, states, sweep

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
KEY_LASTS = 15 * MINUTE
DOUBT, BROKEN = Uncertain("no answer"), ZeroDivisionError(ADA)


@pytest.mark.parametrize(
    ("item", "key_lasts", "answer", "state", "reason"),
    [
        (mail(), None, Refused("no such sender"), "failed", "no such sender"),
        (contact(), None, Refused("no such list"), "failed", "no such list"),
        (mail(), None, DOUBT, "uncertain", "no answer"),
        (mail(), KEY_LASTS, DOUBT, "waiting", "no answer"),
        (contact(), None, DOUBT, "waiting", "no answer"),
        (mail(), None, BROKEN, "uncertain", "The adapter broke: ZeroDivisionError"),
        (mail(), KEY_LASTS, BROKEN, "waiting", "The adapter broke: ZeroDivisionError"),
        (contact(), None, BROKEN, "waiting", "The adapter broke: ZeroDivisionError"),
    ],
)
def test_answer_decides_what_becomes_of_a_row(
    app, provider, caplog, item, key_lasts, answer, state, reason
):
    """Only what may not be done twice, and may have been done, is for a person to decide."""
    provider.key_lasts, provider.answers = key_lasts, [answer]
    row_id = saved(item)
    deliver(row_id)
    sweep()

    row = look(row_id)
    assert (row.state, row.reason) == (state, reason)
    assert (row.finished_at is None) == (state == "waiting")
    assert row.payload
    assert len(provider.calls) == 1
    assert ("The adapter broke on outbox row" in caplog.text) == (answer is BROKEN)


# Waiting


def test_wait_grows_from_seconds_to_half_a_day_and_ends_after_three_days(app, provider, clock):
    row_id, start, waits = saved(contact()), now(), []
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


def test_rows_put_off_together_do_not_come_back_together(app, provider, monkeypatch):
    monkeypatch.setattr(breaker, "FAILURES", 100)
    ids = saved(*(mail(to=f"{number}@example.org") for number in range(20)))
    provider.answers = [TryLater("down")] * 20
    deliver(*ids)

    assert len({look(row_id).due_at for row_id in ids}) == 20


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


# Doubt, and the key that ends it


@pytest.mark.parametrize(("asked", "state"), [(14 * MINUTE, "waiting"), (16 * MINUTE, "uncertain")])
def test_mail_does_not_wait_beyond_its_key(app, provider, clock, asked, state):
    provider.key_lasts = KEY_LASTS
    provider.answers = [DOUBT, TryLater("busy", asked - 10 * SECOND)]
    row_id = saved(mail())
    deliver(row_id)
    clock.shift(10 * SECOND)
    deliver(row_id)

    assert states(row_id) == [state]


@pytest.mark.parametrize(
    ("answer", "late", "state"),
    [
        (DOUBT, 14 * MINUTE, "accepted"),
        (DOUBT, 15 * MINUTE, "uncertain"),
        (TryLater("down"), timedelta(days=1), "accepted"),
    ],
    ids=["its key is known", "its key ran out", "it never left"],
)
def test_worker_that_comes_back_late_sends_only_what_cannot_arrive_twice(
    app, provider, clock, answer, late, state
):
    """The key counts from when the first doubtful try began."""

    def slow():
        clock.shift(MINUTE)
        return answer

    provider.key_lasts, provider.answers = KEY_LASTS, [slow]
    row_id = saved(mail())
    deliver(row_id)
    clock.shift(late)
    deliver(row_id)

    assert states(row_id) == [state]
    assert len(provider.calls) == (2 if state == "accepted" else 1)


def test_doubt_outlives_a_later_plain_failure_to_reach_the_provider(app, provider, clock):
    provider.key_lasts = timedelta(days=9)
    provider.answers = [DOUBT] + [TryLater("down")] * 99
    row_id = saved(mail())
    while look(row_id).finished_at is None:
        deliver(row_id)
        clock.move_to(max(look(row_id).due_at, now()))

    assert states(row_id) == ["uncertain"]


# The call


def test_contact_row_is_cancelled_when_there_is_no_audience_provider_any_more(app, provider):
    row_id = saved(contact())
    provide(app, audience=None)
    deliver(row_id)

    assert states(row_id) == ["cancelled"]


def test_no_transaction_is_open_and_no_connection_held_while_the_provider_is_called(
    each_database, app, provider
):
    held = []
    provider.answers = [lambda: held.append(db.engine.pool.checkedout())]
    deliver(saved(mail()))

    assert held == [0]
