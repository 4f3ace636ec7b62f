"""The newsletter's regular work."""

import logging

from huey import crontab

from portal.extensions import huey
from portal.newsletter import retention

log = logging.getLogger(__name__)


@huey.periodic_task(crontab(minute="10"))  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Every hour: delete what nobody confirmed or decided about in time, and call for a person."""
    if waiting := retention.waiting():
        log.warning("Sign-ups that a person must look at: %s. See “flask newsletter held”", waiting)
    if number := retention.purge_held():
        log.info("Deleted %s held sign-ups that nobody decided about in time", number)
    if number := retention.purge():
        log.info("Deleted %s sign-ups that were not confirmed in time", number)
