"""`flask newsletter …`: what the team does with the list, until the inbox has pages for it."""

import click
from flask.cli import AppGroup

from portal import audit, people
from portal.audit import Deed
from portal.extensions import db
from portal.newsletter import bounces, held, retention
from portal.newsletter.models import SUPPRESSED, HeldSignup, Subscriber, SubscriberState
from portal.people import Person

ABOUT = ("newsletter", "emails")  # of what is held about a person
MANY = people.COUNTED
newsletter_cli = AppGroup("newsletter", help="Look after the newsletter's list.")


@newsletter_cli.command("show")
@click.argument("address")
def show_command(address: str) -> None:
    """Show what the newsletter keeps about ADDRESS, and what was sent there."""
    person, erasure = Person.of([address], asks=True), retention.erased(address)
    for trace in person.traces()[:1]:
        audit.note(Deed.LOOKED_UP, trace, "By a command")
    db.session.commit()
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
    audit.note(Deed.RELEASED, f"subscriber {subscriber.id}", "Mail may go there again")
    db.session.commit()
    click.echo(
        f"{address} gets the newsletter again."
        if subscriber.state is SubscriberState.SUBSCRIBED
        else f"Mail may go to {address} again. They can sign up now."
    )


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
