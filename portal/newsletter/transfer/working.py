"""What the worker does of the jobs on the list, a little at a time."""

import logging
import time
from collections.abc import Callable, Iterator

from portal import room
from portal.extensions import db
from portal.newsletter.transfer import holding, import_work, sync_work
from portal.newsletter.transfer.holding import Hold, Lost
from portal.newsletter.transfer.models import JobKind, JobState
from portal.providers.errors import ProviderError
from portal.transaction import one_transaction

log = logging.getLogger(__name__)

SLICE = 20.0  # seconds, after which other regular work has its turn
BROKE = "Something of ours broke. Tell whoever looks after the portal, and try it again."
GONE = "Its file is not there any more. Choose it again."

WORK: dict[tuple[JobKind, JobState], Callable[[Hold], Iterator[None]]] = {
    (JobKind.IMPORT, JobState.TRYING): import_work.attempt,
    (JobKind.IMPORT, JobState.GOING): import_work.go,
    (JobKind.SYNC, JobState.TRYING): sync_work.attempt,
    (JobKind.SYNC, JobState.GOING): sync_work.go,
}


def work(seconds: float = SLICE, tell: Callable[[], None] | None = None) -> bool:
    """Do some of the oldest job; returns whether there may be more to do. Commits as it goes.

    What is to be told is told after each step.
    """
    hold = holding.claim()
    if hold is None:
        return False
    try:
        _work(hold, time.monotonic() + seconds, tell)
    except Lost:
        db.session.rollback()
    except Exception as error:
        db.session.rollback()
        if room.is_not_now(error):  # it goes on when there is room, or the database answers
            log.warning("A job on the newsletter's list has to wait: %s", error)
            return False
        one_transaction(_stop)(hold, _words(error))
    return True


def _work(hold: Hold, until: float, tell: Callable[[], None] | None) -> None:
    is_trial = hold.state is JobState.TRYING
    for _ in WORK[hold.kind, hold.state](hold):
        if tell:
            tell()
        if time.monotonic() > until and not is_trial:
            one_transaction(_let_go)(hold)
            return


def _let_go(hold: Hold) -> None:
    hold.renew().held_until = None


def _stop(hold: Hold, why: str) -> None:
    try:
        job = hold.renew()
    except Lost:
        return
    job.state, job.held_until, job.why = JobState.STOPPED, None, why


def _words(error: Exception) -> str:
    if isinstance(error, ProviderError):
        return f"{error} What was done is kept."
    if isinstance(error, FileNotFoundError):
        return GONE
    log.error("A job on the newsletter's list broke", exc_info=error)
    return BROKE
