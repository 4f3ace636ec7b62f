"""The app that gunicorn and the flask command start, with settings from the environment."""

import atexit
import os
import sys

import click
from dotenv import load_dotenv

from portal import (
    close_database,
    create_app,
    join_migrations,
    logs,
    modes,
    must_start,
    sentry,
    surroundings,
)
from portal.config import ConfigError, load_config

load_dotenv()
is_command = click.get_current_context(silent=True)  # of flask; the worker looks for itself
try:
    config = load_config(os.environ)
    modes.keep_private(config)
    logs.set_up(config)
    sentry.set_up(config)
    app = create_app(config)
    if not is_command:
        must_start(app)
except ConfigError as error:
    sys.exit(f"The portal cannot start.\n{error}")
atexit.register(close_database, app)
if is_command:
    surroundings.tell_plainly()
    join_migrations(app)
