"""The media team's one queue: messages, press enquiries and stories."""

from __future__ import annotations

from flask import Flask

from portal import delivery
from portal.inbox import (
    conversation,
    dashboard,
    demo,
    downloads,
    fates,
    hooks,
    routes,
    saved,
    tasks,
)

__all__ = ["conversation", "fates", "init_app", "saved", "tasks"]


def init_app(app: Flask) -> None:
    """Register the inbox's pages, and the addresses that providers call."""
    app.register_blueprint(routes.bp)
    app.register_blueprint(dashboard.bp)
    app.register_blueprint(downloads.bp)
    app.register_blueprint(hooks.bp)
    app.cli.add_command(demo.demo_cli)
    app.jinja_env.globals["mail_rests"] = delivery.mail_rests
