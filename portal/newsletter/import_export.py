"""The list as CSV, out and in."""

import csv
from collections.abc import Iterable
from typing import Any, TextIO

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import select

from portal.extensions import db
from portal.forms import UNREADABLE, has_hidden_marks
from portal.newsletter import services
from portal.newsletter.forms import NAME_LONGEST
from portal.newsletter.models import Subscriber, SubscriberState
from portal.spreadsheets import quote, unquote

COLUMNS = ("email", "name", "topics", "format", "state", "since")
AT_ONCE = 500
STEP = 10  # people in one commit: on SQLite all others wait meanwhile

Line = tuple[int, dict[str, str]]


def write(out: Any) -> None:
    """Write every subscriber to a CSV writer, reading a few at a time."""
    # Whoever reads this slowly must not keep others from writing.
    db.session.connection(execution_options={"reading": True})
    out.writerow(COLUMNS)
    query = select(Subscriber).order_by(Subscriber.id).execution_options(yield_per=AT_ONCE)
    for person in db.session.scalars(query):
        topics = " ".join(person.topics)
        since = person.changed_at.isoformat()
        cells = [person.email, person.name, topics, person.format, person.state, since]
        out.writerow([quote(cell) for cell in cells])


def lines(source: TextIO) -> list[Line]:
    """The lines of a CSV with their numbers, by the names in its first line."""
    reader = csv.DictReader(source)
    try:
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
        if "email" not in reader.fieldnames:
            raise ValueError(f"The first line must name the columns: {', '.join(COLUMNS[:4])}.")
        return [(reader.line_num, {k: v or "" for k, v in row.items() if k}) for row in reader]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num + 1} cannot be read: {error}.") from error


def read(rows: Iterable[Line], wording: str) -> tuple[int, list[tuple[int, str]]]:
    """Add people who agreed elsewhere; commits now and then. No mail is sent.

    Returns how many were added, and the numbers of the lines that were not, with the reason.
    """
    added, refused = 0, []
    for number, row in rows:
        try:
            _add(row, wording)
            added += 1
        except ValueError as error:
            refused.append((number, str(error)))
        if added % STEP == 0:
            db.session.commit()
    db.session.commit()
    return added, refused


def _add(row: dict[str, str], wording: str) -> None:
    """Add one line's person; raises ValueError that says why not."""
    if any(UNREADABLE in cell for cell in row.values()):
        raise ValueError("This line is not in UTF-8. Save the file as “CSV UTF-8”.")
    if (state := row.get("state", "").strip()) not in ("", SubscriberState.SUBSCRIBED):
        raise ValueError(f"The column state says {state}. Only they can change that.")
    try:
        typed = unquote(row.get("email", "").strip())
        email = validate_email(typed, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"The column email: {error}") from None
    topics = row.get("topics", "").split()
    format_ = row.get("format", "").strip() or next(iter(current_app.config["FORMATS"]))
    if unknown := set(topics) - set(current_app.config["TOPICS"]):
        raise ValueError(f"TOPICS has no {', '.join(sorted(unknown))}.")
    if format_ not in current_app.config["FORMATS"]:
        raise ValueError(f"FORMATS has no {format_}.")
    name = unquote(row.get("name", "")).strip()
    if len(name) > NAME_LONGEST or has_hidden_marks(name):
        raise ValueError("The column name is too long or has hidden marks in it.")
    services.take_over(email, name, topics, format_, wording)
