"""Moving from SQLite to PostgreSQL: `flask database copy`."""

from flask import Flask

from portal.moving.cli import database_cli


def init_app(app: Flask) -> None:
    """Register `flask database`."""
    app.cli.add_command(database_cli)
