"""What the queue loses is found."""

from datetime import timedelta

from huey.storage import MemoryStorage

from portal.delivery import enqueue, events, tasks
from portal.extensions import db, huey
from portal.providers.errors import TryLater
from tests.delivery import ADA, contact, deliver, go, mail, news, saved, states, sweep

MINUTE = timedelta(minutes=1)


class BrokenQueue(MemoryStorage):
    """A queue whose storage does not answer."""

    def enqueue(self, data, priority=None):
        raise ConnectionError("the queue is down")


def test_request_is_answered_though_the_queue_is_down_and_its_row_leaves_later(
    visit_plain, provider, clock, caplog
):
    working, huey.storage = huey.storage, BrokenQueue()
    answer = visit_plain.send("/newsletter/", {"email": ADA})
    enqueue(mail(to="bob@example.org"))
    db.session.commit()
    huey.storage = working
    clock.shift(MINUTE)
    sweep()
    go()

    assert (answer.status, answer.heading) == (200, "Check your email")
    assert "QUEUE_URL does not answer" in caplog.text
    assert len(provider.calls) == 2


def test_rows_that_must_wait_for_another_do_not_hide_overdue_ones(
    app, provider, clock, monkeypatch
):
    """The sweep takes so many at a time: it would see nothing else for as long as they wait."""
    monkeypatch.setattr(tasks, "SWEEP_AT_ONCE", 3)
    provider.answers = [TryLater("busy", timedelta(hours=12))]
    first, *_ = saved(*(contact(str(number)) for number in range(4)))
    deliver(first)
    forgotten = saved(contact(email="bob@example.org"))
    clock.shift(MINUTE)
    sweep()
    go()

    assert states(forgotten) == ["accepted"]


def test_sweeps_leave_a_worker_alone_that_is_only_behind(app, clock, monkeypatch):
    for one in (tasks, events):
        monkeypatch.setattr(one, "SWEEP_AT_ONCE", -1)
    events.save("scripted", [news("bounced", "1")])
    saved(mail())
    clock.shift(MINUTE)
    sweep()
    events.sweep_events.call_local()

    assert huey.pending_count() == 0
