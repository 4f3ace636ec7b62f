"""Made-up data: conversations to fill the inbox with, and stories to fill the library."""

from flask import Flask

from portal.demo.cli import demo_cli


def init_app(app: Flask) -> None:
    """Register `flask demo`."""
    app.cli.add_command(demo_cli)
