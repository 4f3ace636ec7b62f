"""Whether database, queue, counts and workers are there, and files can be kept."""

from collections.abc import Iterator
from pathlib import Path

from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from portal import floods, schema, storage
from portal.counts import Count, count
from portal.delivery import readiness
from portal.extensions import huey, read_only
from portal.places import MEMORY
from portal.providers.values import Finding

MENDED_BY = "Run “flask db upgrade”, then start web and worker again."
ONE_PROCESS = "That is the memory of one process: no other sees what is in it."
PROBE = b"This shows that files can be kept here."


def database() -> Iterator[Finding]:
    """Whether the database answers, and has the tables that this code is for."""
    try:
        yield _schema()
    except SQLAlchemyError as error:
        cause = _without_password(str(getattr(error, "orig", None) or error))
        words = f"DATABASE_URL: the database does not answer. {cause.rstrip('.')}."
        yield Finding(words, ok=False, cure="Start it, or look at DATABASE_URL.")


def _schema() -> Finding:
    there, wanted = schema.found(), schema.wanted()
    if there == wanted:
        return Finding(f"The database answers and is as new as this code (step {wanted}).")
    if not there:
        words = "The database of DATABASE_URL has no tables of the portal."
        return Finding(words, ok=False, cure=MENDED_BY)
    if there < wanted:
        words = f"The database is older than this code (step {there}, not {wanted})."
        return Finding(words, ok=False, cure=MENDED_BY)
    words = f"The database is newer than this code (step {there}; this code ends at {wanted})."
    return Finding(words, ok=False, cure="Start the newer code, or restore an older backup.")


def _without_password(words: str) -> str:
    """What a library says about DATABASE_URL, in one line, without the password that is in it."""
    password = make_url(current_app.config["DATABASE_URL"]).password
    return in_one_line(words.replace(str(password), "…") if password else words)


def in_one_line(words: str) -> str:
    """What several lines say."""
    return " ".join(words.split())


def queue() -> Iterator[Finding]:
    """Whether the queue answers."""
    if current_app.config["QUEUE_URL"] == MEMORY:
        yield Finding(f"QUEUE_URL is {MEMORY}. {ONE_PROCESS}", ok=False, cure="Leave it out.")
        return
    try:
        number = huey.pending_count()
    except Exception as error:  # each storage raises its own
        words = f"QUEUE_URL: the queue does not answer ({type(error).__name__})."
        yield Finding(words, ok=False, cure="Start it, or look at QUEUE_URL.")
    else:
        huey.storage.close()  # each thread has a connection of its own, and this one ends
        yield Finding(f"The task queue answers; {number} wait in it.")


def counts() -> Iterator[Finding]:
    """Whether the limits can count."""
    config = current_app.config
    if config["RATELIMIT_STORAGE_URI"] == MEMORY:
        words = f"RATELIMIT_STORAGE_URI is {MEMORY}. {ONE_PROCESS}"
        yield Finding(words, ok=False, cure="Leave it out.")
        return
    try:
        count(current_app.extensions[floods.COUNTS], [Count("portal-check", 60)])
    except Exception as error:  # limits wraps most, and not all
        words = f"RATELIMIT_STORAGE_URI: nothing can be counted there ({type(error).__name__})."
        cure = "Start it, or look at RATELIMIT_STORAGE_URI. Until then no limit holds."
        yield Finding(words, ok=False, cure=cure)
        return
    is_on = config["RATELIMIT_ENABLED"]
    yield Finding.of(is_on, "The limits count.", "RATELIMIT_ENABLED is 0: no limit holds.")


def workers() -> Iterator[Finding]:
    """Whether a worker lives, and what is due leaves."""
    read_only()
    said = readiness.work()
    yield Finding.of(said["worker"] == readiness.OK, "A worker is at work.", f"{said['worker']}.")
    if said["outbox"] != readiness.OK:
        yield Finding(f"{said['outbox']}.", ok=False)


def folder() -> Iterator[Finding]:
    """What is wrong with the folder for files, if there is one; full disks are told elsewhere."""
    place = storage.folder()
    try:
        Path(place or ".").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno not in storage.FULL:
            words = f"UPLOADS_URL: there is no folder {place}, and it cannot be made"
            cure = "Make it, and let the portal's account write there."
            yield Finding(f"{words} ({error.strerror}).", ok=False, cure=cure)


def files() -> Iterator[Finding]:
    """Whether files can be written, read and removed where they are kept."""
    if current_app.config["UPLOADS_URL"].startswith(MEMORY):
        yield Finding(f"UPLOADS_URL is {MEMORY}. {ONE_PROCESS}", ok=False, cure="Leave it out.")
        return
    if wrong := [*folder()]:
        yield from wrong
        return
    step = "written"
    try:
        place = storage.keep(PROBE)
        step = "read"
        with storage.read(place) as file:
            is_same = file.read() == PROBE
        step = "removed"
        storage.remove(place)
    except Exception as error:  # each kind of storage raises its own
        words = f"UPLOADS_URL: a file cannot be {step} there ({type(error).__name__})."
        yield Finding(words, ok=False, cure="Look at the folder or bucket, its keys and its rules.")
        return
    yield Finding.of(
        is_same,
        "A file was kept, read again and removed.",
        "UPLOADS_URL gives back another file than the one that was kept.",
    )
