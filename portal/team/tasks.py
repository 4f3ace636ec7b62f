"""The team's regular work."""

import logging

from huey import crontab

from portal.extensions import huey
from portal.team.audit import retention

log = logging.getLogger(__name__)


@huey.periodic_task(crontab(hour="3", minute="40"))  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Every night: delete what is noted of the team for long enough."""
    if number := retention.purge():
        log.info("Deleted %s entries about what the team did long ago", number)
