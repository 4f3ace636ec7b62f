"""The jobs on the list, in the worker."""

import logging

from huey import crontab

from portal import later
from portal.extensions import huey
from portal.newsletter.transfer import jobs, working

log = logging.getLogger(__name__)


@huey.task()  # type: ignore[untyped-decorator]
def work() -> None:
    """Do some of what waits; the rest comes behind other regular work."""
    if working.work():
        wake()


def wake() -> None:
    """Ask the worker to look. Where the queue loses that, the sweep does."""
    later.ask("the jobs on the newsletter's list", work)


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every minute: go on with what a worker left behind, or the queue forgot."""
    if working.work():
        wake()


@huey.periodic_task(crontab(minute="35"))  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Every hour: delete lists that nobody went on with, and old reports."""
    if number := jobs.tidy():
        log.info("Deleted %s old jobs on the newsletter's list", number)
