"""What is shown of a job: what was seen in its file, and what came of it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.newsletter.transfer.models import JobLine

AT_ONCE = 500


def lines(job_id: int) -> Iterator[Any]:
    """The lines of a report, a few at a time; no transaction stays open between."""
    kept, last = JobLine.__table__.c, 0
    query = select(kept.id, kept.line, kept.email, kept.outcome, kept.words)
    query = query.where(kept.job_id == job_id).order_by(kept.id).limit(AT_ONCE)
    while some := db.session.execute(query.where(kept.id > last)).all():
        db.session.commit()
        yield from some
        last = some[-1].id
