"""`flask issues …`: what leaves, and what became of it."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.extensions import db
from portal.issues.models import Issue
from portal.issues.sending import books
from portal.issues.sending.report import report
from portal.web import LARGEST_ID

issues_cli = AppGroup("issues", help="Look at the newsletter's issues on their way out.")
SHOWN = 10


@issues_cli.command("status")
@click.argument("issue_id", type=click.IntRange(1, LARGEST_ID), required=False)
def status_command(issue_id: int | None) -> None:
    """Show the newest issues that left, or one: its people by what became of their copies."""
    query = select(Issue).where(Issue.started_at.is_not(None))
    if issue_id is not None:
        query = query.where(Issue.id == issue_id)
    found = db.session.scalars(query.order_by(Issue.started_at.desc()).limit(SHOWN)).all()
    if not found:
        raise click.ClickException("No issue has left." if issue_id is None else "It has not left.")
    for issue in found:
        _show(issue)
    for trouble in books.troubles():
        click.secho(trouble, fg="red")


def _show(issue: Issue) -> None:
    click.echo(f"#{issue.id} {issue.state} {issue.started_at:%d %b %H:%M} {issue.subject}")
    for one in report(issue).editions:
        known, edition = one.known, one.edition
        click.echo(
            f"{known.people:8} {one.label}, {edition.state}, by {edition.provider or 'mail'}: "
            f"{known.accepted} accepted, {known.waiting} waiting, {known.failed} failed, "
            f"{known.uncertain} uncertain, {known.cancelled} cancelled. {edition.why}".strip()
        )
        if one.counted:
            told = ", ".join(f"{number} {name}" for name, number in one.counted.items())
            click.echo(f"         {edition.provider} counts: {told}")
