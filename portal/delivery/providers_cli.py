"""`flask providers …`: whether the email provider is set up rightly, and a mail goes out."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal import checks, providers
from portal.addresses import to_ascii
from portal.checks import SiteCheck
from portal.delivery import claims, outbox, tasks
from portal.delivery.compose import compose
from portal.delivery.models import Outgoing, OutgoingState
from portal.delivery.providers import get_providers
from portal.extensions import db, now
from portal.providers.errors import ProviderError, SetupError
from portal.providers.protocols import InboundProvider, SignedCaller
from portal.providers.values import Address, Finding, MailFile, Site
from portal.words import count

providers_cli = AppGroup("providers", help="Look whether your email provider is set up rightly.")

INSIDE = (".localhost", ".local", ".test", ".internal")  # RFC 6761 and 6762, and ICANN's for inside
OUR_TURN = timedelta(hours=1)
SENT = "This file shows that attachments arrive."


@providers_cli.command("check")
def check_command() -> None:
    """Ask each provider in use whether key, sender, list and webhooks are right."""
    wrong = 0
    for provider in get_providers().in_use:
        click.secho(_title(provider), bold=True)
        wrong += checks.show(_looked_at(provider))
    wrong += checks.show(_inbound())
    if wrong:
        raise click.ClickException(f"{wrong} to mend.")


@providers_cli.command("hooks")
@click.option("--install", is_flag=True, help="Register what is missing, by the provider's API.")
def hooks_command(*, install: bool) -> None:
    """Say where each provider must tell us things, and register that with --install."""
    if install and not _is_public():
        raise click.ClickException(
            f"SITE_URL is {current_app.config['SITE_URL']}. A provider can only call a public "
            "https address."
        )
    wrong = 0
    for provider in get_providers().in_use:
        if provider.name == "local":
            continue
        click.secho(_title(provider), bold=True)
        site = _site(provider.name)
        if not isinstance(provider, SignedCaller):
            click.echo("  It tells us nothing, so it needs no webhook.")
        elif not install:
            click.echo(f"  events: {site.events_url}")
            if isinstance(provider, InboundProvider):
                click.echo(f"  mail that comes in: {site.inbound_url}")
        else:
            wrong += checks.show(_told(providers.install_hooks(provider, site)))
    if wrong:
        raise click.ClickException("Not everything could be registered.")


@providers_cli.command("send-test")
@click.argument("address")
def send_test_command(address: str) -> None:
    """Send a test mail to ADDRESS at once, and say what came of it."""
    file = MailFile("test.txt", SENT.encode(), "text/plain")
    # We send it ourselves: no worker takes it before that time, and none needs to run.
    row_id = outbox.enqueue(compose("test", Address(address), attachments=(file,)), wait=OUR_TURN)
    db.session.commit()
    if job := claims.take(only=Outgoing.id == row_id, before=now() + OUR_TURN):
        tasks.deliver(*job)
        db.session.commit()
    db.session.expire_all()
    sent = db.session.get_one(Outgoing, row_id)
    if sent.state is OutgoingState.ACCEPTED:
        click.echo(f"{sent.provider} took it as {sent.message_id or 'a mail without an id'}.")
        click.echo(f"“flask delivery status {row_id}” shows what it tells us of it.")
        return
    why = sent.reason or "Its provider rests; “flask delivery status” says why."
    raise click.ClickException(f"It did not go ({sent.state}). {why}")


def _title(provider: Any) -> str:
    return str(getattr(provider, "title", provider.name))


def _site(name: str) -> Site:
    config = current_app.config
    hooks = f"{config['SITE_URL']}/hooks/{name}"
    senders = dict.fromkeys(to_ascii(config[name]) for name in ("MAIL_FROM", "TEAM_MAIL_FROM"))
    domain = config["INBOUND_EMAIL"].partition("@")[2]
    return Site(tuple(senders), f"{hooks}/events", f"{hooks}/inbound", to_ascii(domain))


def _looked_at(provider: Any) -> Iterator[Finding]:
    return _told(providers.check(provider, _site(provider.name)))


def _alerts() -> Iterator[Finding]:
    """Whether somebody hears of trouble; loads Apprise."""
    alerts = get_providers().alerts
    if not alerts.destinations:
        words = "ALERT_URLS is not set: nobody is told of trouble but by mail."
        yield Finding(words, ok=None, cure="Set it to an address of Apprise.")
        return
    try:
        alerts.check()
    except SetupError as error:
        yield Finding(str(error), ok=False)
        return
    number = count(len(alerts.destinations), "address", "addresses")
    cure = "“flask delivery alert-test” sends a test."
    yield Finding(f"Alerts go to {number}.", ok=None, cure=cure)


def init_app(app: Flask) -> None:
    """Register the commands, and have the providers looked at with all else."""
    app.cli.add_command(providers_cli)
    used = app.extensions["providers"].in_use
    looks = [SiteCheck(_title(one), partial(_looked_at, one), outside=True) for one in used]
    alerts = SiteCheck("Alerts", _alerts, outside=True)  # Apprise is too heavy for a web process
    checks.register(app, *looks, SiteCheck("Mail that comes in", _inbound), alerts)


def _told(findings: Iterable[Finding]) -> Iterator[Finding]:
    """What a provider says, and in a sentence why it says no more."""
    try:
        yield from findings
    except (ProviderError, SetupError) as error:
        yield Finding(str(error), ok=False)


def _inbound() -> Iterator[Finding]:
    address = current_app.config["INBOUND_EMAIL"]
    if not address:
        yield Finding("INBOUND_EMAIL is not set: answers to mails go to TEAM_EMAIL.", ok=None)
        return
    domain = address.partition("@")[2]
    cure = f"The mail (MX) records of {domain} must lead to your provider."
    yield Finding(f"Answers to mails go to {address}.", ok=None, cure=cure)


def _is_public() -> bool:
    """Whether somebody outside could call SITE_URL, as far as its words tell."""
    parts = urlsplit(current_app.config["SITE_URL"])
    host = parts.hostname or ""
    try:
        is_outside = ip_address(host).is_global
    except ValueError:
        is_outside = "." in host and not host.endswith(INSIDE)
    return parts.scheme == "https" and is_outside
