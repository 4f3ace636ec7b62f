"""The ledger balances, and says in words what the team should look at."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from portal.delivery import claims, enqueue, erasing, ledger, tasks
from portal.delivery.models import LedgerEntry, Outgoing
from portal.extensions import db
from portal.providers.errors import Refused, TryLater, Uncertain
from tests.delivery import deliver, mail, many, saved

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_ledger_counts_every_row_once(app, provider):
    provider.answers = [TryLater("down"), Refused("no"), Uncertain("?")]
    ids = many(6)
    deliver(*ids[:4])
    claims.take(only=Outgoing.id == ids[4])
    enqueue(mail(), cancelled="no")
    db.session.commit()

    book = ledger.read()
    assert (book.saved, book.accepted, book.waiting) == (7, 1, 3)
    assert {state: number for state, number in book.states.items() if number == 1} == dict.fromkeys(
        ["queued", "sending", "waiting", "accepted", "failed", "uncertain", "cancelled"], 1
    )
    assert book.balances


@pytest.mark.usefixtures("each_database")
def test_ledger_says_the_same_when_its_entries_were_summed_up(app, monkeypatch):
    def entries():
        return db.session.scalar(select(func.count()).select_from(LedgerEntry))

    saved(*(mail(str(number)) for number in range(9)))
    erasing.forget("ada@example.org")
    enqueue(mail(), cancelled="no")
    before, many_entries = ledger.read(), entries()
    monkeypatch.setattr(ledger, "MANY", 0)
    tasks.sweep.call_local()

    assert ledger.read() == before
    assert (many_entries, entries()) == (20, 2)


@pytest.mark.usefixtures("only_sqlite")
def test_ledger_does_not_balance_when_a_row_is_in_no_state_that_we_know(app):
    saved(mail())
    for statement in ("PRAGMA ignore_check_constraints=1", "UPDATE outgoing SET state = 'lost'"):
        db.session.execute(text(statement))
    db.session.commit()

    assert not ledger.read().balances


def test_rows_that_only_wait_for_another_are_not_overdue_and_those_of_dead_workers_are(
    app, provider, clock
):
    provider.answers = [TryLater("down", HOUR)]
    first, _ = saved(mail("1"), mail("2"))
    deliver(first)
    claims.take(only=Outgoing.id == saved(mail(to="bob@example.org")))
    overdue = []
    for wait in (0 * HOUR, 11 * MINUTE, 2 * HOUR):
        clock.shift(wait)
        overdue.append(ledger.read().overdue)

    assert overdue == [0, 1, 2]


def test_team_is_told_what_to_look_at_and_nothing_else(app, provider, clock, caplog):
    deliver(saved(mail()))
    tasks.watch_ledger.call_local()
    assert caplog.records == []

    provider.answers = [Refused("no"), Uncertain("?")]
    deliver(*many(3)[:2])
    clock.shift(HOUR)
    caplog.clear()
    tasks.watch_ledger.call_local()

    assert [record.message for record in caplog.records] == [
        "Rows that should have gone: 1. Is “flask worker” running?",
        "Rows that failed: 1. See them with “flask delivery status”.",
        "Rows that may or may not have been sent: 1. A person must decide.",
    ]
