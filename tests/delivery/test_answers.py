"""What the worker makes of each answer, and of none."""

from contextlib import suppress
from datetime import timedelta

import pytest

from portal.delivery import breaker, tasks
from portal.extensions import db, now
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, contact, deliver, look, mail, many, provide, saved, states, sweep

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
KEY_LASTS = 15 * MINUTE
DOUBT, BROKEN, DEAD = Uncertain("no answer"), ZeroDivisionError(ADA), KeyboardInterrupt()
CRASHED = "The adapter broke: ZeroDivisionError"
STOPPED = "The worker stopped before it could save the answer"


@pytest.fixture
def attempt(clock):
    """Lets a worker have the row; where it dies, time passes until that is noticed."""

    def attempt(row_id):
        try:
            deliver(row_id)
        except KeyboardInterrupt:
            clock.shift(6 * MINUTE)
            sweep()

    return attempt


@pytest.mark.parametrize(
    ("item", "key_lasts", "answer", "state", "reason"),
    [
        (mail(), None, Refused("no such sender"), "failed", "no such sender"),
        (contact(), None, Refused("no such list"), "failed", "no such list"),
        (mail(), None, DOUBT, "uncertain", "no answer"),
        (mail(), KEY_LASTS, DOUBT, "waiting", "no answer"),
        (contact(), None, DOUBT, "waiting", "no answer"),
        (mail(), None, BROKEN, "uncertain", CRASHED),
        (mail(), KEY_LASTS, BROKEN, "waiting", CRASHED),
        (contact(), None, BROKEN, "waiting", CRASHED),
        (mail(), None, DEAD, "uncertain", STOPPED),
        (mail(), KEY_LASTS, DEAD, "waiting", STOPPED),
        (mail(), 4 * MINUTE, DEAD, "uncertain", STOPPED),  # the key ran out meanwhile
        (contact(), None, DEAD, "waiting", STOPPED),
    ],
)
def test_answer_decides_what_becomes_of_a_row(
    app, provider, attempt, caplog, item, key_lasts, answer, state, reason
):
    """Only what may not be done twice, and may have been done, is for a person to decide."""
    provider.key_lasts, provider.answers = key_lasts, [answer]
    row_id = saved(item)
    attempt(row_id)

    row = look(row_id)
    assert (row.state, row.reason) == (state, reason)
    assert (row.finished_at is None) == (state == "waiting")
    assert row.payload
    assert len(provider.calls) == 1
    assert ("The adapter broke on outbox row" in caplog.text) == (answer is BROKEN)


# Waiting


@pytest.mark.parametrize(
    ("item", "answers", "state"),
    [
        (contact(), [TryLater("down")] * 99, "failed"),
        (contact(), [DEAD] * 99, "failed"),
        (mail(), [DOUBT] + [TryLater("down")] * 99, "uncertain"),
    ],
    ids=["down", "every worker dies", "down, after a doubt"],
)
def test_wait_grows_from_seconds_to_half_a_day_and_ends_after_three_days(
    app, provider, clock, attempt, item, answers, state
):
    provider.key_lasts, provider.answers = timedelta(days=9), answers.copy()
    row_id, start, waits = saved(item), now(), []
    while look(row_id).finished_at is None:
        attempt(row_id)
        waits.append(look(row_id).due_at - now())
        clock.move_to(max(look(row_id).due_at, now()))

    row = look(row_id)
    assert (row.state, row.attempts) == (state, len(tasks.BACK_OFF) + 1)
    assert row.reason.startswith("Gave up after 14 tries. ")
    for wait, planned in zip(waits, tasks.BACK_OFF, strict=False):
        assert 0.8 * planned <= wait <= 1.2 * planned
    assert waits[0] <= 6 * SECOND
    assert timedelta(days=2.3) < now() - start < timedelta(days=3.6)


def test_rows_put_off_together_do_not_come_back_together(app, provider, monkeypatch):
    monkeypatch.setattr(breaker, "FAILURES", 100)
    ids = many(20)
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


@pytest.mark.parametrize(
    ("answer", "late", "state"),
    [
        (DOUBT, 14 * MINUTE, "accepted"),
        (DOUBT, 15 * MINUTE, "uncertain"),
        (TryLater("down"), timedelta(days=1), "accepted"),
    ],
    ids=["its key is known", "its key ran out", "it never left"],
)
def test_mail_that_may_have_left_goes_again_only_while_its_key_is_known(
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


@pytest.mark.parametrize("late", [Receipt("late"), TryLater("late")], ids=["taken", "not taken"])
@pytest.mark.parametrize(
    ("second", "wait", "meanwhile"),
    [
        (DEAD, MINUTE, "sending"),
        (Refused("no"), MINUTE, "failed"),
        (None, 10 * MINUTE, "uncertain"),
    ],
    ids=["has it", "was refused", "came when the key had run out"],
)
def test_worker_that_was_taken_for_dead_changes_nothing_but_that_the_provider_took_it(
    provider, clock, late, second, wait, meanwhile
):
    def slow():
        clock.shift(6 * MINUTE)
        sweep()
        clock.shift(wait)
        provider.answers = [second]
        with suppress(KeyboardInterrupt):  # the second worker's
            deliver(row_id)
        found.extend(states(row_id))
        return late

    provider.key_lasts, provider.answers, found = KEY_LASTS, [slow], []
    row_id = saved(mail())
    deliver(row_id)

    ending = ("accepted", "late") if isinstance(late, Receipt) else (meanwhile, "")
    assert found == [meanwhile]
    assert (look(row_id).state, look(row_id).message_id) == ending


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
