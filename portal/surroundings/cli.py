"""`flask check`, and what commands say where the database is away."""

import sys
from types import TracebackType

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from portal import checks
from portal.surroundings.stores import in_one_line


def tell_plainly() -> None:
    """Let commands say in a sentence that the database is away; all else is told as before."""
    usual = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, OperationalError):
            cause = in_one_line(str(error.orig))
            click.echo(f"Error: the database does not answer. {cause}", err=True)
        else:
            usual(kind, error, trace)

    sys.excepthook = tell


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
