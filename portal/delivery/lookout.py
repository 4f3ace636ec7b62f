"""Tells the team when no worker lives, or no database: from the web, as no worker can then.

The alert goes straight to its addresses, past the outbox, which nobody empties. A row of each
address that was told lets only one process ring, and outlives a restart.
"""

import logging
import threading
from contextlib import suppress
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy import Text, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal import metrics
from portal.delivery import heartbeat
from portal.delivery.alerts import AGAIN, alert, ring
from portal.delivery.providers import get_providers
from portal.extensions import Model, Moment, db, insert_into, now, read_only, write_rows
from portal.words import moment

log = logging.getLogger(__name__)

BESIDE = "beside"  # in the app's extensions: what each web process runs in a thread of its own
EVERY = 30.0  # seconds between two looks
END_WITHIN = 2.0  # seconds; the process ends then
LOOKS = 5  # at least so many in the time for which a worker may be silent
TITLE = "The portal needs a person: no worker lives"
TEXT = (
    "There was no sign of one since {since}. Mails and alerts wait, and nothing is lost. "
    "On the server, see to it that “flask worker” runs; its log says what was wrong."
)
DEAF = "The portal needs a person: its database does not answer"
DEAF_TEXT = (
    "There was no answer since {since}. Nothing can be saved and no mail leaves; what was saved "
    "before is there. See to the database, and to its disk. The portal goes on by itself."
)
WELL = "The portal is well again"
GOES_ON = "A worker lives. What waited goes out now."


class SilenceTold(Model):
    """An address of ALERT_URLS that was told that no worker lives."""

    destination: Mapped[str] = mapped_column(Text, primary_key=True)
    """What stands for the address (`providers.alerts.digest`)."""
    told_at: Mapped[datetime] = mapped_column(Moment)


class Lookout:
    """Looks after the workers, for as long as a web process lives."""

    def __init__(self, app: Flask) -> None:
        self.app, self.started = app, now()
        self.was_late, self.trouble, self.deaf_since = False, "", now()
        self.unnoted: set[tuple[str, str]] = set()
        """The addresses that were told what while nothing could be written."""
        self.silent_since: datetime | None = None
        """When a worker was last seen, if that is too long ago; for the team's pages."""

    def start(self) -> None:
        """Look again and again, in a thread of its own."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stop,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop that; what was counted is saved."""
        self._stop.set()
        self._thread.join(END_WITHIN)

    def _run(self, stop: threading.Event) -> None:
        every = min(EVERY, self.app.config["WORKER_SILENT_SECONDS"] / LOOKS)
        is_over = False
        while not is_over:
            is_over = stop.wait(every)
            with self.app.app_context():
                metrics.save()
                if not is_over:
                    self._try()

    def _try(self) -> None:
        """Look once; the log says once what is wrong with that, and the team hears if it lasts."""
        trouble = ""
        try:
            self.look()
        except (SQLAlchemyError, OSError) as error:
            db.session.rollback()
            trouble = str(getattr(error, "orig", error))
        if trouble and not self.trouble:
            log.error("Nobody knows if a worker lives. %s", trouble)
            self.deaf_since = now()
        self.trouble = trouble
        if trouble and self.deaf_since < now() - heartbeat.silence():
            self._tell(DEAF, DEAF_TEXT.format(since=moment(self.deaf_since)))

    def look(self) -> None:
        """Tell the team when no worker lives, or one does again; commits.

        It takes two looks: a machine that slept wakes with a sign of life that is old.
        """
        read_only()
        seen = heartbeat.newest()
        was_told = db.session.scalar(select(SilenceTold.destination).limit(1))
        db.session.rollback()
        last = seen or self.started
        is_late = last < now() - heartbeat.silence()
        self.silent_since = seen if is_late else None
        if is_late and self.was_late:
            self._tell(TITLE, TEXT.format(since=moment(last)))
        elif not is_late and (was_told or self.unnoted):
            self._say_that_all_is_well()
        self.was_late = is_late

    def _tell(self, title: str, words: str) -> None:
        """Ring at each address that nobody rang at; where that cannot be noted, each process does.

        A worker that hangs while it writes lets nobody else write to SQLite.
        """
        for to in get_providers().alerts.destinations:
            is_mine = _claim(to)
            if (to, title) in self.unnoted:
                self.unnoted -= {(to, title)} if is_mine else set()  # it is noted now
            elif is_mine is not False:
                log.error("%s. %s", title, words)
                if not ring(to, title, f"{words} {current_app.config['SITE_URL']}"):
                    _give_back(to)
                elif is_mine is None:
                    self.unnoted.add((to, title))

    def _say_that_all_is_well(self) -> None:
        """Queue the news, as somebody sends it again; only one process finds the rows; commits."""
        if write_rows(delete(SilenceTold)).rowcount or self.unnoted:
            alert(WELL, f"{GOES_ON} {current_app.config['SITE_URL']}")
            log.warning(GOES_ON)
        db.session.commit()
        self.unnoted.clear()


def silent_since() -> datetime | None:
    """Since when this process has seen no worker, if that is for too long."""
    lookout: Lookout = current_app.extensions[BESIDE]
    return lookout.silent_since


def init_app(app: Flask) -> None:
    """Let the web processes run it beside all else."""
    app.extensions[BESIDE] = Lookout(app)


def _claim(to: str) -> bool | None:
    """Whether nobody has told this address, or that was long ago; commits. None: nobody knows."""
    new = insert_into(SilenceTold, db.engine.dialect.name).values(destination=to, told_at=now())
    is_old = SilenceTold.told_at < now() - AGAIN
    mine = new.on_conflict_do_update(
        index_elements=["destination"], set_={"told_at": now()}, where=is_old
    )
    try:
        is_mine = write_rows(mine.returning(SilenceTold.destination)).first() is not None
        db.session.commit()
    except (SQLAlchemyError, OSError):
        db.session.rollback()
        return None
    return is_mine


def _give_back(to: str) -> None:
    """Let the next look ring there."""
    with suppress(SQLAlchemyError, OSError):
        write_rows(delete(SilenceTold).where(SilenceTold.destination == to))
        db.session.commit()
    db.session.rollback()
