"""Stories: told, shaped together, approved, published, taken back."""

from __future__ import annotations

from flask import Flask

from portal.stories import library

from portal.stories import tasks

__all__ = ["init_app", "tasks"]


def init_app(app: Flask) -> None:
    """Register the pages of those who tell, of the team, and of everybody who reads."""
    app.register_blueprint(library.bp)
