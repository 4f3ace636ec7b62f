"""Newsletter issues: made of stories that may be in them, agreed to by two people, sent once."""

from flask import Flask

from portal import people, retention
from portal.issues import effects, holdings
from portal.issues.archive import query
from portal.issues.archive import routes as archive
from portal.issues.desk import (
    archive_routes,
    issue_routes,
    list_routes,
    preview_routes,
    received,
    send_routes,
    story_routes,
    wording,
    yes_routes,
)
from portal.issues.sending import cli, periods, tasks
from portal.newsletter.desk import page
from portal.stories import markdown


def init_app(app: Flask) -> None:
    """Register the pages of issues, for the team and for readers."""
    for blueprint in (archive.bp, list_routes.bp):
        app.register_blueprint(blueprint)
    app.cli.add_command(cli.issues_cli)
    people.register(holdings.HOLDER)
    retention.register(*periods.PERIODS)
    page.sources[:] = [received.received]
    app.jinja_env.globals["has_archive"] = lambda: query.newest() is not None
    app.jinja_env.filters["direction"] = lambda text: markdown.direction(text) or "ltr"
    app.jinja_env.filters |= {
        "is_in_archive": query.is_in_archive,
        "issue_status": wording.status_of,
    }
