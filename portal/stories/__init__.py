"""Stories: told, shaped together, approved, published, taken back."""

from __future__ import annotations

from flask import Flask

from portal.inbox import links as inbox_links
from portal.inbox.models import Kind
from portal.stories import (
    demo,
    desk,
    desk_deeds,
    desk_files,
    desk_text,
    desk_versions,
    downloads,
    examining,
    finding,
    library,
    links,
    lost,
    lost_desk,
    mine,
    mine_deeds,
    mine_text,
    receiving,
    resumable,
    share,
    share_steps,
    standing,
    tasks,
    uploads,
)

__all__ = [
    "demo",
    "desk_deeds",
    "desk_files",
    "desk_text",
    "desk_versions",
    "examining",
    "init_app",
    "mine_deeds",
    "mine_text",
    "receiving",
    "resumable",
    "share_steps",
    "tasks",
]


def init_app(app: Flask) -> None:
    """Register the pages of those who tell, of the team, and of everybody who reads."""
    app.register_blueprint(library.bp)
    app.register_blueprint(share.bp)
    app.register_blueprint(desk.bp)
    app.register_blueprint(mine.bp)
    app.register_blueprint(uploads.bp)
    app.register_blueprint(downloads.bp)
    app.register_blueprint(lost.bp)
    app.register_blueprint(lost_desk.bp)
    inbox_links.own_pages[Kind.STORY] = links.own_page
    app.jinja_env.globals["is_lost"] = finding.is_lost
    app.jinja_env.globals["story_of"] = standing.of_conversation
