"""Imports, from the file that a person chose to the job that the worker does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from sqlalchemy import ColumnElement, delete, select

from portal import antivirus, audit, file_kinds, room, storage, sweeping
from portal.audit import Deed
from portal.extensions import db, now, write_rows
from portal.file_kinds import MB
from portal.newsletter.models import Subscriber
from portal.newsletter.transfer import reading, seeing
from portal.newsletter.transfer.entries import ReadAs
from portal.newsletter.transfer.models import AT_WORK, JobKind, JobLine, JobState, ListJob
from portal.newsletter.transfer.reading import Shape
from portal.newsletter.transfer.words import standing_by_name
from portal.room import SITE
from portal.transaction import NotPossible, one_transaction

LARGEST_MB = 50
FILE_LASTS = timedelta(days=3)
"""How long a file is kept that nobody goes on with."""
REPORT_LASTS = timedelta(days=30)
"""How long it can be read who was not taken."""
IN_MEMORY = 4 * MB
SEEN_AT_ONCE = MB // 2
"""Bytes of a file that is seen through while somebody waits: a third of a second."""
NOT_NOW = "This was begun, changed or deleted meanwhile. Look at how it stands."
FEW = 20

room.counted[SITE]["lists"] = select(db.func.coalesce(db.func.sum(ListJob.size), 0)).where(
    ListJob.place != ""
)


def take_in(
    name: str, file: BinaryIO, member_id: int | None, *, is_patient: bool = False
) -> ListJob:
    """Keep a list that a person chose, and see what is in it; commits.

    A large one is seen by the worker, unless the caller `is_patient`.
    Raises Unwelcome, and NoRoom or TryLater where it may work later.
    """
    size = file.seek(0, SEEK_END)
    file_kinds.must_fit(size, LARGEST_MB)
    shape = reading.look(file)
    room.must_fit(size)
    db.session.rollback()  # on SQLite all others would wait while it is looked at
    file.seek(0)
    antivirus.scan(file)
    read_as = ReadAs(shape.columns, source=name, otherwise=standing_by_name(name))
    job = ListJob(kind=JobKind.IMPORT, member_id=member_id, name=name, size=size)
    if is_patient or size <= SEEN_AT_ONCE:
        saw(job, read_as, seeing.see(file, shape, read_as))
    else:
        file.seek(0)
        job.state, job.read_as = JobState.TRYING, read_as.to_json()
        job.total = sum(chunk.count(b"\n") for chunk in _chunks(file))  # about
    file.seek(0)
    place = job.place = storage.keep_stream(_chunks(file)).place
    try:
        db.session.add(job)
        db.session.commit()
    except BaseException:
        storage.discard(place)
        raise
    return job


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(storage.CHUNK), b"")


def saw(job: ListJob, read_as: ReadAs, seen: dict[str, Any]) -> None:
    """Keep what was seen of a list, in the caller's transaction. It is tried, or a person asked."""
    is_asked = not job.seen or not _words(seen) <= _words(job.seen)
    if not job.seen:
        read_as = replace(read_as, day_first=seen["day_first"] is not False)
    job.read_as, job.seen, job.total = read_as.to_json(), seen, seen["rows"]
    if is_asked:
        job.state, job.done = JobState.CHOOSING, 0
    else:
        begin(job, JobState.TRYING)


def _words(seen: dict[str, Any]) -> set[str]:
    return {word for kind in ("states", "topics", "formats") for word, _ in seen[kind]}


@contextmanager
def opened(place: str) -> Iterator[tuple[BinaryIO, Shape]]:
    """The file of a job, and how its cells are parted. Raises FileNotFoundError."""
    if not place:  # somebody in it was erased
        raise FileNotFoundError
    with SpooledTemporaryFile(max_size=IN_MEMORY) as near:  # a bucket cannot be read twice quickly
        for chunk in storage.chunks(place):
            near.write(chunk)
        file = cast("BinaryIO", near)
        yield file, reading.look(file)


def choose(job: ListJob, read_as: ReadAs) -> bool:
    """Read the list as a person chose, and try what comes of it; commits.

    Returns whether it is tried. If not, words came up that were not asked about yet; of a large
    file the worker sees that.
    Raises NotPossible where it is not to be chosen any more.
    """
    place, seen = job.place, None
    if job.size <= SEEN_AT_ONCE and not seeing.is_seen(job.seen, read_as):
        db.session.rollback()  # nothing is held while it is read
        with opened(place) as (file, shape):
            seen = seeing.see(file, shape, read_as)
    _chosen(job, read_as, seen)
    return job.state is JobState.TRYING


@one_transaction
def _chosen(job: ListJob, read_as: ReadAs, seen: dict[str, Any] | None) -> None:
    if job.state not in {JobState.CHOOSING, JobState.TRIED}:
        raise NotPossible(NOT_NOW)
    if seen:
        saw(job, read_as, seen)
    else:
        job.read_as = read_as.to_json()
        begin(job, JobState.TRYING)


@one_transaction
def command(job: ListJob, read_as: ReadAs, *, is_trial: bool) -> None:
    """Do with a list that was taken in what a command says."""
    job.read_as = read_as.to_json()
    begin(job, JobState.TRYING if is_trial else JobState.GOING)
    if not is_trial:
        _note(job)


def begin(job: ListJob, state: JobState) -> None:
    """Let the worker begin with it, in the caller's transaction."""
    write_rows(delete(JobLine).where(JobLine.job_id == job.id))
    job.state, job.changed_at, job.why = state, now(), ""
    job.line, job.done, job.counts = 0, 0, {}


@one_transaction
def start(job: ListJob) -> None:
    """Do what was tried. Raises NotPossible where it was not, or was begun already."""
    if job.state is not JobState.TRIED:
        raise NotPossible(NOT_NOW)
    if job.kind is JobKind.IMPORT:
        begin(job, JobState.GOING)
    else:  # what was found is what is mended
        job.state, job.changed_at, job.line, job.done = JobState.GOING, now(), 0, 0
    _note(job)


def _note(job: ListJob) -> None:
    deed = Deed.IMPORTED if job.kind is JobKind.IMPORT else Deed.MATCHED
    audit.note(deed, f"list job {job.id}", f"{job.total} lines")


@one_transaction
def try_again(job: ListJob) -> None:
    """Look once more what would come of it. Raises NotPossible while it is being done."""
    if job.state not in {JobState.TRIED, JobState.STOPPED}:
        raise NotPossible(NOT_NOW)
    begin(job, JobState.TRYING)


@one_transaction
def compare(member_id: int | None) -> ListJob:
    """Begin to compare our list with the provider's. Raises NotPossible while one is going."""
    going = (ListJob.kind == JobKind.SYNC) & ListJob.state.in_(AT_WORK)
    if db.session.scalar(select(ListJob.id).where(going).limit(1)):
        raise NotPossible("Both lists are being compared already.")
    job = ListJob(kind=JobKind.SYNC, state=JobState.TRYING, member_id=member_id)
    db.session.add(job)
    return job


@one_transaction
def note_export(member_id: int | None) -> None:
    """Note who took the whole list, and how many people that were."""
    number = db.session.scalar(select(db.func.count()).select_from(Subscriber)) or 0
    counts = {"people": number}
    job = ListJob(kind=JobKind.EXPORT, state=JobState.DONE, member_id=member_id, counts=counts)
    db.session.add(job)
    audit.note(Deed.EXPORTED, "the newsletter's list", f"{number} people")


@one_transaction
def note_report(job: ListJob) -> None:
    """Note who took the lines that were not taken."""
    audit.note(Deed.DOWNLOADED, f"list job {job.id}", "its report")


def latest(kind: JobKind, most: int = FEW) -> Sequence[ListJob]:
    """The newest jobs of a kind."""
    query = select(ListJob).where(ListJob.kind == kind).order_by(ListJob.id.desc())
    return db.session.scalars(query.limit(most)).all()


@one_transaction
def drop(job: ListJob) -> None:
    """Delete a job that is not going, with its file and its report; commits."""
    if job.state is JobState.GOING:
        raise NotPossible(NOT_NOW)
    _end(job)


def tidy() -> int:
    """Delete files that nobody goes on with, and old reports. Returns how many jobs that were."""
    return sweeping.each(ListJob, _over, _end)


def reports_over(at: datetime) -> ColumnElement[bool]:
    """Jobs that were done long before a moment."""
    kept = ListJob.kind == JobKind.EXPORT  # who took the whole list, and when, stays
    return (ListJob.state == JobState.DONE) & (ListJob.changed_at < at - REPORT_LASTS) & ~kept


def _over() -> ColumnElement[bool]:
    is_open = ListJob.state.in_([JobState.CHOOSING, JobState.TRIED, JobState.STOPPED])
    unfinished = is_open & (ListJob.changed_at < now() - FILE_LASTS)
    return unfinished | reports_over(now())


def _end(job: ListJob) -> None:
    db.session.delete(job)
    storage.drop(job.place)
