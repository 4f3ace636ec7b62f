"""The page on which managers decide what leaves after a backup was brought back."""

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.backups import deciding
from portal.delivery import restored
from portal.team.access import guard, requires
from portal.team.models import Role
from portal.web import render

bp = Blueprint("restored", __name__, url_prefix="/team/restored")
guard(bp)


@bp.get("/")
@requires(Role.MANAGER)
def show() -> Response:
    """What came back, what is lost, and what waits."""
    return render(
        "backups/restored.html",
        title="After a restore",
        restoration=restored.newest(),
        is_open=restored.is_open(),
        held=restored.held(),
    )


@bp.post("/")
@requires(Role.MANAGER)
def decide() -> BaseResponse:
    """Let go what waits, or drop it."""
    done = request.form.get("do")
    if done not in deciding.DEEDS:
        abort(400)
    deciding.decide(done)
    return redirect(url_for(".show", done=done), 303)
