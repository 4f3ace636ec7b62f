"""An import, step by step: first what would come of it, then it is done."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import insert

from portal import storage
from portal.addresses import address_key
from portal.extensions import db
from portal.newsletter.transfer import jobs, reading, seeing, taking
from portal.newsletter.transfer.entries import ListedPerson, NotTaken, ReadAs, Reader, address_in
from portal.newsletter.transfer.holding import Hold
from portal.newsletter.transfer.models import JobLine, JobState, ListJob
from portal.newsletter.transfer.outcomes import TAKEN, TITLES, Became, KnownHere, weigh
from portal.newsletter.transfer.records import Record
from portal.transaction import one_transaction

STEP = 250  # people in one commit: on SQLite all others wait meanwhile
AT_ONCE = 1000  # people who are only looked at


class ListedRow(NamedTuple):
    """One row of the file: somebody, or why nobody can be read there."""

    line: int
    email: str
    person: ListedPerson | None
    why: str = ""


def attempt(hold: Hold) -> Iterator[None]:
    """Find out what would come of it, from the first line on; commits as it goes."""
    job = hold.renew()
    place, read_as = job.place, ReadAs.from_json(job.read_as)
    is_seen = seeing.is_seen(job.seen, read_as)
    db.session.commit()
    if not is_seen and not _see(hold, place, read_as):
        return
    jobs.begin(hold.renew(), JobState.TRYING)
    db.session.commit()
    seen: dict[str, KnownHere] = {}
    for some in _rows(place, read_as, AT_ONCE):
        _save_trial(hold, some, seen)
        yield
    one_transaction(_end)(hold, JobState.TRIED)


def _see(hold: Hold, place: str, read_as: ReadAs) -> bool:
    """See through a list; returns whether it can be tried without asking a person first."""
    tell = one_transaction(_save_progress)
    with jobs.opened(place) as (file, shape):
        seen = seeing.see(file, shape, read_as, lambda number: tell(hold, number))
    return one_transaction(_saw)(hold, read_as, seen)


def _save_progress(hold: Hold, number: int) -> None:
    hold.renew().done = number


def _saw(hold: Hold, read_as: ReadAs, seen: dict[str, Any]) -> bool:
    job = hold.renew()
    jobs.saw(job, read_as, seen)
    if job.state is JobState.TRYING:
        return True
    job.held_until = None
    return False


def go(hold: Hold) -> Iterator[None]:
    """Take the people, from the first line on that is not done yet; commits as it goes."""
    job = hold.renew()
    place, read_as, line = job.place, ReadAs.from_json(job.read_as), job.line
    db.session.commit()
    for some in _rows(place, read_as, STEP, line):
        one_transaction(_take)(hold, some)
        yield
    one_transaction(_end)(hold, JobState.DONE)


def _rows(place: str, read_as: ReadAs, size: int, after: int = 0) -> Iterator[list[ListedRow]]:
    """The rows behind a line, so many at once. No transaction is open while they are read."""
    with jobs.opened(place) as (file, shape):
        reader = Reader(shape, read_as)
        rows = reading.rows(file, shape, after=after)
        while some := list(islice(rows, size)):
            yield [_row(reader, one) for one in some]


def _row(reader: Reader, record: Record) -> ListedRow:
    try:
        person = reader.read(record)
    except NotTaken as why:
        return ListedRow(record.line, address_in(record.cells), None, str(why))
    return ListedRow(record.line, person.email, person)


def _save_trial(hold: Hold, some: Sequence[ListedRow], seen: dict[str, KnownHere]) -> None:
    people = [row.person for row in some if row.person]
    outcomes = []
    for person, known in zip(people, taking.standing(people), strict=True):
        here = seen.get(person.key, known)
        outcomes.append(weigh(person.there, person.since, here))
        seen[person.key] = here.after(outcomes[-1])
    db.session.commit()  # nothing is held while the next rows are read
    one_transaction(_note)(hold, some, outcomes)


def _take(hold: Hold, some: Sequence[ListedRow]) -> None:
    job = hold.renew()
    outcomes = taking.take([row.person for row in some if row.person], job.member_id)
    _note(hold, some, outcomes, job)


def _note(
    hold: Hold, some: Sequence[ListedRow], outcomes: Sequence[Became], job: ListJob | None = None
) -> None:
    """Save how far it is, and what is to be read of these rows."""
    job = job or hold.renew()
    became = iter(outcomes)
    counts = Counter(job.counts)
    told = []
    for row in some:
        outcome = next(became) if row.person else Became.REFUSED
        counts[outcome] += 1
        remark = row.person.remark if row.person else row.why
        if outcome not in TAKEN or remark:
            shown = Became.REMARK if outcome in TAKEN else outcome
            counts.update([shown] if shown is Became.REMARK else [])
            words = remark if shown in {Became.REMARK, Became.REFUSED} else TITLES[outcome]
            email = "" if outcome is Became.ERASED else row.email  # by its line alone
            told.append(line_of(job.id, row.line, email, shown, words))
    note_lines(told)
    job.counts = dict(counts)
    job.line, job.done = some[-1].line, job.done + len(some)


def line_of(job_id: int, line: int, email: str, outcome: str, words: str) -> dict[str, Any]:
    """A line of the report."""
    of_whom = {"email": email, "email_key": address_key(email)}
    return {"job_id": job_id, "line": line, "outcome": outcome, "words": words} | of_whom


def note_lines(lines: list[dict[str, Any]]) -> None:
    """Write lines of a report, in the caller's transaction."""
    if lines:
        db.session.connection().execute(insert(JobLine), lines)


def _end(hold: Hold, state: JobState) -> None:
    job = hold.renew()
    job.state, job.held_until, job.done = state, None, job.total
    if state is JobState.DONE:
        storage.drop(job.place)
        job.place = ""
