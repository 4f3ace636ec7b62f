"""`flask demo …`. What it makes is loaded by the command that makes it: no web process needs it."""

import click
from flask import current_app
from flask.cli import AppGroup

from portal.words import count

demo_cli = AppGroup("demo", help="Make up data to try the portal with.")


@demo_cli.command("load")
@click.argument("number", type=click.IntRange(1, 2_000_000))
@click.option("--seed", type=int, default=1, help="The same seed makes the same conversations.")
def load_command(number: int, seed: int) -> None:
    """Add NUMBER made-up conversations to the inbox."""
    from portal.demo import loading  # noqa: PLC0415

    if not current_app.config["DEVELOPMENT"]:
        raise click.ClickException("Made-up data is for DEVELOPMENT=1 only. Nothing was added.")
    loading.load(number, seed)
    click.echo(f"{number} conversations were added.")


@demo_cli.command("stories")
def stories_command() -> None:
    """Add the sample stories to the library and the inbox, unless they are there."""
    from portal.demo import stories  # noqa: PLC0415

    if not current_app.config["DEVELOPMENT"]:
        raise click.ClickException("Samples are for DEVELOPMENT=1 only. Nothing was added.")
    if number := stories.load():
        click.echo(f"{count(number, 'sample story', 'sample stories')} added.")
        click.echo(f"To remove them: {stories.TO_REMOVE}")
    else:
        click.echo("The sample stories are there already.")


@demo_cli.command("clear-stories")
def clear_command() -> None:
    """Remove the sample stories, and nothing else."""
    from portal.demo import stories  # noqa: PLC0415

    click.echo(f"{count(stories.clear(), 'sample story', 'sample stories')} removed.")
