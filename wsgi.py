"""The app that gunicorn and the flask command start, with settings from the environment."""

import os
import sys

import click
from dotenv import load_dotenv

from portal import create_app, join_migrations
from portal.config import ConfigError, load_config

load_dotenv()
try:
    app = create_app(load_config(os.environ))
except ConfigError as error:
    sys.exit(f"The portal cannot start.\n{error}")
if click.get_current_context(silent=True):  # a flask command loads the app, not a web server
    join_migrations(app)
