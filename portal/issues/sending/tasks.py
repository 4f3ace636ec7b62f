"""The regular work of issues: begin those that are due, go on with those under way, count."""

import logging

from huey import crontab

from portal.delivery import restored
from portal.delivery.alerts import alert_again
from portal.extensions import db, huey
from portal.issues import scheduling
from portal.issues.sending import asking, books, driving, periods

log = logging.getLogger(__name__)


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def keep_going() -> None:
    """Every minute: let leave what is due, and go on where anything was left to be done.

    Any number of workers may do so at once.
    """
    if restored.is_open():
        return
    for issue_id in scheduling.due():
        if scheduling.start(issue_id):
            log.info("Issue %s begins to leave", issue_id)
    for issue_id in driving.under_way():
        driving.go_on(issue_id)


@huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def watch() -> None:
    """Every ten minutes: ask what is uncertain and what is counted, and check our own sums."""
    asking.prove()
    asking.count()
    for trouble in (found := list(books.troubles())):
        log.error(trouble)
    if found:
        words = "On the server, “flask issues status” shows what does not add up."
        alert_again("The people of a newsletter do not add up", words, about="issues")
    db.session.commit()


@huey.periodic_task(crontab(minute="40"))  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Every hour: take away what is not needed any more, at providers and of old issues here."""
    asking.tidy()
    periods.forget_recipients()
