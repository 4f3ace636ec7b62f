"""The app that gunicorn and the flask command start, with settings from the environment."""

import os
import sys

from dotenv import load_dotenv

from portal import create_app
from portal.config import ConfigError, load_config

load_dotenv()
try:
    app = create_app(load_config(os.environ))
except ConfigError as error:
    sys.exit(f"The portal cannot start.\n{error}")
