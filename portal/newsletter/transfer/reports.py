"""The lines of reports as what is held about people, and how they are forgotten."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from io import BytesIO
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from portal import people, storage
from portal.addresses import address_key
from portal.extensions import db, write_rows
from portal.newsletter.transfer import reading
from portal.newsletter.transfer.models import JobLine, JobState, ListJob
from portal.people import Holding, Person

NAMED = "Its file was deleted: somebody in it was erased. Choose the list again, without them."


def forget(address: str) -> None:
    """Forget what reports and files of lists say of an address, in the caller's transaction.

    A list that is being brought in this moment goes when that is done.
    """
    write_rows(delete(JobLine).where(JobLine.email_key == address_key(address)))
    for job in db.session.scalars(select(ListJob).where(_has_file()).with_for_update()):
        if _rows(job.place, {address_key(address)}):
            storage.drop(job.place)
            job.place, job.name, job.size, job.seen = "", "", 0, {}
            job.state, job.held_until, job.why = JobState.STOPPED, None, NAMED


def _has_file() -> ColumnElement[bool]:
    return (ListJob.place != "") & (ListJob.state != JobState.GOING)


def _rows(place: str, keys: AbstractSet[str]) -> list[list[str]]:
    """The rows of a list in which one of these addresses stands, in whichever form."""
    try:
        content = b"".join(storage.chunks(place))
    except FileNotFoundError:
        return []
    parts = (part for key in keys for part in _written(key.partition("@")[0]))
    small = content.lower()
    if not any(part in small for part in parts):
        return []  # most files: to read each cell of a large one takes seconds
    file = BytesIO(content)
    records = reading.rows(file, reading.look(file), Counter())
    return [one.cells for one in records if keys & {address_key(it.strip()) for it in one.cells}]


def _written(words: str) -> list[bytes]:
    """As a file may have it, in the letters that lists come in."""
    return [words.encode(letters, "replace") for letters in ("utf-8", "cp1252", "utf-16-le")]


def _mine(person: Person) -> ColumnElement[bool]:
    return JobLine.email_key.in_(person.addresses)


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    lines = [_told(line) for line in people.newest(JobLine, _mine(person), most, before)]
    return lines if before is not None else [*_unfinished(person), *lines][:most]


def _unfinished(person: Person) -> list[Holding]:
    """Lists that the team has not begun with. To look into them takes time: where it must be."""
    if not (person.whole and person.addresses):
        return []
    jobs = db.session.scalars(select(ListJob).where(_has_file())).all()
    found = [(job, rows) for job in jobs if (rows := _rows(job.place, person.addresses))]
    title = "In a list that the team has not brought in yet"
    return [
        Holding(job.id, title, job.created_at, lambda job=job, rows=rows: _row(job, rows))  # type: ignore[misc]
        for job, rows in found
    ]


def _row(job: ListJob, rows: list[list[str]]) -> dict[str, Any]:
    return {"List": job.name, "Lines": [", ".join(filter(None, cells)) for cells in rows]}


def _told(line: JobLine) -> Holding:
    job = db.session.get_one(ListJob, line.job_id)
    told: dict[str, Any] = {
        "Email address": line.email,
        "List": job.name,
        "Line": line.line,
        "What became of it": line.words,
    }
    title = "In a list that the team brought along, or compared"
    return Holding(line.id, title, job.created_at, lambda: told, address=line.email)


def _erase(person: Person) -> None:
    for address in person.addresses:
        forget(address)


HOLDER = people.Holder(
    "lists",
    "Lists of the newsletter",
    lambda person: people.count(JobLine, _mine(person)) + len(_unfinished(person)),
    _find,
    _erase,
    is_trace=True,
    goes="What reports on lists that the team brought along say of your address.",
    kept="A list that the team is bringing along at this moment. We delete it when that is done.",
)
