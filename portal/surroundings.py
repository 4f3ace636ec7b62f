"""What the portal stands on: settings, database, queue, counts, files, disks, the way to it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from portal import antivirus, checks, floods, providers, room, schema, storage
from portal.checks import SiteCheck
from portal.counts import Count, count
from portal.delivery import readiness
from portal.extensions import huey, read_only
from portal.places import MEMORY
from portal.providers.errors import TryLater
from portal.providers.values import Finding
from portal.settings import SETTINGS
from portal.stories.files import remuxing

MENDED_BY = "Run “flask db upgrade”, then start web and worker again."
ONE_PROCESS = "That is the memory of one process: no other sees what is in it."
OWN = ("SITE_URL", "MAIL_FROM", "TEAM_EMAIL", "ORG_NAME")
ALIKE = 0.85  # of the letters of two names, from which one is taken for the other
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
    return " ".join((words.replace(str(password), "…") if password else words).split())


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


def disks() -> Iterator[Finding]:
    """Whether there is room, and all can be written."""
    with suppress(SQLAlchemyError):  # that is told elsewhere
        read_only()
    troubles = room.troubles()
    for words in troubles.values():
        yield Finding(words, ok=False, cure="Make room, or mount it so that it can be written.")
    if not troubles:
        yield Finding("There is room on each disk, and each can be written.")


def virus_check() -> Iterator[Finding]:
    """Whether ClamAV answers, where it is asked."""
    if not antivirus.is_wanted():
        words = "CLAMD_SOCKET is not set: files that people send are not scanned."
        yield Finding(words, ok=None, cure="Install ClamAV if you take files from strangers.")
        return
    try:
        antivirus.scan(BytesIO(PROBE))
    except TryLater as error:
        yield Finding(f"{error}", ok=False, cure="Start clamd, or look at CLAMD_SOCKET.")
    else:
        yield Finding("ClamAV answers.")


def sound_and_film() -> Iterator[Finding]:
    """Whether the program is there that cleans recordings."""
    yield Finding.of(remuxing.is_there(), "ffmpeg is installed.", f"{remuxing.MISSING}.")


def address() -> Iterator[Finding]:
    """Whether SITE_URL is one that people can use."""
    config = current_app.config
    parts = urlsplit(config["SITE_URL"])
    if config["DEVELOPMENT"]:
        words = "DEVELOPMENT is on: plain http, and a page that shows all mail."
        yield Finding(words, ok=None, cure="Never on a public server: leave it out there.")
    elif parts.scheme != "https":
        words = f"SITE_URL is {config['SITE_URL']}: without https nobody can sign in."
        yield Finding(words, ok=False, cure="Set it to the https address of the site.")
    else:
        yield Finding(f"Links in mails lead to {config['SITE_URL']}.")


def proxies() -> Iterator[Finding]:
    """Whether visitors are told apart, as far as anybody came."""
    config = current_app.config
    number = config["TRUSTED_PROXIES"]
    if not number and floods.proxy_mark(config).exists():
        yield Finding(floods.UNTRUSTED_PROXY, ok=None)
    elif number:
        words = f"TRUSTED_PROXIES is {number}: what so many proxies in front say is believed."
        yield Finding(words, ok=None, cure="Look that there are exactly so many.")
    else:
        yield Finding("No proxy was seen, and none is trusted (TRUSTED_PROXIES=0).")


def settings() -> Iterator[Finding]:
    """Which settings are made, whether some are forgotten, and whether names are written wrongly.

    That each can be read was seen before: the app would not be there.
    """
    config = current_app.config
    made: list[str] = config["SETTINGS_MADE"]
    yield Finding(f"All settings can be read. These are set: {', '.join(made)}.")
    forgotten = [name for name in OWN if name not in made]
    if forgotten and not config["DEVELOPMENT"]:
        words = f"{', '.join(forgotten)}: left out, so the programme's own are used."
        yield Finding(words, ok=None, cure="Set them, unless you are Get Yourself Active.")
    for name in os.environ.keys() - _known():
        if meant := get_close_matches(name, _known(), 1, ALIKE):
            words = f"{name} is set, which the portal does not know."
            yield Finding(words, ok=None, cure=f"Did you mean {meant[0]}?")


def _known() -> set[str]:
    """The names of all settings."""
    ends = {name: providers.adapter(name).settings for name in providers.ADAPTERS}
    return {*SETTINGS, *(f"{name.upper()}_{end}" for name in ends for end in ends[name])}


@click.command("check")
@with_appcontext
def check_command() -> None:
    """Say what of the set-up is right, wrong, or for you to look at; ends with 1 if any is wrong.

    The email providers are asked too. All of it takes 15 seconds at most.
    """
    wrong = 0
    for check, found in checks.run(checks.all_of_them()):
        click.secho(check.title, bold=True)
        wrong += checks.show(found)
    if wrong:
        raise click.ClickException(f"{wrong} to mend.")


def init_app(app: Flask) -> None:
    """Have all of this looked at, and register `flask check`."""
    is_shared = not app.config["RATELIMIT_STORAGE_URI"].startswith("sqlite:")
    is_bucket = "://" in app.config["UPLOADS_URL"]
    checks.register(
        app,
        SiteCheck("Settings", settings),
        SiteCheck("Web address", address),
        SiteCheck("Proxies", proxies),
        SiteCheck("Database", database, at_start=database),
        SiteCheck("Task queue", queue, at_start=queue),
        SiteCheck("Worker", workers),
        # A full disk stops no start, so on one of our own nothing is written before.
        SiteCheck("Limits", counts, at_start=counts if is_shared else None),
        SiteCheck("Files", files, at_start=files if is_bucket else folder),
        SiteCheck("Disks", disks),
        SiteCheck("Virus check", virus_check),
        SiteCheck("Sound and film", sound_and_film),
    )
    app.cli.add_command(check_command)
