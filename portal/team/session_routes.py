"""A member's session: how long it lasts, and what they sent when it was over."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.team import kept
from portal.team import session as sessions
from portal.team.access import guard, member
from portal.team.routes import page

bp = Blueprint("session", __name__, url_prefix="/team/session")
guard(bp)

TITLE = "How long you are signed in"


@bp.get("/")
def lasts() -> Response:
    """How long the session lasts: a page that stays open asks every minute."""
    return _left()


@bp.post("/")
def go_on() -> Response:
    """Go on for as long again."""
    sessions.go_on()
    return _left()


def _left() -> Response:
    is_news = request.args.get("told") != sessions.here().ends.isoformat()
    return page("session", TITLE, is_news=is_news, has_gone_on=request.method == "POST")


@bp.get("/back")
def back() -> Response:
    """Somebody has signed in again, beside the page that they were writing on."""
    return page("back", "You are signed in")


@bp.get("/kept")
def show_kept() -> Response:
    """What the member sent when their session was over."""
    return page("kept", "What you wrote is here", forms=kept.of(member()))


@bp.post("/kept/<int:number>/drop")
def drop(number: int) -> BaseResponse:
    """Leave it: the member does not want it."""
    kept.drop(member(), number)
    return redirect(url_for(".show_kept", done="dropped"), 303)
