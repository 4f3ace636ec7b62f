"""`flask newsletter …`: what the team does with the list, until the inbox has pages for it."""

import csv
from collections import deque
from typing import TextIO

import click
from flask.cli import AppGroup

from portal import people
from portal.delivery.providers import get_providers
from portal.extensions import db
from portal.newsletter import bounces, held, import_export, retention, sync, sync_repair
from portal.newsletter.models import SUPPRESSED, HeldSignup, Subscriber, SubscriberState
from portal.people import Person
from portal.providers.errors import ProviderError

ABOUT = ("newsletter", "emails")  # of what is held about a person
MANY = people.COUNTED
newsletter_cli = AppGroup("newsletter", help="Look after the newsletter's list.")


@newsletter_cli.command("show")
@click.argument("address")
def show_command(address: str) -> None:
    """Show what the newsletter keeps about ADDRESS, and what was sent there."""
    person, erasure = Person.of([address], asks=True), retention.erased(address)
    found = [one for name in ABOUT for one in people.holders[name].find(person, MANY, None)]
    kept = [one.tell() for one in found]
    if erasure:
        click.echo(f"{address} was erased on {erasure.at:%d %B %Y}.")
    if kept:
        click.echo(people.to_json(kept))
    else:
        click.echo(f"Nothing{' else' if erasure else ''} is kept about {address}.")


@newsletter_cli.command("allow")
@click.argument("address")
def allow_command(address: str) -> None:
    """Let mail go to ADDRESS again, though it bounced or complained, because its owner asks.

    They get nothing that they have not said yes to.
    """
    subscriber = Subscriber.with_email(address, to_change=True)
    if subscriber is None:
        raise click.ClickException(f"{address} is not on the list, so nothing blocks it.")
    if subscriber.state not in SUPPRESSED:
        raise click.ClickException(f"{address} is {subscriber.state}, so nothing blocks it.")
    bounces.allow(subscriber)
    db.session.commit()
    click.echo(
        f"{address} gets the newsletter again."
        if subscriber.state is SubscriberState.SUBSCRIBED
        else f"Mail may go to {address} again. They can sign up now."
    )


@newsletter_cli.command("export")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="A file.")
def export_command(output: TextIO) -> None:
    """Write the list as CSV, a line at a time."""
    import_export.write(csv.writer(output))


@newsletter_cli.command("import")
@click.argument("source", type=click.File(encoding="utf-8-sig", errors="replace"))
@click.option(
    "--wording", required=True, help="The words that these people agreed to, for the record."
)
def import_command(source: TextIO, wording: str) -> None:
    """Add people who agreed elsewhere, from a CSV with the columns email, name, topics, format.

    Topics are separated by spaces. No mail is sent to anybody. Each line that
    cannot be taken is reported, and the others are.
    """
    try:
        rows = import_export.lines(source)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with click.progressbar(rows, label="Importing") as bar:
        added, refused = import_export.read(bar, wording)
    for number, reason in refused:
        click.echo(f"line {number}: {reason}", err=True)
    click.echo(f"{added} added, {len(refused)} refused.")


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
        with click.progressbar(length=found.number, label="Mending") as bar:
            for number in sync_repair.repair(found):
                bar.update(number)
    except ProviderError as error:
        raise click.ClickException(f"{error} What was done is kept. Run it again.") from error
    click.echo("Done. What waits in the outbox goes with “flask worker”.")


def _compare() -> sync.Difference:
    found = deque([sync.Difference()], maxlen=1)
    with click.progressbar(sync.compare(), length=sync.subscribers(), label="Comparing") as bar:
        found.extend(bar)
    return found[0]


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


@newsletter_cli.command("held")
@click.option("--release", type=int, help="The number of one that is from a person.")
@click.option("--discard", type=int, help="The number of one that is not.")
def held_command(release: int | None, discard: int | None) -> None:
    """List the sign-ups that looked like a machine's, or decide about one."""
    if release is not None and discard is not None:
        raise click.UsageError("Give --release or --discard, not both.")
    number = release if release is not None else discard
    if number is None:
        for one in held.undecided():
            click.echo(f"#{one.id} {one.created_at:%d %b %H:%M} {one.email}: {one.reasons}")
        return
    chosen = db.session.get(HeldSignup, number)
    if chosen is None:
        raise click.ClickException(f"There is no held sign-up with the number {number}.")
    address = chosen.email
    if release is not None:
        held.release(chosen)
        click.echo(f"{address} goes its usual way: the confirmation mail is queued.")
    else:
        held.discard(chosen)
        click.echo(f"{address} is discarded.")
