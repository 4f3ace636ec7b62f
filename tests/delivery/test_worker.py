"""The worker's threads: the most urgent row goes first, none starves, and a new one is heard of."""

import threading
from datetime import timedelta

import pytest

from portal.delivery import Unsubscribe, Urgency, alert, enqueue, worker
from portal.extensions import db
from tests.delivery import contact, mail, many, saved, states
from tests.services import until

SLOW = 60  # seconds that no machine needs for it, however busy


def thread(*, bulk=True):
    """A thread of the outbox that is not started; `bulk=False` for the one that takes no bulk."""
    return worker.Outbox(threading.Event(), threading.Event(), bulk=bulk)


@pytest.fixture
def at_once(app, provider, bell):
    """Rows of every urgency, the least urgent first; returns those of bulk."""
    bulk = [enqueue(contact(email=f"{n}@example.org"), urgency=Urgency.BULK) for n in range(2)]
    enqueue(Unsubscribe("one@example.org"))
    enqueue(mail("A receipt", "two@example.org"))
    enqueue(mail("A note", "team@example.org"), urgency=Urgency.TEAM)
    enqueue(mail("An answer", "three@example.org"), urgency=Urgency.PERSON)
    enqueue(mail("A password", "four@example.org"), urgency=Urgency.URGENT)
    alert("An alert", "It is urgent")
    db.session.commit()
    bell.calls = provider.calls  # in one list, to see their order
    return bulk


@pytest.mark.usefixtures("each_database")
def test_whatever_was_written_first_the_most_urgent_goes_first(at_once, provider):
    thread().drain()

    first = [call[0] if call[0] != "send" else call[2] for call in provider.calls]
    mails = ["A password", "chat", "An answer", "A note", "A receipt"]
    assert first == [*mails, "unsubscribe", "upsert", "upsert"]


def test_one_thread_is_kept_from_bulk(at_once, provider):
    thread(bulk=False).drain()

    assert states(*at_once) == ["queued"] * 2
    assert len(provider.calls) == 6


@pytest.mark.usefixtures("each_database")
def test_a_row_that_waits_for_an_hour_goes_though_others_are_more_urgent(provider, clock):
    waits = saved(contact())
    clock.shift(timedelta(hours=1, minutes=1))
    many(9)
    thread().drain()

    assert "upsert" in [call[0] for call in provider.calls[: worker.OLD_EVERY]]
    assert states(waits) == ["accepted"]


def test_a_worker_that_is_to_stop_finishes_what_it_sends_and_takes_no_more(provider):
    one = thread()
    provider.answers = [one.stop_flag.set]
    ids = many(2)
    one.drain()

    assert states(*ids) == ["accepted", "queued"]


@pytest.mark.services
@pytest.mark.enable_socket
@pytest.mark.usefixtures("each_database")
def test_those_who_send_hear_of_a_new_row_at_once(app):
    stop, wake = threading.Event(), threading.Event()
    listener = worker.Listener(stop, wake)
    running = threading.Thread(target=listener.loop)
    running.start()

    def hears(within):
        wake.clear()
        saved(mail())
        return wake.wait(within)

    try:
        until(lambda: hears(1), SLOW)  # it has to connect first
        assert hears(SLOW)
    finally:
        stop.set()
        running.join()
