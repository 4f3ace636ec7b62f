"""The sign-ups that looked like a machine's."""

from datetime import timedelta

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.newsletter import held as signups
from portal.newsletter.desk.list_routes import bp
from portal.newsletter.models import HeldSignup
from portal.team.access import member, requires
from portal.team.models import Role
from portal.web import number_in, render

MOST = 50


@bp.get("/held")
def held() -> Response:
    """Those that wait for a decision, and the one that was just taken."""
    number = number_in(request.args.get("of"))
    return render(
        "newsletter/desk/held.html",
        title="Held sign-ups",
        waiting=signups.undecided(MOST),
        decided=db.session.get(HeldSignup, number) if number else None,
    )


@bp.post("/held/<int:held_id>")
@requires(Role.EDITOR)
def decide(held_id: int) -> BaseResponse:
    """Let one through, discard it, or take that back."""
    one = db.session.get(HeldSignup, held_id) or abort(404)
    done = request.form.get("do")
    match done:
        case "release":
            signups.release(one, timedelta(seconds=member().undo_seconds))
        case "discard":
            signups.discard(one, for_good=False)
        case "undo":
            done = "undone" if signups.undo(one) else "too-late"
        case _:
            abort(400)
    return redirect(url_for(".held", done=done, of=held_id), 303)
