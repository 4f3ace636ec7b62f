"""What is shown of a job: what was seen in its file, and what came of it."""

from collections.abc import Iterator, Sequence
from pathlib import PureWindowsPath
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import select

from portal import spreadsheets
from portal.extensions import db
from portal.fields import on_one_line
from portal.newsletter.transfer.columns import WORDS
from portal.newsletter.transfer.entries import LEAVE_OUT
from portal.newsletter.transfer.models import JobKind, JobLine, JobState, ListJob
from portal.newsletter.transfer.outcomes import TAKEN, TITLES
from portal.newsletter.transfer.sync_work import DIFFERENCES, NUMBERS, leaves_many
from portal.newsletter.transfer.words import STANDINGS

AT_ONCE = 500
SHOWN = 20  # lines of a kind
NAME_LONGEST = 100
IMPORT_TITLES = {
    JobState.CHOOSING: "A list to bring in",
    JobState.TRYING: "Looking what would come of it",
    JobState.TRIED: "What would come of it",
    JobState.GOING: "Bringing people onto the list",
    JobState.DONE: "The list is brought in",
    JobState.STOPPED: "It could not go on",
}
SYNC_TITLES = {
    JobState.TRYING: "Comparing both lists",
    JobState.TRIED: "What differs",
    JobState.GOING: "Mending what differs",
    JobState.DONE: "Both lists agree again",
}


class CountShown(NamedTuple):
    """How many came to one outcome, and the first of them."""

    number: int
    words: str
    lines: Sequence[JobLine] = ()


class JobPage:
    """What the page of a job shows."""

    def __init__(self, job: ListJob, provider: str) -> None:
        self.job, self.provider = job, provider

    @property
    def title(self) -> str:
        """The heading, which stays while the job comes further."""
        is_import = self.job.kind is JobKind.IMPORT
        return "Bring a list in" if is_import else f"Our list and that of {self.provider}"

    @property
    def counts(self) -> list[CountShown]:
        """How many came to each outcome, with some of those that a person may want to look at."""
        words = TITLES if self.job.kind is JobKind.IMPORT else DIFFERENCES | NUMBERS
        found = ((key, text, self.job.counts.get(key, 0)) for key, text in words.items())
        if self.job.is_at_work:
            return []
        return [
            CountShown(number, text.format(name=self.provider), self._lines(key))
            for key, text, number in found
            if number
        ]

    def _lines(self, outcome: str) -> Sequence[JobLine]:
        query = select(JobLine).where(JobLine.job_id == self.job.id, JobLine.outcome == outcome)
        return db.session.scalars(query.order_by(JobLine.id).limit(SHOWN)).all()

    @property
    def has_report(self) -> bool:
        """Whether there is any line to be read."""
        return any(count.lines for count in self.counts)

    @property
    def can_start(self) -> bool:
        """Whether there is anything to do."""
        job = self.job
        return job.state is JobState.TRIED and any(
            job.counts.get(one) for one in (*TAKEN, *DIFFERENCES)
        )

    @property
    def leaves_many(self) -> bool:
        """Whether so many left at the provider that a person has to say once more that it is so."""
        return self.job.kind is JobKind.SYNC and leaves_many(self.job)


def offered() -> dict[str, dict[str, str]]:
    """What columns and words may be said to mean."""
    ask = {"": "Choose what it means"}
    return {
        "column": {"": "Nothing that we need"} | {str(one): words for one, words in WORDS.items()},
        "state": ask | {str(one): words for one, words in STANDINGS.items()},
        "topic": ask | current_app.config["TOPICS"] | {LEAVE_OUT: "Leave it out"},
        "format": ask | current_app.config["FORMATS"],
    }


def title(job: ListJob) -> str:
    """How far a job is, in words."""
    titles = IMPORT_TITLES if job.kind is JobKind.IMPORT else IMPORT_TITLES | SYNC_TITLES
    return titles[job.state]


def file_name(sent: str) -> str:
    """The name of a file without its folders, on one line."""
    return on_one_line(PureWindowsPath(sent).name)[-NAME_LONGEST:]


def lines(job_id: int) -> Iterator[Any]:
    """The lines of a report, a few at a time; no transaction stays open between."""
    last = 0
    while some := _some(job_id, last):
        yield from some
        last = some[-1].id


def _some(job_id: int, after: int) -> Sequence[Any]:
    kept = JobLine.__table__.c
    query = select(kept.id, kept.line, kept.email, kept.outcome, kept.words)
    query = query.where(kept.job_id == job_id, kept.id > after).order_by(kept.id).limit(AT_ONCE)
    some = db.session.execute(query).all()
    db.session.rollback()
    return some


def report(job_id: int) -> Iterator[str]:
    """The lines as a file."""

    def some(after: int) -> list[tuple[int, Sequence[str]]]:
        return [
            (one.id, (str(one.line or ""), one.email, one.outcome, one.words))
            for one in _some(job_id, after)
        ]

    return spreadsheets.lines(("line", "email", "what", "why"), some)
