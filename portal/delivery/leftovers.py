"""Files that are left over or missing: looked for each night, and by `flask files sweep`."""

import logging

import click
from flask.cli import AppGroup
from huey import crontab

from portal import storage
from portal.delivery.alerts import alert_again
from portal.extensions import db, huey
from portal.storage.orphans import KEPT, Comparison, Leftovers
from portal.words import count, span

log = logging.getLogger(__name__)
files_cli = AppGroup("files", help="Compare the files with the rows that name them.")

TITLE = "The portal's files need a person"
SEE = "See “flask files sweep”."


@huey.periodic_task(crontab(minute="10", hour="3"))  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Each night: tell of files that are missing, and drop those that were left over for long."""
    with Comparison() as comparison:
        comparison.run()
        gone = comparison.drop_old()
        found = comparison.found
    if gone or found.uploads:
        log.info("Files left over: %s go, and %s unfinished uploads", gone, found.uploads)
    for trouble in _troubles(found):
        _tell(trouble)


@huey.periodic_task(crontab(minute="25"))  # type: ignore[untyped-decorator]
def watch() -> None:
    """Every hour: tell of files that were to go a day ago, and are still there."""
    number = storage.stuck()
    db.session.rollback()
    if number:
        _tell(
            f"{count(number, 'file')} that should be gone could not be removed for a day: of "
            "people who were erased, perhaps. UPLOADS_URL does not let us; the log says why. It "
            "is tried again each hour."
        )


def _tell(words: str) -> None:
    log.error(words)
    alert_again(TITLE, words, about=words)
    db.session.commit()


def _troubles(found: Leftovers) -> list[str]:
    """What a person should look at, each in a sentence or two."""
    troubles = []
    if found.missing:
        words = count(found.missing, "row names a file", "rows name files")
        troubles.append(f"{words} that UPLOADS_URL does not have. {SEE}")
    if found.is_doubtful:
        troubles.append(
            f"No row names {found.orphans} of {found.files} files: is UPLOADS_URL that of another "
            f"portal, or the database an old one? None of them is dropped by itself. {SEE}"
        )
    return troubles


@files_cli.command("sweep")
@click.option("--drop", is_flag=True, help="Remove what is left over now.")
def sweep_command(drop: bool) -> None:  # noqa: FBT001
    """List files that no row names, and rows whose file is missing.

    What is younger than a day is left out: its row may still come.
    """
    with Comparison() as comparison:
        comparison.run()
        found = comparison.found
        for place, size in comparison.orphans():
            click.echo(f"left over: {place}, {count(size, 'byte')}")
        for row in found.missing_of:
            click.echo(f"its file is missing: {row}")
        for name in found.foreign:
            click.echo(f"not ours, left alone: {name}")
        click.echo(_summed_up(found))
        if drop and found.is_doubtful:
            click.confirm(f"{_troubles(found)[-1]} Remove them all?", abort=True)
        if drop:
            comparison.drop_all()
            click.echo("A worker removes what is left over within a minute.")


def _summed_up(found: Leftovers) -> str:
    ended = f" Unfinished uploads that were ended: {found.uploads}." if found.uploads else ""
    return (
        f"{count(found.files, 'file')}. Left over: {found.orphans} (they go by themselves "
        f"{span(KEPT)} after they were found). Missing: {found.missing}. Too young to say: "
        f"{found.young}.{ended}"
    )
