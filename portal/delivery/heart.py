"""The worker's heart: a thread that says that the process lives, as long as its others get on."""

import logging
import secrets
import threading
import time
from collections.abc import Callable

from huey import consumer
from sqlalchemy.exc import SQLAlchemyError

from portal import metrics
from portal.delivery import claims, heartbeat
from portal.extensions import db, huey

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds
REPORT_EVERY = 60.0  # seconds
REPORT_TAKES = 5.0  # seconds at most
BEATS = 3  # at least so many in the time for which a worker may be silent


class Heart(consumer.BaseProcess):  # type: ignore[misc]
    """Beats while no thread stands still; `stands` gives since when each has done the same thing.

    One call of a provider may last a while, but never as long as its claim (`CLAIM_LASTS`).
    """

    process_name = "Heart"

    def __init__(self, stop: threading.Event, stands: Callable[[], list[float]]) -> None:
        super().__init__(huey, stop)
        self.stands, self.id, self.trouble = stands, secrets.token_hex(8), ""
        self.report_at, self.unreported = 0.0, ""

    def loop(self, now: object = None) -> None:
        """Beat once, and say so elsewhere, then wait."""
        with huey.app.app_context():
            if self.beat():
                self.report()
            metrics.save()
            every = min(EVERY, heartbeat.silence().total_seconds() / BEATS)
        self.stop_flag.wait(every)

    def shutdown(self) -> None:
        """Lose no count."""
        with huey.app.app_context():
            metrics.save()

    def beat(self) -> bool:
        """Say that all is well, if it is; the log says once what is not."""
        trouble = ""
        try:
            if min(self.stands()) < time.monotonic() - claims.CLAIM_LASTS.total_seconds():
                trouble = "A thread hangs that sends rows or reads news: start the worker again"
            else:
                heartbeat.beat(self.id)
        except (SQLAlchemyError, OSError) as error:
            db.session.rollback()
            trouble = f"No sign of life could be written. {getattr(error, 'orig', error)}"
        if trouble and not self.trouble:
            log.error(trouble)
        self.trouble = trouble
        return not trouble

    def report(self) -> None:
        """Call DEADMAN_URL each minute: who listens there tells the team when nobody calls.

        The address is a secret, and is said nowhere.
        """
        import requests  # noqa: PLC0415 - the web processes load this module, and need it not

        url = huey.app.config["DEADMAN_URL"]
        if not url or time.monotonic() < self.report_at:
            return
        self.report_at, trouble = time.monotonic() + REPORT_EVERY, ""
        try:
            requests.get(url, timeout=REPORT_TAKES).raise_for_status()
        except requests.HTTPError as error:
            trouble = f"It answered {error.response.status_code}"
        except requests.RequestException as error:
            trouble = type(error).__name__
        if trouble != self.unreported:
            log.warning("DEADMAN_URL: %s", trouble or "It answers again")
        self.unreported = trouble
