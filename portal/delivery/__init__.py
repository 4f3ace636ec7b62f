"""Everything that leaves the portal goes through here."""

from __future__ import annotations

from flask import Flask

from portal import providers, words
from portal.delivery import cli, events, occasions, providers_cli, routes, tasks, uncertain
from portal.delivery.alerts import alert
from portal.delivery.claims import corrected, settled
from portal.delivery.compose import compose
from portal.delivery.erasing import forget, forget_rows, forget_told, strip
from portal.delivery.events import arriving, heard, told
from portal.delivery.models import Alert, Erase, Event, Unsubscribe
from portal.delivery.occasions import enqueue_once, happened, too_soon
from portal.delivery.outbox import enqueue, history, recently_sent, retry, silence, take_back
from portal.delivery.routing import mail_rests
from portal.providers.alerts import Alerts
from portal.providers.errors import SetupError

__all__ = [
    "Alert",
    "Erase",
    "Event",
    "Unsubscribe",
    "alert",
    "arriving",
    "compose",
    "corrected",
    "enqueue",
    "enqueue_once",
    "events",
    "forget",
    "forget_rows",
    "forget_told",
    "happened",
    "heard",
    "history",
    "init_app",
    "mail_rests",
    "recently_sent",
    "retry",
    "settled",
    "silence",
    "strip",
    "take_back",
    "tasks",
    "told",
    "too_soon",
    "uncertain",
]


def init_app(app: Flask) -> None:
    """Make the chosen providers and register the `flask delivery` and `flask worker` commands.

    Raises `SetupError` when a provider is unknown or lacks a setting, or one of
    ALERT_URLS is no address.
    """
    settings = app.config["PROVIDERS"]
    mail, audience = app.config["MAIL_PROVIDER"], app.config["AUDIENCE_PROVIDER"]
    app.extensions["mail_provider"] = providers.mail_provider(mail, settings.get(mail, {}))
    app.extensions["mail_fallback"] = None
    if fallback := app.config["MAIL_FALLBACK"]:
        if fallback == mail:
            raise SetupError("MAIL_FALLBACK must be another provider than MAIL_PROVIDER.")
        app.extensions["mail_fallback"] = providers.mail_provider(
            fallback, settings.get(fallback, {}), "MAIL_FALLBACK"
        )
    app.extensions["audience_provider"] = providers.audience_provider(
        audience, settings.get(audience, {})
    )
    app.extensions["alert_provider"] = Alerts(app.config["ALERT_URLS"])
    cli.init_app(app)
    app.cli.add_command(providers_cli.providers_cli)
    routes.init_app(app)
    words.show_periods(app, mail_pause=lambda: words.per(occasions.MAIL_PAUSE))
