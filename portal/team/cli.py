"""`flask team …`."""

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import AppGroup

from portal.team import services
from portal.team.models import Role
from portal.team.services import LastManager

LAST = "That is the only manager. Invite another first."

team_cli = AppGroup("team", help="The media team's accounts.")


@team_cli.command("invite")
@click.argument("address")
@click.option(
    "--role", type=click.Choice([str(role) for role in Role]), default="editor", show_default=True
)
def invite_command(address: str, role: str) -> None:
    """Invite somebody: mails them a link, and prints it."""
    try:
        email = validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.UsageError(f"{address} is no email address.") from error
    try:
        link = services.invite(email, Role(role))
    except LastManager as error:
        raise click.ClickException(LAST) from error
    click.echo(link or f"{email} has an account already, and is {role} now.")


@team_cli.command("list")
def list_command() -> None:
    """Everybody who is, was or is to be of the team."""
    for member in services.all_members():
        state = "invited" if member.invited_at else "active" if member.active else "disabled"
        if member.email:
            click.echo(f"{member.role:8} {state:9} {member.email}  {member.name}")


@team_cli.command("disable")
@click.argument("address")
def disable_command(address: str) -> None:
    """Let somebody in no more, and end their sessions at once."""
    member = services.find(address)
    if member is None:
        raise click.ClickException("There is no such member.")
    try:
        services.disable(member)
    except LastManager as error:
        raise click.ClickException(LAST) from error
    click.echo(f"{member.email} is disabled.")
