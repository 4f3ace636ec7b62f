"""The pages around the doors, and what machines ask: is it alive, is it ready."""

import hmac
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)

from portal import metrics
from portal.delivery import readiness
from portal.forms import FORM_LASTS
from portal.issues.archive import query as archive
from portal.stories.library import query as library
from portal.stories.library.cache import cached
from portal.stories.library.feeds import sitemap_entries
from portal.web import add_page, render
from portal.words import show_periods

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


@bp.get("/healthz/worker")
def healthz_worker() -> tuple[Response, int]:
    """Whether a worker lives, and sends what is due; 503 says what is wrong."""
    found = {"database": readiness.database()}
    return _say(readiness.work() if found["database"] == readiness.OK else found)


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether all answers, lives and can be written; 503 says what does not."""
    return _say(readiness.read())


@bp.get("/metrics")
def show_metrics() -> Response:
    """The figures for a monitoring program, to who has METRICS_TOKEN (RFC 6750, 2.1)."""
    token = current_app.config["METRICS_TOKEN"]
    said = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
        abort(404)
    text, kind = metrics.exposition()
    return Response(text, content_type=kind)


def _say(found: dict[str, str]) -> tuple[Response, int]:
    is_ready = readiness.is_ready(found)
    status = "ok" if is_ready else "not ready"
    return jsonify(status=status, **found), 200 if is_ready else 503


add_page(bp, "/accessibility", "pages/accessibility", "Accessibility")
add_page(bp, "/privacy", "pages/privacy", "How we look after your details")


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
    show_periods(app, form_lasts=lambda: f"{FORM_LASTS // 3600} hours")
