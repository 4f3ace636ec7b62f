"""What `flask check` and the start say of restores and of the journal."""

import os
from collections.abc import Iterator
from pathlib import Path

from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from portal import journal
from portal.delivery import restored
from portal.delivery.restored import UNFINISHED_ID, Restoration
from portal.extensions import db, read_only
from portal.providers.values import Finding

HALF = "A backup was not brought back whole: what was withdrawn since may be back."
AGAIN = (
    "Run “flask restore --again”. If that does not help, make an empty database and bring the "
    "backup back once more."
)


def unfinished() -> Iterator[Finding]:
    """That a restore did not end, if so: then nothing may start."""
    try:
        read_only()
        found = db.session.get(Restoration, UNFINISHED_ID)
    except SQLAlchemyError:
        return  # its own check says what is wrong with the database
    if found:
        yield Finding(HALF, ok=False, cure=AGAIN)


def restore() -> Iterator[Finding]:
    """What a restore left to be done."""
    half = [*unfinished()]
    yield from half
    if not half:
        held = sum(restored.held().values())
        words = f"Since a backup was brought back, {held} rows wait for somebody to let them go."
        cure = "Sign in as a manager, or run “flask delivery restored”."
        yield Finding(words, ok=False, cure=cure) if held else Finding("Nothing waits.")


def journal_place() -> Iterator[Finding]:
    """Whether the journal can be written, and would outlive the database's disk."""
    place = journal.folder()
    try:
        journal.key_of(place)
        is_open = os.access(place, os.W_OK)
    except OSError as error:
        words = f"JOURNAL_DIR: nothing can be written to {place} ({error.strerror})."
        yield Finding(words, ok=False, cure="Without it nobody can leave, and no mail goes.")
        return
    if not is_open:
        words = f"JOURNAL_DIR: nothing can be written to {place}."
        yield Finding(words, ok=False, cure="Let the portal's account write there.")
        return
    database = make_url(current_app.config["DATABASE_URL"]).database or ""
    is_file = current_app.config["DATABASE_URL"].startswith("sqlite")
    beside = Path(database).parent
    if is_file and beside.exists() and beside.stat().st_dev == place.stat().st_dev:
        words = "The journal is on the same disk as the database: who loses one loses both."
        yield Finding(words, ok=None, cure="Set JOURNAL_DIR to a folder on another disk.")
    else:
        yield Finding(f"The journal is in {place}.")
