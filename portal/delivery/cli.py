"""`flask worker` and `flask delivery …`."""

import logging

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal import checks, room
from portal.config import ConfigError
from portal.delivery import brake, breaker, claims, events, ledger, outbox
from portal.delivery.alerts import alert
from portal.delivery.models import Action, Event, Outgoing, OutgoingState
from portal.delivery.providers import get_providers
from portal.delivery.worker import Worker
from portal.extensions import db
from portal.providers.alerts import Alerts
from portal.providers.errors import SetupError
from portal.web import LARGEST_ID
from portal.words import count

log = logging.getLogger(__name__)
delivery_cli = AppGroup("delivery", help="Look at what leaves the portal, and send it again.")

SHOWN = 20


@click.command("worker")
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="How many rows to send at a time.",
)
@with_appcontext
def worker_command(threads: int) -> None:
    """Send what waits, and do the regular work. Runs until it is stopped.

    SIGTERM and Ctrl-C let it finish what it is sending; a second one does not.
    """
    try:
        checks.must_start()
    except ConfigError as error:
        raise click.ClickException(f"The worker cannot start.\n{error}") from error
    number = len(_checked_alerts().destinations)
    names = current_app.config["MAIL_PROVIDER"], current_app.config["AUDIENCE_PROVIDER"]
    places = count(number, "address", "addresses") if number else "nobody"
    words = "The worker is running. Mail goes to {}, contacts to {}, alerts to {}."
    click.echo(words.format(*names, places))
    if current_app.config["MAIL_SANDBOX"]:
        click.secho("MAIL_SANDBOX is on: no mail reaches anybody.", fg="red")
    _end_rests()
    Worker(threads).run()


def _end_rests() -> None:
    """Let all go at once that waits: whoever has mended something starts the worker again.

    Where nothing can be written now the worker starts all the same, and tells of that.
    """
    try:
        breaker.clear()
        claims.hurry(claims.TRIED)
    except (SQLAlchemyError, OSError) as error:
        db.session.rollback()
        if not room.is_not_now(error):
            raise
        log.error("What rests goes on resting: nothing can be written. %s", error)


def _checked_alerts() -> Alerts:
    """Who sends alerts, once Apprise has been asked whether it knows the addresses."""
    alerts = get_providers().alerts
    try:
        alerts.check()
    except SetupError as error:
        raise click.ClickException(str(error)) from error
    return alerts


@delivery_cli.command("alert-test")
def alert_test_command() -> None:
    """Send a test alert to each of ALERT_URLS."""
    _checked_alerts()
    number = alert("A test of the portal's alerts", f"It works. {current_app.config['SITE_URL']}")
    db.session.commit()
    if not number:
        raise click.ClickException("ALERT_URLS is empty, so nobody gets alerts.")
    click.echo(
        f"{count(number, 'alert')} queued. “flask worker” sends them; "
        "“flask delivery status” shows those that did not go."
    )


@delivery_cli.command("status")
@click.argument("row_id", type=click.IntRange(1, LARGEST_ID), required=False)
def status_command(row_id: int | None) -> None:
    """Show the ledger, and the rows that need a person; or one row, and what was told of it."""
    if row_id is not None:
        _show_row(row_id)
        return
    book = ledger.read()
    for state, number in book.states.items():
        click.echo(f"{state:>12} {number:8}")
    click.echo(
        f"{'saved':>12} {book.saved:8}  {'balances' if book.balances else 'DOES NOT BALANCE'}"
    )
    for trouble in book.troubles():
        click.secho(trouble, fg="red")
    states = (OutgoingState.FAILED, OutgoingState.UNCERTAIN, OutgoingState.WAITING)
    need = select(Outgoing).where(Outgoing.is_open(*states), ~brake.is_held())
    newest = need.order_by(Outgoing.id.desc()).limit(SHOWN)
    for row in db.session.scalars(newest):
        to = "the team" if row.action is Action.ALERT else row.address
        click.echo(f"#{row.id} {row.state} {row.name} to {to}, {row.attempts} tries: {row.reason}")
    for event in events.given_up(SHOWN):
        click.echo(
            f"News from {event.provider}, {event.attempts} tries: {event.kind} {event.event_id}"
        )


def _show_row(row_id: int) -> None:
    row = db.session.get(Outgoing, row_id)
    if row is None:
        raise click.ClickException(f"There is no row {row_id}.")
    click.echo(f"#{row.id} {row.state} {row.name}, {row.attempts} tries. {row.reason}".strip())
    if row.provider:
        click.echo(f"With {row.provider} {row.message_id}".strip())
    told = select(Event).where(Event.outgoing_id == row.id).order_by(Event.at, Event.id)
    for event in db.session.scalars(told):
        click.echo(f"{event.at:%d %b %H:%M} {event.kind} {event.reason}".strip())


@delivery_cli.command("retry")
@click.argument("row_id", type=click.IntRange(1, LARGEST_ID), required=False)
@click.option("--failed", is_flag=True, help="Every row that failed.")
@click.option("--waiting", is_flag=True, help="Every row that waits, now instead of later.")
def retry_command(row_id: int | None, *, failed: bool, waiting: bool) -> None:
    """Send a row again by its number, or all that failed or wait.

    An uncertain row is sent again by its number only: it may have arrived.
    """
    if (row_id is None) != (failed or waiting):
        raise click.UsageError("Say which: a row's number, --failed or --waiting.")
    states = [OutgoingState.FAILED] * failed + [OutgoingState.WAITING] * waiting
    breaker.clear()
    number = outbox.retry(Outgoing.is_open(*states) if states else Outgoing.id == row_id)
    click.echo(f"{count(number, 'row')} queued again.")
    if not number and row_id is not None:
        raise click.ClickException(
            "That row is not waiting, failed or uncertain, or a later change replaced it."
        )


@delivery_cli.command("held")
@click.option("--release", is_flag=True, help="Let them go now, whatever the hour has had.")
@click.option("--drop", is_flag=True, help="Never send them.")
@click.option("--mail", default="", help="Only the mails of this name, such as confirm_signup.")
def held_command(*, release: bool, drop: bool, mail: str) -> None:
    """Show the mails to people who have not confirmed that wait for their hour.

    So many an hour go (UNPROVED_MAILS_PER_HOUR), the oldest first.
    """
    if release and drop:
        raise click.UsageError("Say one of --release and --drop.")
    if release or drop:
        number = brake.release(mail) if release else brake.drop(mail)
        click.echo(f"{count(number, 'mail')} {'queued' if release else 'dropped'}.")
        return
    for name, number, since in brake.kinds():
        click.echo(f"{number:8} {name}, the oldest since {since:%d %b %H:%M}")
    last = brake.slow()
    click.echo(f"{count(brake.held(), 'mail')} held{last and f', the last for up to {last}'}.")
