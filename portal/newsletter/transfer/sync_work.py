"""The comparison with the provider's list, step by step: first what differs, then it is mended."""

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from portal.extensions import db, now
from portal.newsletter.transfer import jobs, sync, sync_repair
from portal.newsletter.transfer.holding import Hold
from portal.newsletter.transfer.import_work import line_of, note_lines
from portal.newsletter.transfer.models import JobLine, JobState, ListJob
from portal.newsletter.transfer.sync import Difference
from portal.transaction import one_transaction

OFTEN = 5.0  # seconds after which it is saved how far it is
# What differs, as a report says it. `{name}` is the provider.
DIFFERENCES = {
    "has_left": "Left at {name}, and not yet here",
    "to_stop": "Left here, and still get mail from {name}",
    "missing": "Missing at {name}, or not on its list",
    "changed": "Have other choices at {name}",
}
NUMBERS = {
    "same": "The same on both sides",
    "unseen": "Of these, {name} does not tell what they chose",
    "waiting": "In the outbox already, or changed just now: left alone",
    "unknown": "Only known at {name}: left alone",
}


def attempt(hold: Hold) -> Iterator[None]:
    """Compare; a new worker begins again, for nothing is changed by it."""
    job = hold.renew()
    jobs.begin(job, JobState.TRYING)
    job.total = sync.subscribers()
    db.session.commit()
    found = Difference()
    saved = time.monotonic()
    for found in sync.compare():
        if time.monotonic() > saved + OFTEN:
            one_transaction(_save_progress)(hold, found.looked)
            saved = time.monotonic()
            yield
    one_transaction(_save_difference)(hold, found)


def _save_progress(hold: Hold, number: int) -> None:
    hold.renew().done = number


def _save_difference(hold: Hold, found: Difference) -> None:
    job = hold.renew()
    addresses = {outcome: getattr(found, outcome) for outcome in DIFFERENCES}
    told = [(outcome, one) for outcome, some in addresses.items() for one in some]
    note_lines([line_of(job.id, 0, address, outcome, "") for outcome, address in told])
    job.counts = {outcome: len(some) for outcome, some in addresses.items()}
    job.counts |= {name: getattr(found, name) for name in NUMBERS}
    job.seen = {"begun": found.begun.isoformat()}
    job.total = job.done = found.number
    job.state, job.held_until = JobState.TRIED, None


def go(hold: Hold) -> Iterator[None]:
    """Mend what was found. A step that was not saved is done again, which harms nobody."""
    job = hold.renew()
    left = (JobLine.job_id == job.id) & (JobLine.id > job.line)
    query = select(JobLine.id, JobLine.outcome, JobLine.email).where(left).order_by(JobLine.id)
    lines, found = db.session.execute(query).all(), Difference()
    found.begun = datetime.fromisoformat(job.seen["begun"])
    db.session.commit()
    for _, outcome, address in lines:
        getattr(found, outcome).append(address)
    ids = iter(lines)
    for number in sync_repair.repair(found):
        *_, last = islice(ids, number)
        one_transaction(_save_step)(hold, last.id, number)
        yield
    one_transaction(_end)(hold)


def _save_step(hold: Hold, last: int, number: int) -> None:
    job = hold.renew()
    job.line, job.done = last, job.done + number


def _end(hold: Hold) -> None:
    job = hold.renew()
    job.state, job.held_until, job.changed_at = JobState.DONE, None, now()


def leaves_many(job: ListJob) -> bool:
    """Whether so many would leave by it that a wrong list is likelier than people's wish."""
    return job.counts.get("has_left", 0) > sync.MOST_LEAVING * sync.subscribers()
