"""Sending an agreed issue, stopping it, and saying what became of an edition that is in doubt."""

from flask import abort
from werkzeug.wrappers import Response as BaseResponse

from portal.issues import scheduling
from portal.issues.desk.forms import SendForm
from portal.issues.desk.issue_routes import back, find, show
from portal.issues.desk.list_routes import bp
from portal.issues.models import Edition, Issue
from portal.issues.sending import deciding
from portal.team.access import member, requires
from portal.team.models import Role
from portal.web import UNPROCESSABLE


@bp.post("/<int:issue_id>/send")
@requires(Role.EDITOR)
def send(issue_id: int) -> BaseResponse:
    """Let it leave as soon as may be, or at a time."""
    issue, form = find(issue_id), SendForm()
    if not form.validate():
        return show(issue, UNPROCESSABLE, send=form)
    scheduling.schedule(issue, form.wanted, member())
    return back(issue, done="scheduled")


@bp.post("/<int:issue_id>/stop")
@requires(Role.EDITOR)
def stop(issue_id: int) -> BaseResponse:
    """Stop it: all of it, or what has not left."""
    issue = find(issue_id)
    scheduling.stop(issue, member())
    return back(issue, done="stopped")


@bp.post("/<int:issue_id>/editions/<int:edition_id>/left")
@requires(Role.EDITOR)
def has_left(issue_id: int, edition_id: int) -> BaseResponse:
    """A person knows that an edition was sent."""
    issue = find(issue_id)
    deciding.has_left(_edition(issue, edition_id))
    return back(issue, done="noted")


@bp.post("/<int:issue_id>/editions/<int:edition_id>/again")
@requires(Role.EDITOR)
def send_again(issue_id: int, edition_id: int) -> BaseResponse:
    """Send what did not leave, as a person knows or we do."""
    issue = find(issue_id)
    deciding.send_again(_edition(issue, edition_id), member())
    return back(issue, done="again")


def _edition(issue: Issue, edition_id: int) -> Edition:
    return next((one for one in issue.editions if one.id == edition_id), None) or abort(404)
