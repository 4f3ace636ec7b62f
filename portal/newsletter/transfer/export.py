"""The list as a file for a spreadsheet, that the import reads again."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import spreadsheets
from portal.extensions import db
from portal.newsletter.models import Consent, Subscriber

COLUMNS = (
    *("email", "name", "topics", "format", "state", "since"),
    *("agreed at", "agreed to", "agreed how"),
)
AT_ONCE = 500


def lines() -> Iterator[str]:
    """The list as a file."""
    return spreadsheets.lines(COLUMNS, _some)


def _some(after: int) -> list[tuple[int, Sequence[str]]]:
    query = (
        select(Subscriber)
        .where(Subscriber.id > after)
        .options(selectinload(Subscriber.consents))
        .order_by(Subscriber.id)
        .limit(AT_ONCE)
    )
    return [(one.id, _cells(one)) for one in db.session.scalars(query)]


def _cells(person: Subscriber) -> list[str]:
    yes = next((one for one in reversed(person.consents) if one.given), None)
    return [
        *(person.email, person.name, " ".join(person.topics), person.format, person.state),
        person.changed_at.isoformat(),
        *(_agreed(yes) if yes else ("", "", "")),
    ]


def _agreed(yes: Consent) -> tuple[str, str, str]:
    return yes.at.isoformat(), yes.wording, yes.channel
