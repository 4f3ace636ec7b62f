"""The newsletter: sign up, confirm, choose, leave, be forgotten."""

from flask import Flask

from portal import people
from portal import retention as kept
from portal.newsletter import (
    bounces,
    cli,
    figures,
    holdings,
    links,
    models,
    periods,
    retention,
    routes,
    tasks,
)
from portal.newsletter.desk import held_routes, list_routes, person_routes
from portal.newsletter.transfer import cli as transfer_cli
from portal.newsletter.transfer import entries, jobs, page, reports
from portal.newsletter.transfer import routes as transfer_routes
from portal.newsletter.transfer import tasks as transfer_tasks
from portal.words import show_periods, span


def init_app(app: Flask) -> None:
    """Register the newsletter's pages and commands."""
    app.jinja_env.filters["topic_label"] = lambda key: app.config["TOPICS"].get(key, key)
    app.jinja_env.filters["format_label"] = lambda key: app.config["FORMATS"].get(key, key)
    app.jinja_env.filters |= {"job_title": page.title, "meant": entries.named}
    app.jinja_env.globals["held_signups"] = retention.waiting
    for blueprint in (routes.bp, list_routes.bp, transfer_routes.bp):
        app.register_blueprint(blueprint)
    people.register(holdings.HOLDER)
    people.register(reports.HOLDER)
    kept.register(*periods.PERIODS)
    show_periods(
        app,
        confirm_within=lambda: span(links.CONFIRM_WITHIN),
        list_file_lasts=lambda: span(jobs.FILE_LASTS),
        bounce_lasts=lambda: span(models.BOUNCE_LASTS),
    )
    app.extensions["newsletter_figures"] = figures  # for the dashboard, which knows no newsletter
    app.cli.add_command(cli.newsletter_cli)
