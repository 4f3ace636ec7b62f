"""Choosing the stories of an issue."""

from flask import abort, request
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.inbox.desk.forms import typed
from portal.issues import drafts
from portal.issues.desk import query
from portal.issues.desk.issue_routes import back, find
from portal.issues.desk.list_routes import bp
from portal.stories.models import Story
from portal.team.access import member, requires
from portal.team.models import Role
from portal.web import number_in, render


@bp.route("/<int:issue_id>/stories", methods=["GET", "POST"])
@requires(Role.EDITOR)
def stories(issue_id: int) -> BaseResponse:
    """What can be put in; or put one in."""
    issue = find(issue_id)
    if request.method == "POST":
        number = number_in(typed("story"))
        story = db.session.get(Story, number) if number is not None else None
        drafts.add_story(issue, member(), story or abort(400))
        return back(issue, done="added")
    words = request.args.get("q", "").replace("\0", "")[:200]
    return render(
        "issues/desk/stories.html",
        title="Choose a story",
        issue=issue,
        q=words,
        found=query.find(issue, words, number_in(request.args.get("after")) or 0),
    )
