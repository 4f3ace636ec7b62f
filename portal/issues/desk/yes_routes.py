"""The second yes: reading all that would be sent, saying it, and ending it."""

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from portal.issues import approving, audience
from portal.issues.desk.forms import IssueYesForm
from portal.issues.desk.issue_routes import back, find
from portal.issues.desk.list_routes import bp
from portal.issues.mail import personal, rendering
from portal.issues.models import Issue
from portal.team import services as team
from portal.team.access import member, requires
from portal.team.models import Role
from portal.web import render


@bp.post("/<int:issue_id>/reopen")
@requires(Role.EDITOR)
def reopen(issue_id: int) -> BaseResponse:
    """Change it again: the asking and the yes are over."""
    issue = find(issue_id)
    approving.reopen(issue, member())
    return back(issue, done="reopened")


@bp.route("/<int:issue_id>/yes", methods=["GET", "POST"])
@requires(Role.EDITOR)
def yes(issue_id: int) -> BaseResponse:
    """All that would be sent, and the yes to exactly that."""
    issue, form = find(issue_id), IssueYesForm()
    if not form.validate_on_submit():
        return _read(issue, form)
    approving.approve(issue, member(), form.digest.data or "")
    return back(issue, done="agreed")


def _read(issue: Issue, form: IssueYesForm) -> Response:
    if not form.is_submitted():
        form.digest.data = rendering.digest(issue)
    made = rendering.editions(issue)
    return render(
        "issues/desk/yes.html",
        form.status,
        title="Read it, and decide",
        issue=issue,
        form=form,
        why_not=approving.why_not(issue, member()),
        is_alone=approving.may_be_alone() and issue.asked_by_id == member().id,
        mails={one.format: personal.test_for(one, member()) for one in made},
        people=audience.by_format(issue.topics),
        names=team.names(),
    )
