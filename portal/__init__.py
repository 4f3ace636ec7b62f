"""The portal: newsletter, stories and messages to the media team.

`create_app` is the only place where the parts are joined.
"""

from pathlib import Path
from typing import Any

from flask import Flask
from limits.errors import ConfigurationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import (
    assets,
    backups,
    checks,
    clearing,
    contact,
    delivery,
    demo,
    errors,
    extensions,
    floods,
    hosts,
    inbox,
    issues,
    keys,
    limits,
    mailbox,
    metrics,
    modes,
    moving,
    newsletter,
    pages,
    storage,
    stories,
    surroundings,
    team,
    web,
    words,
    your_details,
)
from portal.config import ROOT, ConfigError
from portal.providers.errors import SetupError


def create_app(config: dict[str, Any]) -> Flask:
    """Build the app from the settings that `load_config` gave.

    Raises `ConfigError` when a provider is not known or lacks a setting, or a setting leads
    nowhere; the text names the setting. Nothing is asked yet whether it answers: see
    `checks.must_start`.
    """
    app = errors.Portal(__name__, static_folder=None, template_folder=str(ROOT / "templates"))
    app.config.from_mapping(config)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    try:
        Path(config["VAR_DIR"]).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"VAR_DIR cannot be made: {error.strerror}.") from error
    hosts.init_app(app)
    if hops := config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    _init_extensions(app)
    foundations = (assets, web, metrics, storage, words, errors, delivery, team)
    features = (limits, inbox, contact, stories, newsletter, issues, your_details, clearing)
    for part in (
        surroundings,
        modes,
        *foundations,
        *features,
        pages,
        mailbox,
        demo,
        backups,
        moving,
        keys,
    ):
        try:
            part.init_app(app)
        except SetupError as error:
            raise ConfigError(str(error)) from error
    return app


def _init_extensions(app: Flask) -> None:
    """Join the extensions to the app, and the queue to its storage."""
    for extension in (extensions.csrf, extensions.htmx, extensions.compress):
        extension.init_app(app)
    try:
        floods.init_app(app)
    except ConfigurationError as error:
        raise ConfigError(f"RATELIMIT_STORAGE_URI does not lead to a store: {error}.") from error
    try:
        extensions.db.init_app(app)
    except ImportError as error:
        raise ConfigError(f"DATABASE_URL needs what is not installed: {error}.") from error
    except (SQLAlchemyError, ValueError) as error:
        raise ConfigError("DATABASE_URL is not an address that we can use.") from error
    try:
        extensions.huey.init_app(app)
    except Exception as error:
        raise ConfigError(f"QUEUE_URL does not lead to a queue: {error}.") from error


def join_migrations(app: Flask) -> None:
    """Let `flask db`, and what is imported from flask_migrate, work with the app."""
    # Only here, because it loads Alembic: a tenth of a second and 11 MB, for no web process.
    from flask_migrate import Migrate  # noqa: PLC0415

    Migrate(app, extensions.db, directory=str(ROOT / "migrations"))


def must_start(app: Flask) -> None:
    """Raise `ConfigError` for what cannot work, and leave no connection open for a fork."""
    with app.app_context():
        try:
            checks.must_start()
        finally:
            extensions.db.engine.dispose()
            extensions.huey.storage.close()


def close_database(app: Flask) -> None:
    """Close the database at a process's end: SQLite's last one writes its -wal file back."""
    with app.app_context():
        extensions.db.engine.dispose()
