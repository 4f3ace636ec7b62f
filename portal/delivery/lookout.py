"""Tells the team when no worker lives: from the web processes, as the worker no longer can.

The alert goes straight to its addresses, past the outbox, which nobody empties. A row of each
address that was told lets only one process ring, and outlives a restart.
"""

import logging
import threading
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

EVERY = 30.0  # seconds between two looks
LOOKS = 5  # at least so many in the time for which a worker may be silent
TITLE = "The portal needs a person: no worker lives"
TEXT = (
    "There was no sign of one since {since}. Mails and alerts wait, and nothing is lost. "
    "On the server, see to it that “flask worker” runs; its log says what was wrong."
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
        self.app, self.started, self.was_late = app, now(), False
        self.trouble = ""

    def run(self, stop: threading.Event) -> None:
        """Look again and again, until it is to stop."""
        every = min(EVERY, self.app.config["WORKER_SILENT_SECONDS"] / LOOKS)
        while not stop.wait(every):
            trouble = ""
            with self.app.app_context():
                try:
                    self.look()
                    metrics.save()
                except (SQLAlchemyError, OSError) as error:
                    db.session.rollback()
                    trouble = str(getattr(error, "orig", error))
            if trouble and not self.trouble:
                log.error("Nobody knows if a worker lives. %s", trouble)
            self.trouble = trouble

    def look(self) -> None:
        """Tell the team when no worker lives, or one does again; commits.

        It takes two looks: a machine that slept wakes with a sign of life that is old.
        """
        read_only()
        last = heartbeat.newest() or self.started
        was_told = db.session.scalar(select(SilenceTold.destination).limit(1))
        db.session.rollback()
        is_late = last < now() - heartbeat.silence()
        if is_late and self.was_late:
            _tell(last)
        elif was_told and not is_late:
            _say_that_all_is_well()
        self.was_late = is_late


def silent_since() -> datetime | None:
    """Since when no worker was seen, if that is for too long; for the team's pages.

    None as well where none has ever run, and where nobody knows.
    """
    try:
        last = heartbeat.newest()
    except SQLAlchemyError:
        db.session.rollback()
        return None
    return last if last and last < now() - heartbeat.silence() else None


def _tell(last: datetime) -> None:
    words = TEXT.format(since=moment(last))
    for to in get_providers().alerts.destinations:
        if _is_my_turn(to):
            log.error("%s. %s", TITLE, words)
            if not ring(to, TITLE, f"{words} {current_app.config['SITE_URL']}"):
                write_rows(delete(SilenceTold).where(SilenceTold.destination == to))
                db.session.commit()


def _is_my_turn(to: str) -> bool:
    """Whether nobody has told this address, or that was long ago; commits."""
    new = insert_into(SilenceTold, db.engine.dialect.name).values(destination=to, told_at=now())
    is_old = SilenceTold.told_at < now() - AGAIN
    mine = new.on_conflict_do_update(
        index_elements=["destination"], set_={"told_at": now()}, where=is_old
    )
    is_mine = write_rows(mine).rowcount > 0
    db.session.commit()
    return is_mine


def _say_that_all_is_well() -> None:
    """Queue the news, as somebody sends it again; only one process finds the rows; commits."""
    if write_rows(delete(SilenceTold)).rowcount:
        alert(WELL, f"{GOES_ON} {current_app.config['SITE_URL']}")
        log.warning(GOES_ON)
    db.session.commit()
