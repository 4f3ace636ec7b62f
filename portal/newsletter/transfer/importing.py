"""People of a list from elsewhere are put on ours."""

from collections.abc import Iterable

from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.transfer.entries import NotTaken, Reader
from portal.newsletter.transfer.records import Record
from portal.newsletter.transfer.words import STANDINGS, There

STEP = 10  # people in one commit: on SQLite all others wait meanwhile


def take(records: Iterable[Record], reader: Reader) -> tuple[int, list[tuple[int, str]]]:
    """Add people who agreed elsewhere; commits now and then. No mail is sent.

    Returns how many were added, and the numbers of the lines that were not, with the reason.
    """
    added, refused = 0, []
    for record in records:
        try:
            _add(record, reader)
            added += 1
        except (NotTaken, ValueError) as error:
            refused.append((record.line, str(error)))
        if added % STEP == 0:
            db.session.commit()
    db.session.commit()
    return added, refused


def _add(record: Record, reader: Reader) -> None:
    """Add one row's person. Raises NotTaken, or ValueError, that says why not."""
    entry = reader.read(record)
    if entry.standing is not There.SUBSCRIBED:
        raise NotTaken(f"{STANDINGS[entry.standing]}. Only they can change that.")
    services.take_over(entry.email, entry.name, entry.topics, entry.format, entry.wording)
