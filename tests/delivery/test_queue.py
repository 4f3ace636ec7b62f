"""Each storage that the queue may have, and what a request does when it is silent."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from portal import later, queues
from portal.delivery import tasks
from portal.extensions import huey
from portal.queues import queue_storage


@pytest.fixture
def env(env, queue_url):
    return env | {"QUEUE_URL": queue_url}


def test_what_is_asked_for_now_and_later_outlives_the_process(work, queue_url):
    later.ask("a sweep", tasks.sweep)
    later.ask("a sweep", tasks.sweep, after=timedelta(seconds=5))
    again = queue_storage(queue_url)
    kept = again.queue_size()
    again.close()
    if pool := getattr(again, "pool", None):
        pool.disconnect()
    work()
    present = datetime.now(UTC).replace(tzinfo=None)
    early, brought = (huey.read_schedule(present + timedelta(seconds=wait)) for wait in (1, 7))

    assert (kept, early, len(brought)) == (2, [], 1)
    assert (huey.pending_count(), huey.scheduled_count()) == (0, 0)


def test_unknown_kind_of_queue_is_refused():
    with pytest.raises(ValueError, match="amqp://"):
        queue_storage("amqp://localhost")


@pytest.mark.services
def test_workers_that_start_together_can_all_use_a_new_queue(blank_postgres_url):
    start = Barrier(4)

    def begin(_):
        start.wait(10)
        queue = queue_storage(blank_postgres_url)
        queue.enqueue(b"here")
        queue.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(begin, range(4))) == [None] * 4


@pytest.mark.enable_socket
@pytest.mark.parametrize("kind", ["redis", "postgresql"])
def test_silent_queue_is_not_waited_for_long(monkeypatch, kind):
    """It takes the connection and says nothing, as a machine behind a broken switch would."""
    monkeypatch.setattr(queues, "QUEUE_TIMEOUT", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(Exception, match=r"(?i)time"):
            queue_storage(f"{kind}://127.0.0.1:{silent.getsockname()[1]}/0").enqueue(b"x")

    assert time.monotonic() - start < 12
