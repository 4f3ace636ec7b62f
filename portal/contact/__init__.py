"""Get in touch: the public form, and the sender's own page."""

from __future__ import annotations

from flask import Flask

from portal.contact import routes


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(routes.bp)
