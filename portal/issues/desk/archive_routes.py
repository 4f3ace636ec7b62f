"""Taking an issue that left off the site, and putting it back."""

from datetime import datetime

from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import now
from portal.issues.desk.issue_routes import back, find
from portal.issues.desk.list_routes import bp
from portal.issues.models import Issue
from portal.team.access import requires
from portal.team.models import Role
from portal.transaction import one_transaction


@bp.post("/<int:issue_id>/hide")
@requires(Role.EDITOR)
def hide(issue_id: int) -> BaseResponse:
    """Take it out of the archive."""
    _set_hidden(issue := find(issue_id), now())
    return back(issue, done="hidden")


@bp.post("/<int:issue_id>/show")
@requires(Role.EDITOR)
def list_again(issue_id: int) -> BaseResponse:
    """Put it back into the archive."""
    _set_hidden(issue := find(issue_id), None)
    return back(issue, done="listed")


@one_transaction
def _set_hidden(issue: Issue, at: datetime | None) -> None:
    issue.hidden_at = at
