"""The regular work: tell the team what ends, and end it."""

import logging

from huey import crontab

from portal.clearing import notice
from portal.extensions import huey
from portal.inbox.desk import erasing
from portal.retention import services

log = logging.getLogger(__name__)


@huey.periodic_task(crontab(minute="*/15"))  # type: ignore[untyped-decorator]
def tell_week() -> None:
    """Every quarter of an hour: see if it is time to tell the team what ends."""
    notice.tell_week()


@huey.periodic_task(crontab(minute="25"))  # type: ignore[untyped-decorator]
def end_due() -> None:
    """Every hour: delete what the team was told of a week ago. Any number of workers may do so."""
    numbers = services.end_due()
    if any(numbers.values()):
        erasing.finish()
        log.info("Deleted, as the team was told: %s", ", ".join(notice.in_words(numbers)))
