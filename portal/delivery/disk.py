"""Watches the disks, so that the team hears of one that fills while an alert can still leave.

A thread of its own: on a full disk the queue takes nothing, so no regular work comes out of it.
"""

import logging
import threading

from huey import consumer
from sqlalchemy.exc import SQLAlchemyError

from portal import room
from portal.delivery.alerts import alert_again, ring
from portal.delivery.providers import get_providers
from portal.extensions import db, huey

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds
TITLE = "The portal's server needs a person"


class Watch(consumer.BaseProcess):  # type: ignore[misc]
    """Tells of each trouble once, as long as it lasts."""

    process_name = "Watch"

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(huey, stop)
        self.told: set[str] = set()

    def loop(self, now: object = None) -> None:
        """Look once, then wait."""
        try:
            with huey.app.app_context():
                self.look()
        except Exception:
            log.exception("The disks could not be looked at; it is tried again")
        self.stop_flag.wait(EVERY)

    def look(self) -> None:
        """Log what is new, and tell the team."""
        found = room.troubles()
        self.told &= found.keys()
        for about in found.keys() - self.told:
            log.error(found[about])
            if _tell(about, found[about]):
                self.told.add(about)
        db.session.rollback()


def _tell(about: str, words: str) -> bool:
    """Queue an alert; where nothing can be written send it at once. Whether anybody hears of it."""
    if not about.endswith(room.SHUT):
        try:
            alert_again(TITLE, words, about)
            db.session.commit()
        except (SQLAlchemyError, OSError):
            db.session.rollback()
        else:
            return True
    rung = [ring(to, TITLE, words) for to in get_providers().alerts.destinations]
    return any(rung) or not rung
