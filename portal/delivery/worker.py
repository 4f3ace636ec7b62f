"""The worker's threads: for the outbox, for what providers told, for Huey's jobs.

One listens for new rows, one watches the disks, and one says that the process lives.
"""

import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from huey import consumer
from sqlalchemy import make_url

from portal import room, storage
from portal.delivery import claims, disk, events, heart, tasks
from portal.delivery.models import Urgency
from portal.extensions import db, huey, now

log = logging.getLogger(__name__)

HEARERS = 2  # threads for what providers told; a mail that is fetched may keep one
JOBS = 2  # threads for Huey: files, the regular work
NAP = 1.0  # seconds after which everybody looks again, though nothing was heard
UNREACHABLE = "The database could not be read or written; it is tried again. %s"
PAUSE = 5.0  # seconds after a database that does not answer
GLANCE = 0.05  # seconds between two looks at SQLite's counter of commits
NO_BULK = tuple(one for one in Urgency if one is not Urgency.BULK)
STARVING = timedelta(hours=1)  # after which a row goes before more urgent ones, now and then
OLD_EVERY = 4  # of so many rows that a thread takes, one is such
NONE_OLD = timedelta(minutes=1)  # after which such a row is looked for again, where there was none


class Drainer(consumer.BaseProcess):  # type: ignore[misc]
    """Takes one step after the other until nothing is ready; then waits to be woken."""

    process_name = "Drainer"

    def __init__(
        self, stop: threading.Event, wake: threading.Event, step: Callable[[], bool]
    ) -> None:
        super().__init__(huey, stop)
        self.wake, self.step = wake, step
        self.since = time.monotonic()
        """Since when it has been doing what it does."""

    def loop(self, now: object = None) -> None:
        """Do all that is ready once, then wait."""
        self.wake.clear()
        self.since = time.monotonic()
        try:
            with huey.app.app_context():
                self.drain()
        except Exception as error:
            trace = None if room.is_not_now(error) else error  # it comes each few seconds
            log.error(UNREACHABLE, getattr(error, "orig", error), exc_info=trace)
            self.stop_flag.wait(PAUSE)
        self.wake.wait(NAP)

    def drain(self) -> None:
        """Do all that is ready, or until the worker is to stop."""
        while self.step() and not self.stop_flag.is_set():
            self.since = time.monotonic()
        db.session.commit()


class Outbox(Drainer):
    """Sends rows, the most urgent first; now and then one that has waited for too long."""

    process_name = "Outbox"

    def __init__(self, stop: threading.Event, wake: threading.Event, *, bulk: bool) -> None:
        super().__init__(stop, wake, self.send)
        self.order = tuple(Urgency) if bulk else NO_BULK
        self.taken, self.look_again = 0, now()

    def send(self) -> bool:
        """Send the next row; whether there was one. What came of it is saved with the next step."""
        self.taken += 1
        job = None
        if self.taken % OLD_EVERY == 0 and now() >= self.look_again:
            job = claims.take(tuple(reversed(self.order)), before=now() - STARVING)
            self.look_again = now() if job else now() + NONE_OLD
        job = job or claims.take(self.order)
        if job:
            tasks.deliver(*job)
        return job is not None


class Listener(consumer.BaseProcess):  # type: ignore[misc]
    """Wakes those who send when a row was written, or has come due, by whatever process."""

    process_name = "Listener"

    def __init__(self, stop: threading.Event, wake: threading.Event) -> None:
        super().__init__(huey, stop)
        self.wake = wake
        self.url = make_url(huey.app.config["SQLALCHEMY_DATABASE_URI"])

    def loop(self, now: object = None) -> None:
        """Listen until something is wrong, and begin again."""
        try:
            if self.url.get_backend_name() == "sqlite":
                self._watch_file()
            else:
                self._listen()
        except Exception:
            log.exception("Nobody tells of new rows; each thread looks for itself every second")
            self.stop_flag.wait(PAUSE)

    def _watch_file(self) -> None:
        """See that another connection has committed (SQLite, "PRAGMA data_version")."""
        with closing(sqlite3.connect(str(self.url.database))) as connection:
            seen = None
            while not self.stop_flag.wait(GLANCE):
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    self.wake.set()

    def _listen(self) -> None:
        """Hear what `outbox` says in each transaction that writes a row (PostgreSQL, "NOTIFY")."""
        import psycopg  # noqa: PLC0415

        dsn = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("LISTEN outgoing")
            while not self.stop_flag.is_set():
                for _ in connection.notifies(timeout=NAP, stop_after=1):
                    self.wake.set()


class Worker(consumer.Consumer):  # type: ignore[misc]
    """Huey's consumer, and beside its threads ours."""

    def __init__(self, threads: int) -> None:
        super().__init__(huey, workers=JOBS, max_delay=NAP, graceful_signal="TERM")
        # Huey lets one signal be graceful; a mail that was cut off is uncertain, whichever it was.
        self._signal_actions[signal.SIGINT] = self._signal_actions[signal.SIGTERM]
        wake = threading.Event()
        drainers = [Drainer(self.stop_flag, wake, events.act) for _ in range(HEARERS)]
        for number in range(threads):  # one thread is kept for what is urgent
            drainers.append(Outbox(self.stop_flag, wake, bulk=number > 0 or threads == 1))
        processes: list[consumer.BaseProcess] = [Listener(self.stop_flag, wake), *drainers]
        processes.append(disk.Watch(self.stop_flag))
        # Nobody wakes this one, as nobody waits for it; and a bucket may keep it for long.
        processes.append(Drainer(self.stop_flag, threading.Event(), storage.step))
        processes.append(heart.Heart(self.stop_flag, lambda: [one.since for one in drainers]))
        for one in processes:
            self.worker_threads.append((one, self._create_process(one, one.process_name)))
