"""The list as a file for a spreadsheet, that the import reads again."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.extensions import db
from portal.newsletter.models import Consent, Subscriber
from portal.spreadsheets import quote

COLUMNS = (
    *("email", "name", "topics", "format", "state", "since"),
    *("agreed at", "agreed to", "agreed how"),
)
AT_ONCE = 500
BOM = "\ufeff"  # without it Excel takes UTF-8 for Windows-1252


def lines(app: Flask) -> Iterator[str]:
    """The file, a batch at a time; also after the request has ended.

    Each batch has a session of its own, closed before the batch goes out: whoever reads slowly
    keeps nobody from writing.
    """
    yield BOM + _csv([COLUMNS])
    last = 0
    while True:
        with app.app_context():
            rows = _some(last)
        if not rows:
            return
        last = rows[-1][0]
        yield _csv([cells for _, cells in rows])


def _some(after: int) -> list[tuple[int, list[str]]]:
    db.session.connection(execution_options={"reading": True})
    query = (
        select(Subscriber)
        .where(Subscriber.id > after)
        .options(selectinload(Subscriber.consents))
        .order_by(Subscriber.id)
        .limit(AT_ONCE)
    )
    return [(one.id, [quote(cell) for cell in _cells(one)]) for one in db.session.scalars(query)]


def _cells(person: Subscriber) -> list[str]:
    yes = next((one for one in reversed(person.consents) if one.given), None)
    return [
        *(person.email, person.name, " ".join(person.topics), person.format, person.state),
        person.changed_at.isoformat(),
        *(_agreed(yes) if yes else ("", "", "")),
    ]


def _agreed(yes: Consent) -> tuple[str, str, str]:
    return yes.at.isoformat(), yes.wording, yes.channel


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
