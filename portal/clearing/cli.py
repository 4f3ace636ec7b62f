"""`flask retention`."""

from datetime import timedelta

import click

from portal.extensions import now
from portal.retention import kinds, services
from portal.words import count
from portal.words import days as days_in_words


@click.command("retention")
@click.option("--days", default=7, show_default=True, help="How many days to look ahead.")
def retention_command(days: int) -> None:
    """What is deleted by itself in the next days, and how long each kind is kept."""
    until = now() + timedelta(days=days)
    for kind, number in services.counted(None, until):
        click.echo(count(number, *kind.counted))
    click.echo("\nKept for:")
    for kind in kinds.values():
        setting = f" ({kind.setting})" if kind.setting else ""
        click.echo(f"{days_in_words(kind.days.days)}{setting}: {kind.what}, from when {kind.since}")
