"""Which worker has a job. It is held for some minutes, anew with each step that is saved.

Where a worker dies another goes on behind the last step, and a worker that only slept for long
finds that the job is not its own any more.
"""

from collections import deque
from datetime import timedelta

from sqlalchemy import or_, select

from portal.extensions import db, now
from portal.newsletter.transfer.models import AT_WORK, JobKind, ListJob
from portal.transaction import TRIES, one_transaction

LEASE = timedelta(minutes=2)
OF_SYNC = timedelta(minutes=10)  # a provider may ask for patience, some minutes for one person


class Lost(Exception):
    """Another worker has the job by now, or it was deleted or begun anew."""


class Hold:
    """A worker's hold on a job."""

    def __init__(self, job: ListJob) -> None:
        self.job_id, self.kind, self.state = job.id, job.kind, job.state
        # The last is what the row says; or the one before, where that commit failed.
        self.mine = deque([job.held_until], maxlen=TRIES + 1)

    def renew(self) -> ListJob:
        """The job, locked and held for longer; in the caller's transaction. Raises Lost."""
        query = select(ListJob).where(ListJob.id == self.job_id).with_for_update()
        job = db.session.scalar(query, execution_options={"populate_existing": True})
        if job is None or job.state is not self.state or job.held_until not in self.mine:
            raise Lost
        job.changed_at = now()
        job.held_until = job.changed_at + _lease(job)
        self.mine.append(job.held_until)
        return job


@one_transaction
def claim() -> Hold | None:
    """Take the oldest job that waits for a worker; one at a time goes on. Commits."""
    at_work = ListJob.state.in_(AT_WORK)
    if db.session.scalar(select(ListJob.id).where(at_work, ListJob.held_until >= now()).limit(1)):
        return None
    is_free = or_(ListJob.held_until.is_(None), ListJob.held_until < now())
    query = select(ListJob).where(at_work, is_free).order_by(ListJob.id).limit(1)
    job = db.session.scalar(query.with_for_update(skip_locked=True))
    if job is None:
        return None
    job.held_until = now() + _lease(job)
    return Hold(job)


def _lease(job: ListJob) -> timedelta:
    return OF_SYNC if job.kind is JobKind.SYNC else LEASE
