"""The team's list of issues, and beginning one."""

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.issues import drafts
from portal.issues.desk.forms import TEXT_LONGEST
from portal.issues.desk.wording import OPEN
from portal.issues.models import Issue
from portal.team import services as team
from portal.team.access import guard, member, requires
from portal.team.models import Role
from portal.web import allow_long_texts, number_in, render

PAGE = 50
# A letter has up to 4 bytes, each sent as 3 marks, and stands there twice: as it was, as it is.
LONGEST_FORM = 2 * 12 * 4 * TEXT_LONGEST

bp = Blueprint("issue_desk", __name__, url_prefix="/newsletter/issues/desk")
allow_long_texts(bp, LONGEST_FORM)
guard(bp)


@bp.get("/")
def issues() -> Response:
    """All issues: those that are being made first, then those that are done."""
    query = select(Issue).order_by(Issue.id.desc())
    made = query.where(Issue.state.not_in(OPEN))
    if (after := number_in(request.args.get("after"))) is not None:
        made = made.where(Issue.id < after)
    rows = db.session.scalars(made.limit(PAGE + 1)).all()
    begun = query.where(Issue.state.in_(OPEN)).order_by(None).order_by(Issue.changed_at.desc())
    return render(
        "issues/desk/list.html",
        title="Newsletter issues",
        begun=[] if after else db.session.scalars(begun).all(),
        made=rows[:PAGE],
        next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        is_start=after is None,
        names=team.names(),
    )


@bp.post("/new")
@requires(Role.EDITOR)
def new() -> BaseResponse:
    """Begin an issue."""
    return redirect(url_for(".issue", issue_id=drafts.create(by=member()).id), 303)
