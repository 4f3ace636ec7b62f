"""The pages around the doors, and what machines ask: is it alive, is it ready."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, url_for
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from portal import room
from portal.extensions import db, huey
from portal.forms import FORM_LASTS
from portal.issues.archive import query as archive
from portal.stories.library import query as library
from portal.stories.library.cache import cached
from portal.stories.library.feeds import sitemap_entries
from portal.web import add_page, render
from portal.words import show_periods

FULL_SOON = "nearly full: large files are refused (DISK_RESERVE_MB)"

bp = Blueprint("pages", __name__)

# What search engines may list; features add theirs as they come.
PUBLIC = (
    *("pages.home", "newsletter.signup", "issues.archive", "stories.library", "telling.start"),
    *("contact.form", "pages.accessibility", "pages.privacy"),
)


@bp.get("/")
@cached
def home() -> Response:
    """The three doors, the newest story, and the last newsletter."""
    last: dict[str, Any] = {"story": library.newest(), "issue": archive.newest()}
    return render("pages/home.html", title="Get moving. Tell us how. Be heard.", **last)


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """The public pages, for search engines (sitemaps.org, protocol 0.9)."""
    addresses = [current_app.config["SITE_URL"] + url_for(endpoint) for endpoint in PUBLIC]
    dated = [*sitemap_entries(), *archive.sitemap_entries()]
    text = render_template("pages/sitemap.xml", addresses=addresses, dated=dated)
    return Response(text, mimetype="application/xml")


@bp.get("/robots.txt")
def robots() -> Response:
    """Keep private links out of search engines (RFC 9309)."""
    text = render_template("pages/robots.txt", site=current_app.config["SITE_URL"])
    return Response(text, mimetype="text/plain")


@bp.get("/healthz")
def healthz() -> Response:
    """The process lives."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether the database and the queue answer and all can be written; 503 says which does not.

    A disk that is nearly full is told of, and no reason to send people away: forms still work.
    """
    checks = {"database": _database(), "queue": _queue()}
    shut = " ".join(room.shut().values())
    ready = all(answer == "ok" for answer in checks.values()) and not shut
    checks["disk"] = shut or ("ok" if room.fits_disk(room.largest()) else FULL_SOON)
    return jsonify(status="ok" if ready else "not ready", **checks), 200 if ready else 503


def _database() -> str:
    try:
        tables = inspect(db.engine).get_table_names()
    except SQLAlchemyError:
        return "DATABASE_URL does not answer"
    return "ok" if "outgoing" in tables else "not migrated: run “flask db upgrade”"


def _queue() -> str:
    try:
        huey.pending_count()
    except Exception:  # each storage raises its own
        return "QUEUE_URL does not answer"
    return "ok"


add_page(bp, "/accessibility", "pages/accessibility", "Accessibility")
add_page(bp, "/privacy", "pages/privacy", "How we look after your details")


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
    show_periods(app, form_lasts=lambda: f"{FORM_LASTS // 3600} hours")
