"""What is deleted when its time is over: told a week ahead, kept where a person says so, done."""

from flask import Flask

from portal import retention
from portal.clearing import cli, routes, tasks, things
from portal.retention import Period
from portal.stories.files import allowed

__all__ = ["init_app", "tasks"]

# What is kept beside the database.
PERIODS = (
    Period(
        "counts",
        "Counts of how much came from each internet connection, as digests",
        "the last of it came, at most",
        "They are deleted.",
        lasts=lambda: allowed.LONGER,
    ),
    Period(
        "journal",
        "The journal of what a restore must not undo, as digests",
        "it was noted",
        "It is deleted. No backup may be kept for longer.",
        setting="JOURNAL_DAYS",
    ),
)


def init_app(app: Flask) -> None:
    """Register the team's page and the command."""
    retention.register(*PERIODS)
    app.register_blueprint(routes.bp)
    app.cli.add_command(cli.retention_command)
    app.jinja_env.globals["ending_of"] = things.of_conversation
