"""Everything that leaves the portal goes through here."""

from __future__ import annotations

from flask import Flask

from portal import providers
from portal.delivery import cli, tasks
from portal.delivery.compose import compose
from portal.delivery.erasing import forget
from portal.delivery.models import Erase, Unsubscribe
from portal.delivery.outbox import enqueue, history, recently_sent

__all__ = [
    "Erase",
    "Unsubscribe",
    "compose",
    "enqueue",
    "forget",
    "history",
    "init_app",
    "recently_sent",
    "tasks",
]


def init_app(app: Flask) -> None:
    """Make the chosen providers and register the `flask delivery` and `flask worker` commands.

    Raises `SetupError` when a provider is unknown or lacks a setting.
    """
    settings = app.config["PROVIDERS"]
    mail, audience = app.config["MAIL_PROVIDER"], app.config["AUDIENCE_PROVIDER"]
    app.extensions["mail_provider"] = providers.mail_provider(mail, settings.get(mail, {}))
    app.extensions["audience_provider"] = providers.audience_provider(
        audience, settings.get(audience, {})
    )
    cli.init_app(app)
