"""Each storage that the queue may have, and what a request does when it is silent."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from portal import extensions
from portal.delivery import enqueue
from portal.extensions import db, huey, queue_storage
from portal.providers.errors import TryLater
from tests.delivery import mail, put_off, states
from tests.delivery.processes import ROOT

MANY_AT_ONCE = """
import sys
from portal.extensions import queue_storage
sys.stdin.readline()
queue_storage(sys.argv[1]).enqueue(b"here")
"""


@pytest.fixture
def env(env, queue_url):
    return env | {"QUEUE_URL": queue_url}


def test_row_goes_through_the_queue_now_and_later(app, provider, work):
    provider.answers = [TryLater("down")]
    row_id = enqueue(mail()).id
    db.session.commit()
    work()
    waiting, wait = states(row_id), put_off()[row_id]
    brought = huey.read_schedule(datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=7))

    assert waiting == ["waiting"]
    assert timedelta(seconds=1) < wait < timedelta(seconds=7)
    assert [task.args for task in brought] == [(row_id,)]
    assert (huey.pending_count(), huey.scheduled_count()) == (0, 0)


def test_queue_outlives_the_process(app, queue_url):
    enqueue(mail())
    db.session.commit()

    again = queue_storage(queue_url)
    try:
        assert again.queue_size() == 1
    finally:
        again.close()
        if pool := getattr(again, "pool", None):
            pool.disconnect()


def test_unknown_kind_of_queue_is_refused():
    with pytest.raises(ValueError, match="amqp://"):
        queue_storage("amqp://localhost")


@pytest.mark.services
def test_processes_that_start_together_can_all_use_a_new_queue(blank_postgres_url):
    command = [sys.executable, "-c", MANY_AT_ONCE, blank_postgres_url]
    started = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    errors = [process.communicate("go\n", 60)[1] for process in started]

    assert errors == [""] * 3


@pytest.mark.enable_socket
@pytest.mark.parametrize("kind", ["redis", "postgresql"])
def test_silent_queue_is_not_waited_for_long(monkeypatch, kind):
    """It takes the connection and says nothing, as a machine behind a broken switch would."""
    monkeypatch.setattr(extensions, "QUEUE_TIMEOUT", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(Exception, match=r"(?i)time"):
            queue_storage(f"{kind}://127.0.0.1:{silent.getsockname()[1]}/0").enqueue(b"x")

    assert time.monotonic() - start < 12
