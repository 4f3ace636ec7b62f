"""Sign-ups that nobody confirmed are deleted, and nobody else."""

from __future__ import annotations

from datetime import timedelta

from portal.newsletter import tasks
from portal.newsletter.models import State
from tests.newsletter import anything_kept_about, state_of, tables

SEVEN_DAYS = timedelta(days=7)


def test_the_purge_deletes_old_pending_signups_and_nobody_else(add, clock):
    for state in State:
        add(f"{state}@example.org", state)
    clock.shift(SEVEN_DAYS)
    add("new@example.org", State.PENDING)
    tasks.purge_unconfirmed.call_local()
    assert state_of("pending@example.org") is State.PENDING

    clock.shift(1)
    tasks.purge_unconfirmed.call_local()

    left = {row.email for row in tables()["subscriber"]}
    assert left == {f"{state}@example.org" for state in State} - {"pending@example.org"} | {
        "new@example.org"
    }


def test_a_purged_address_is_nowhere(visit, asked, clock):
    asked()
    clock.shift(timedelta(days=8))

    tasks.purge_unconfirmed.call_local()

    assert not anything_kept_about("ada@example.org")


def test_who_asks_again_in_time_is_not_purged(visit, asked, clock):
    asked()
    clock.shift(timedelta(days=6))
    link = asked()
    clock.shift(timedelta(days=2))
    tasks.purge_unconfirmed.call_local()

    assert visit.send(link).heading == "You are signed up"
