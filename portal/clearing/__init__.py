"""What is deleted when its time is over: told a week ahead, kept where a person says so, done."""

from flask import Flask

from portal.clearing import cli, routes, tasks, things

__all__ = ["init_app", "tasks"]


def init_app(app: Flask) -> None:
    """Register the team's page and the command."""
    app.register_blueprint(routes.bp)
    app.cli.add_command(cli.retention_command)
    app.jinja_env.globals["ending_of"] = things.of_conversation
