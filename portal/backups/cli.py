"""`flask backup` and `flask restore`."""

from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from portal.backups import deciding
from portal.delivery import restored
from portal.delivery.cli import delivery_cli
from portal.words import count

KEEP_DAYS = 30
FOLDER = click.Path(file_okay=False, path_type=Path)


def _plainly(verb: Any, *args: Any, **kwargs: Any) -> Any:
    """Call it, and end the command with a sentence where it cannot be done."""
    from portal.backups.manifest import BackupError  # noqa: PLC0415 - few starts need it

    try:
        return verb(*args, **kwargs)
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"It could not be written or read: {error}") from error


@click.command("backup")
@click.argument("folder", type=FOLDER)
@click.option(
    "--keep-days",
    type=click.IntRange(1),
    default=KEEP_DAYS,
    show_default=True,
    help="Drop backups that are older; the newest always stays.",
)
@with_appcontext
def backup_command(folder: Path, keep_days: int) -> None:
    """Make a backup in FOLDER: the database and all files, while the site is in use.

    Keep FOLDER on another machine or disk. Settings (.env) are not in it: keep them elsewhere.
    """
    from portal.backups import making, manifest  # noqa: PLC0415 - few starts need it

    place = _plainly(making.make, folder.absolute(), keep_days)
    told = manifest.written(place)
    rows = sum(told.counts.values())
    click.echo(f"{place}: {rows:,} rows and {len(told.files):,} files.")
    click.echo("Not in it: .env with your keys, and the journal (JOURNAL_DIR). Keep both.")


@click.command("restore")
@click.argument("backup", type=FOLDER, required=False)
@click.option("--journal", "places", type=FOLDER, multiple=True, help="Where another one is.")
@click.option("--without-journal", is_flag=True, help="It is lost: do nothing again.")
@click.option("--again", is_flag=True, help="Go on with a restore that did not end.")
@with_appcontext
def restore_command(
    backup: Path | None, places: tuple[Path, ...], *, without_journal: bool, again: bool
) -> None:
    """Bring BACKUP back into an empty database, with web and worker stopped.

    BACKUP is what `flask backup` made, or the folder of several: then it is the newest. What
    people withdrew since, and what was sent, is in the journal, and is done again.
    """
    from portal import journal  # noqa: PLC0415 - few starts need it
    from portal.backups import manifest, restoring  # noqa: PLC0415 - few starts need it

    journals = [journal.folder(), *places]
    if again:
        over = _plainly(restoring.finish, journals)
    else:
        if backup is None:
            raise click.UsageError("Say which BACKUP.")
        source = next(reversed(manifest.backups(backup)), backup)
        click.echo(f"{source} is being proved and brought back.")
        told = _plainly(restoring.check, source, journals, without_journal=without_journal)
        over = _plainly(restoring.bring_back, source, told, journals)
        if told.secret != manifest.secret():
            click.secho("SECRET_KEY is another than then: see “A leaked key”.", fg="red")
    until = restoring.last_known(journals, over.backup_at)
    for words in restoring.report(over, until):
        click.echo(words)


@delivery_cli.command("restored")
@click.option("--go", is_flag=True, help="Let it leave now.")
@click.option("--drop", is_flag=True, help="Never send it.")
def restored_command(*, go: bool, drop: bool) -> None:
    """Show what waits since a backup was brought back, and decide about it."""
    if go and drop:
        raise click.UsageError("Say one of --go and --drop.")
    if go or drop:
        number = deciding.decide(deciding.GO if go else deciding.DROP)
        click.echo(f"{count(number, 'row')} {'queued' if go else 'dropped'}.")
        return
    for name, number in restored.held().items():
        click.echo(f"{number:8} {name}")
    waits = "None of it leaves before you say --go or --drop."
    click.echo(waits if restored.is_open() else "Nothing waits.")
