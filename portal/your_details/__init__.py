"""Whoever has an address gets all that we keep about it, or has it erased, after proof by mail."""

from flask import Flask

from portal.delivery.occasions import MAIL_PAUSE
from portal.words import show_periods, span
from portal.your_details import routes
from portal.your_details.desk import routes as desk_routes


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(routes.bp)
    app.register_blueprint(desk_routes.bp)
    show_periods(app, details_link=lambda: span(MAIL_PAUSE))
