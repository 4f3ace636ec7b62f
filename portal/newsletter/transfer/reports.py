"""The lines of reports as what is held about people, and how they are forgotten."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete

from portal import people
from portal.addresses import address_key
from portal.extensions import db, write_rows
from portal.newsletter.transfer.models import JobLine, ListJob
from portal.people import Holding, Person


def forget(address: str) -> None:
    """Forget what reports say of an address, in the caller's transaction."""
    write_rows(delete(JobLine).where(JobLine.email_key == address_key(address)))


def _mine(person: Person) -> ColumnElement[bool]:
    return JobLine.email_key.in_(person.addresses)


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    return [_told(line) for line in people.newest(JobLine, _mine(person), most, before)]


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
    lambda person: people.count(JobLine, _mine(person)),
    _find,
    _erase,
    is_trace=True,
    goes="What reports on lists that the team brought along say of your address.",
    kept=(
        "A list that the team is just bringing along, as a whole file. "
        "We delete it when that is done, and after some days at the latest."
    ),
)
