"""A worker that lives says so; one that hangs, or cannot write, does not."""

import threading
import time
from datetime import timedelta

import pytest

from portal.delivery import claims, heartbeat, worker
from portal.delivery.heart import Heart
from portal.extensions import db, now
from tests.test_full_disk import refusing

pytestmark = pytest.mark.usefixtures("each_database")


def a_heart(stands):
    return Heart(threading.Event(), lambda: stands)


def test_each_worker_has_a_row_and_one_that_ended_is_forgotten(app, clock):
    old, new = a_heart([time.monotonic()]), a_heart([time.monotonic()])
    assert heartbeat.newest() is None
    assert heartbeat.is_late()
    for one in (old, new, new):
        assert one.beat()
    assert db.session.query(heartbeat.Heartbeat).count() == 2

    clock.shift(timedelta(days=1, seconds=1))
    assert heartbeat.is_late()
    new.stands = lambda: [time.monotonic()]
    assert new.beat()
    (row,) = db.session.query(heartbeat.Heartbeat)
    assert row.seen_at == heartbeat.newest() == now()
    assert row.started_at < row.seen_at
    assert not heartbeat.is_late()


def test_it_does_not_beat_while_a_thread_hangs_and_says_so_once(app, caplog):
    one = time.monotonic()
    stands = [one, one - claims.CLAIM_LASTS.total_seconds() - 1]
    heart = a_heart(stands)
    assert not heart.beat()
    assert not heart.beat()
    assert heartbeat.newest() is None
    assert caplog.text.count("A thread hangs") == 1

    stands.pop()
    assert heart.beat()
    assert heartbeat.newest()


def test_where_nothing_can_be_written_it_goes_on_trying(app, monkeypatch, caplog):
    heart = a_heart([time.monotonic()])
    with monkeypatch.context() as patch:
        patch.setattr(heartbeat, "beat", refusing(28))
        assert not heart.beat()
    assert "No sign of life could be written" in caplog.text
    assert heart.beat()


def test_each_thread_says_since_when_it_does_what_it_does(app):
    stop, wake, seen = threading.Event(), threading.Event(), []
    wake.set()

    def step():
        seen.append(one.since)
        return len(seen) < 3

    one = worker.Drainer(stop, wake, step)
    one.drain()
    assert seen == sorted(set(seen))
