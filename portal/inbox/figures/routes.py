"""The dashboard, and the export of a selection."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from portal import spreadsheets
from portal.extensions import now
from portal.inbox.desk.forms import ExportForm
from portal.inbox.figures import export, page
from portal.inbox.figures.numbers import WEEK_SAMPLE
from portal.team.access import fresh, guard, member, requires
from portal.team.models import Role
from portal.web import render
from portal.words import local

bp = Blueprint("dashboard", __name__, url_prefix="/inbox")
guard(bp)


@bp.get("/dashboard")
def dashboard() -> Response:
    """How the team is doing."""
    return render(
        "inbox/dashboard.html",
        title="How we are doing",
        board=page.board(),
        length=page.length,
        number=page.number,
        sample=WEEK_SAMPLE,
    )


@bp.route("/export", methods=["GET", "POST"])
@requires(Role.MANAGER)
@fresh
def export_page() -> BaseResponse:
    """Say what will be in the file, and give it."""
    form = ExportForm(kind=request.args.get("kind", ""), state=request.args.get("state", ""))
    if form.validate_on_submit():
        wanted = (form.kind.data, form.state.data, form.since.data, form.until.data)
        lines = export.export(export.Selection(*wanted), member())
        return spreadsheets.file(lines, f"inbox-{local(now()):%Y-%m-%d}.csv")
    return render("inbox/export.html", form.status, title="Export", form=form)
