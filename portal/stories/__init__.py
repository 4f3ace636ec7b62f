"""Stories: told, shaped together, approved, published, taken back."""

from __future__ import annotations

from flask import Flask

from portal.inbox import links as inbox_links
from portal.inbox.models import Kind
from portal.stories import deadlines, links, tasks
from portal.stories.editor import (
    action_routes,
    file_routes,
    format_routes,
    routes,
    status,
    text_routes,
)
from portal.stories.files import checking, downloads, receiving, tus
from portal.stories.files import routes as files_routes
from portal.stories.finding import phrase, services, team_routes
from portal.stories.finding import routes as finding_routes
from portal.stories.library import query
from portal.stories.library import routes as library_routes
from portal.stories.storyteller import action_routes as storyteller_action_routes
from portal.stories.storyteller import routes as storyteller_routes
from portal.stories.storyteller import text_routes as storyteller_text_routes
from portal.stories.telling import routes as telling_routes
from portal.stories.telling import step_routes
from portal.words import show_periods, spelled, times

__all__ = [
    "action_routes",
    "checking",
    "file_routes",
    "format_routes",
    "init_app",
    "receiving",
    "step_routes",
    "storyteller_action_routes",
    "storyteller_text_routes",
    "tasks",
    "text_routes",
    "tus",
]


def init_app(app: Flask) -> None:
    """Register the pages of those who tell, of the team, and of everybody who reads."""
    app.register_blueprint(library_routes.bp)
    app.register_blueprint(telling_routes.bp)
    app.register_blueprint(routes.bp)
    app.register_blueprint(storyteller_routes.bp)
    app.register_blueprint(files_routes.bp)
    app.register_blueprint(downloads.bp)
    app.register_blueprint(finding_routes.bp)
    app.register_blueprint(team_routes.bp)
    show_periods(
        app,
        phrase_words=lambda: spelled(phrase.LENGTH),
        story_links=lambda: services.LINKS_MOST,
        stories_counted=lambda: query.COUNTED,
        yearly_questions=lambda: times(deadlines.QUESTIONS),
    )
    inbox_links.own_pages[Kind.STORY] = links.url_of_conversation
    app.jinja_env.globals["is_lost"] = services.is_lost
    app.jinja_env.globals["story_of"] = status.status_of_conversation
