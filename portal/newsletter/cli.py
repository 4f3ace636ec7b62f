"""`flask newsletter …`: what the team does with the list, until the inbox has pages for it."""

from __future__ import annotations

import csv
import json
from typing import TextIO

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.extensions import db
from portal.newsletter import hearing, records, services, transfer
from portal.newsletter.models import SUPPRESSED, HeldSignup, State, Subscriber

newsletter_cli = AppGroup("newsletter", help="Look after the newsletter's list.")


@newsletter_cli.command("show")
@click.argument("address")
def show_command(address: str) -> None:
    """Show all that is kept about ADDRESS."""
    subscriber, erasure = Subscriber.with_email(address), records.erased(address)
    kept = records.own_data(subscriber) if subscriber else records.kept_elsewhere(address)
    if erasure:
        click.echo(f"{address} was erased on {erasure.at:%d %B %Y}.")
    if any(kept.values()):
        click.echo(json.dumps(kept, indent=2, ensure_ascii=False))
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
    hearing.allow(subscriber)
    click.echo(
        f"{address} gets the newsletter again."
        if subscriber.state is State.SUBSCRIBED
        else f"Mail may go to {address} again. They can sign up now."
    )


@newsletter_cli.command("export")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="A file.")
def export_command(output: TextIO) -> None:
    """Write the list as CSV, a line at a time."""
    transfer.write(csv.writer(output))


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
        rows = transfer.lines(source)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with click.progressbar(rows, label="Importing") as bar:
        report = transfer.read(bar, wording)
    for number, reason in report.refused:
        click.echo(f"line {number}: {reason}", err=True)
    click.echo(f"{report.added} added, {len(report.refused)} refused.")


@newsletter_cli.command("held")
@click.option("--release", type=int, help="The number of one that is from a person.")
@click.option("--discard", type=int, help="The number of one that is not.")
def held_command(release: int | None, discard: int | None) -> None:
    """List the sign-ups that looked like a machine's, or decide about one."""
    if release is not None and discard is not None:
        raise click.UsageError("Give --release or --discard, not both.")
    number = release if release is not None else discard
    if number is None:
        for held in db.session.scalars(select(HeldSignup).order_by(HeldSignup.id)):
            click.echo(f"#{held.id} {held.created_at:%d %b %H:%M} {held.email}: {held.reasons}")
        return
    chosen = db.session.get(HeldSignup, number)
    if chosen is None:
        raise click.ClickException(f"There is no held sign-up with the number {number}.")
    address = chosen.email
    if release is not None:
        services.release(chosen)
        click.echo(f"{address} goes its usual way: the confirmation mail is queued.")
    else:
        services.discard(chosen)
        click.echo(f"{address} is discarded.")
