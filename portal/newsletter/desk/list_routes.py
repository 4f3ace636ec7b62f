"""The newsletter's list, as the team sees it."""

from flask import Blueprint, Response, current_app, request

from portal.newsletter.desk import query
from portal.newsletter.desk.query import SubscribersView
from portal.newsletter.desk.wording import STATES
from portal.team.access import guard
from portal.web import render

bp = Blueprint("newsletter_desk", __name__, url_prefix="/newsletter/list")
guard(bp)


@bp.get("/")
def people() -> Response:
    """The people of the list, as its address says, and how many there are."""
    view = SubscribersView.of(request.args)
    is_start = not (view.is_filtered or view.state or view.after)
    return render(
        "newsletter/desk/list.html",
        title="Newsletter",
        view=view,
        listed=query.show(view),
        states=STATES,
        counts=query.by_state(),
        chosen=query.by_choice() if is_start else {},
        topics=current_app.config["TOPICS"] | {query.ANY: "No topic: a bit of everything"},
        formats=current_app.config["FORMATS"],
    )
