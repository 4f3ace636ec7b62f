"""The team's list of stories: what each may be used for, and where something must be cleaned up."""

from flask import Blueprint, Response, current_app, request

from portal.stories.uses import query
from portal.stories.uses.query import StoriesView
from portal.team.access import guard
from portal.web import render

bp = Blueprint("story_list", __name__, url_prefix="/inbox/stories")
guard(bp)


@bp.get("/")
def show() -> Response:
    """The stories that the address asks for."""
    view = StoriesView.of(request.args)
    return render(
        "stories/uses/list.html",
        title="Stories",
        view=view,
        listed=query.show(view),
        may=query.MAY,
        where=query.WHERE,
        topics=current_app.config["STORY_TOPICS"],
        to_clean=query.number_to_clean(),
    )
