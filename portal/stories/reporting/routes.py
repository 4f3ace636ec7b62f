"""The page on which a reader reports a story. A route reads, calls one service, answers."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.addresses import mailbox_key
from portal.extensions import csrf
from portal.floods import many
from portal.inbox import links
from portal.stories.library.page import find
from portal.stories.library.routes import published_or_gone
from portal.stories.reporting import services
from portal.stories.reporting.forms import ReportForm
from portal.web import render

bp = Blueprint("reporting", __name__, url_prefix="/stories")
csrf.exempt(bp)  # the form checks its token itself, to keep what was typed


@bp.route("/<slug>/report", methods=["GET", "POST"])
def report(slug: str) -> BaseResponse:
    """Ask why; tell the team once, and lead to the receipt of every message to them.

    What was typed reaches them also where the story was taken back meanwhile.
    """
    story = (request.method == "POST" and find(slug)) or published_or_gone(slug)
    form = ReportForm()
    if not form.validate_on_submit():
        title = "Report this story to our team"
        return render(
            "stories/reporting/form.html", form.status, title=title, form=form, story=story
        )
    doubts = [*form.doubts(), *many("report sent", [mailbox_key(form.email.data)])]
    talk = services.send_report(story, form.enquiry(doubts))
    return redirect(url_for("contact.sent", token=links.own_token(talk)), 303)
