"""`flask database copy`: everything from the present database into one of PostgreSQL."""

import click
from flask.cli import AppGroup

from portal import places
from portal.moving import copying
from portal.moving.copying import NotCopied
from portal.words import count

database_cli = AppGroup("database", help="Move to another database.")


@database_cli.command("copy")
@click.argument("url")
def copy_command(url: str) -> None:
    """Copy every row of the present database (SQLite) into an empty one of PostgreSQL, at URL.

    All or nothing, and what was copied is read again and compared. The present database is
    not changed. Stop web and worker before. What is not in URL, such as the password, may be in
    the variables or the file that PostgreSQL's own programs read (PGPASSWORD, ~/.pgpass).
    """
    try:
        target = places.database(url)
    except ValueError as error:
        raise click.UsageError("URL must be postgresql+psycopg://user@host/name.") from error
    try:
        numbers = copying.copy(target)
    except NotCopied as error:
        raise click.ClickException(str(error)) from error
    for table, number in numbers.items():
        click.echo(f"{number:10} {table}")
    total = count(sum(numbers.values()), "row")
    click.echo(f"{total} in {count(len(numbers), 'table')}: all are there, and the same.")
    click.echo("Set DATABASE_URL to the new database, and start web and worker.")
