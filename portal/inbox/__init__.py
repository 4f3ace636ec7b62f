"""The media team's one queue: messages, press enquiries and stories."""

from flask import Flask

from portal import delivery
from portal.inbox import outcomes, tasks
from portal.inbox.desk import (
    answer_routes,
    conversation_routes,
    file_routes,
    list_routes,
    replies,
    saved_reply_routes,
)
from portal.inbox.figures import numbers
from portal.inbox.figures import routes as figures_routes
from portal.inbox.incoming import routes as incoming_routes
from portal.ways import WAYS
from portal.words import count, show_periods, spelled

__all__ = [
    "answer_routes",
    "conversation_routes",
    "init_app",
    "outcomes",
    "saved_reply_routes",
    "tasks",
]


def init_app(app: Flask) -> None:
    """Register the inbox's pages, and the addresses that providers call."""
    app.register_blueprint(list_routes.bp)
    app.register_blueprint(figures_routes.bp)
    app.register_blueprint(file_routes.bp)
    app.register_blueprint(incoming_routes.bp)
    show_periods(
        app,
        undo=lambda: count(replies.UNDO_FOR.seconds, "second"),
        deadline_days=lambda: spelled(numbers.DEADLINE_DAYS),
    )
    app.jinja_env.globals["way_facts"] = WAYS
    app.jinja_env.globals["mail_rests"] = delivery.mail_rests
