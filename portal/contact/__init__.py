"""Get in touch: the public form, and the sender's own page."""

from flask import Flask

from portal.contact import routes, services
from portal.words import show_periods


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(routes.bp)
    show_periods(
        app,
        message_links=lambda: services.LINKS_MOST,
        message_links_months=lambda: services.LINKS_MONTHS,
    )
