"""Backups: all that the portal keeps, in one folder; and bringing it back without undoing a no."""

from flask import Flask

from portal import checks
from portal.backups import checking, cli, deciding, routes


def init_app(app: Flask) -> None:
    """Register `flask backup` and `flask restore`, and what keeps half a restore from starting."""
    app.cli.add_command(cli.backup_command)
    app.cli.add_command(cli.restore_command)
    app.register_blueprint(routes.bp)
    app.jinja_env.globals["restore_waits"] = deciding.is_waiting
    unfinished = checking.unfinished
    checks.register(
        app,
        checks.SiteCheck("Restore", checking.restore, at_start=unfinished),
        checks.SiteCheck("Journal", checking.journal_place),
    )
