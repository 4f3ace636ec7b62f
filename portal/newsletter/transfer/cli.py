"""`flask newsletter export`, `import` and `sync`: what the team's pages do, by command."""

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import click
from flask import current_app

from portal import audit
from portal.audit import Deed
from portal.delivery.providers import get_providers
from portal.extensions import db
from portal.file_kinds import Unwelcome
from portal.newsletter.cli import newsletter_cli
from portal.newsletter.transfer import export, jobs, page, sync, sync_repair, working
from portal.newsletter.transfer.entries import ReadAs
from portal.newsletter.transfer.models import ListJob
from portal.newsletter.transfer.outcomes import TITLES, Became
from portal.providers.errors import ProviderError, TryLater

A_MOMENT = 0.5  # seconds


@newsletter_cli.command("export")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="A file.")
def export_command(output: TextIO) -> None:
    """Write the list as CSV, a few lines at a time."""
    jobs.note_export(None)
    for some in export.lines():
        output.write(some)


@newsletter_cli.command("import")
@click.argument("source", type=click.File("rb"))
@click.option(
    "--wording", required=True, help="The words that these people agreed to, for the record."
)
@click.option("--source", "place", default="", help="Where they did: by default the file's name.")
@click.option("--agreed", type=click.DateTime(["%Y-%m-%d"]), help="When, where a line says none.")
@click.option("--dry-run", is_flag=True, help="Only show what would come of it.")
def import_command(
    source: BinaryIO, wording: str, place: str, agreed: datetime | None, *, dry_run: bool
) -> None:
    """Add people who agreed elsewhere, from the list that another program exported.

    No mail is sent to anybody. Each line that cannot be taken is reported, and the others are.
    Who left there is noted as such. If this is stopped, the worker goes on with it.
    """
    try:
        job = jobs.take_in(Path(source.name).name, source, None, is_patient=True)
    except (Unwelcome, TryLater) as error:
        raise click.ClickException(str(error)) from error
    chosen: dict[str, Any] = {"wording": wording, "source": place or job.name}
    if agreed:
        chosen["agreed_at"] = agreed.replace(tzinfo=current_app.config["TIME_ZONE"])
    jobs.command(job, replace(ReadAs.from_json(job.read_as), **chosen), is_trial=dry_run)
    number = job.id
    with click.progressbar(length=job.total, label="Looking" if dry_run else "Importing") as bar:

        def show() -> None:
            bar.update(db.session.get_one(ListJob, number, populate_existing=True).done - bar.pos)
            db.session.commit()

        while job.is_at_work:
            if not working.work(tell=show):
                time.sleep(A_MOMENT)  # the worker has it
            show()
    _report(job)
    if dry_run:
        jobs.drop(job)


def _report(job: ListJob) -> None:
    for line in page.lines(job.id):
        said = ": ".join(filter(None, (f"line {line.line}", line.email, line.words)))
        click.echo(said, err=True)
    for outcome in Became:
        if number := job.counts.get(outcome):
            click.echo(f"{number}: {TITLES[outcome]}.")
    if job.why:
        raise click.ClickException(job.why)


@newsletter_cli.command("sync")
@click.option("--dry-run", is_flag=True, help="Only show what differs.")
@click.option("--verbose", is_flag=True, help="Show the addresses too.")
@click.option("--believe", is_flag=True, help="Believe the provider that so many have left.")
def sync_command(*, dry_run: bool, verbose: bool, believe: bool) -> None:
    """Compare our list with the provider's, and mend what differs.

    Who left there has left here too; who left here is stopped there; what is
    missing or old there is sent again. Who is only known there is left alone.
    """
    provider = get_providers().audience
    if provider is None:
        raise click.ClickException("AUDIENCE_PROVIDER is “none”: there is nothing to compare.")
    try:
        found = _compare()
        _show_difference(found, provider.name, verbose=verbose)
        if dry_run or not found.number:
            return
        if len(found.has_left) > sync.MOST_LEAVING * sync.subscribers() and not believe:
            raise click.ClickException(
                "More than a fifth of the list would leave by this. If that is true, "
                "run it with --believe."
            )
        audit.note(Deed.MATCHED, "the newsletter's list", f"{found.number} people")
        db.session.commit()
        with click.progressbar(length=found.number, label="Mending") as bar:
            for number in sync_repair.repair(found):
                bar.update(number)
    except ProviderError as error:
        raise click.ClickException(f"{error} What was done is kept. Run it again.") from error
    click.echo("Done. What waits in the outbox goes with “flask worker”.")


def _compare() -> sync.Difference:
    found = sync.Difference()
    with click.progressbar(length=sync.subscribers(), label="Comparing") as bar:
        for found in sync.compare():
            bar.update(found.looked - bar.pos)
    return found


def _show_difference(found: sync.Difference, name: str, *, verbose: bool) -> None:
    lists = {
        f"are missing at {name}, or not on its list": found.missing,
        f"have other choices at {name}": found.changed,
        f"left here and still get mail from {name}": found.to_stop,
        f"left at {name} and not yet here": found.has_left,
    }
    click.echo(f"{found.same} are the same.")
    if found.unseen:
        click.echo(f"  Of {found.unseen} of these {name} does not tell what they chose.")
    for words, addresses in lists.items():
        click.echo(f"{len(addresses)} {words}.")
        for address in addresses if verbose else ():
            click.echo(f"  {address}")
    click.echo(f"{found.waiting} are in the outbox already, or changed just now, and left alone.")
    if found.unknown:
        click.echo(f"{found.unknown} are only known at {name}, and left alone.")
