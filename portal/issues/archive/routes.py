"""The archive: the issues that went out, one of them, their feed, and the pictures in mails."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from portal.issues.archive import pictures, query
from portal.stories.library.cache import cached
from portal.stories.library.feeds import for_xml
from portal.stories.library.query import EPOCH
from portal.web import render

bp = Blueprint("issues", __name__, url_prefix="/newsletter/issues")

IN_FEED = 20


@bp.get("/")
@cached
def archive() -> Response:
    """The newest issues."""
    after = request.args.get("after", "")
    found, next_page = query.issues(after)
    listed: dict[str, Any] = {"issues": found, "next_page": next_page, "after": after}
    return render("issues/archive/list.html", title="Our newsletters", **listed)


@bp.get("/feed.xml")
@cached
def feed() -> Response:
    """The newest issues for feed readers (RFC 4287)."""
    found, _ = query.issues(most=IN_FEED)
    updated = max((one.started_at for one in found if one.started_at), default=EPOCH)
    told = {"issues": found, "updated": updated, "for_xml": for_xml}
    text = render_template("issues/archive/feed.xml", **told)
    return Response(text, mimetype="application/atom+xml")


@bp.get("/<slug>/")
@cached
def issue(slug: str) -> Response:
    """One issue."""
    found = query.find(slug) or abort(404)
    shown = query.shown(found)
    return render("issues/archive/issue.html", title=found.title, issue=found, shown=shown)


@bp.get("/pictures/<int:issue>/<file>.jpg")
def picture(issue: int, file: str) -> Response:
    """A picture of a story in an issue, as mails show it, for as long as its teller allows it."""
    return pictures.send(pictures.find(issue, file))
