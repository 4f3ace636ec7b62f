"""The storyteller changes how we reach them, and whoever has a new or old address answers."""

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.floods import MANY_FROM_ONE_CONTACT, over_limit, timed
from portal.stories import links, reach
from portal.stories.guardian import services as guardians
from portal.stories.models import Story
from portal.stories.storyteller.reach_form import NamedGuardianForm, ReachForm
from portal.stories.storyteller.routes import NOT_FOUND, back, bp, of_story, subpage
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE, add_page, render_problem

TOO_MANY = 429
MANY_CHANGES = (
    "You asked for many changes in the last {hour}. Your answers are still here. Send them again "
    "in {an_hour}."
)


@of_story("/<token>/reach", "GET", "POST")
def change_reach(story: Story) -> BaseResponse:
    """Ask for another way to be reached."""
    if story.is_over:
        return back()
    form = ReachForm(reach.current(story))
    if request.method != "POST":
        return _ask(form)
    if not form.validate():
        return _ask(form, UNPROCESSABLE)
    if over_limit(MANY_FROM_ONE_CONTACT, "reach", story.key):
        form.reply_by.errors = [timed(MANY_CHANGES, MANY_FROM_ONE_CONTACT)]
        return _ask(form, TOO_MANY)
    return back(reach.ask(story, form.reach))


@of_story("/<token>/guardian", "GET", "POST")
def name_guardian(story: Story) -> BaseResponse:
    """Take in who else is the parent or guardian; the team asks before it counts."""
    if story.is_over or not story.young:
        return back()
    known = {"email": story.guardian_email, "phone": story.guardian_phone}
    form = NamedGuardianForm(name=story.guardian_name, **known)
    if not form.validate_on_submit():
        return subpage("guardian", "Your parent or guardian", form.status, form=form)
    guardians.name_another(story, form.name.data, form.email.data, form.phone.data)
    return back("guardian")


def _ask(form: ReachForm, status: int = 200) -> Response:
    return subpage("reach", "How we reach you", status, form=form)


@bp.route("/new-address/<token>", methods=["GET", "POST"])
def new_address(token: str) -> BaseResponse:
    """Ask who has a new address if it is theirs, and use it."""
    story, code = reach.of_link(links.NEW_ADDRESS, token) or _gone()
    if request.method == "POST":
        try:
            reach.confirm(story, code)
        except (NotPossible, Stale):
            _gone()
        return redirect(url_for(".new_address_used"), 303)
    return subpage("new_address", "Is this your address?")


@bp.route("/undo/<token>", methods=["GET", "POST"])
def undo_reach(token: str) -> BaseResponse:
    """Ask who has the old address if the change was theirs, and undo it."""
    story, code = reach.of_link(links.UNDO, token) or _gone()
    if request.method == "POST":
        try:
            reach.undo(story, code)
        except (NotPossible, Stale):
            _gone()
        return redirect(url_for(".undone"), 303)
    return subpage("undo", "Was it not you?")


def _gone() -> tuple[Story, str]:
    gone = "stories/storyteller/gone.html"
    abort(render_problem(gone, NOT_FOUND, title="This link does not work"))


add_page(bp, "/new-address/used", "stories/storyteller/new_address_used", "We use this address now")
add_page(bp, "/undo/done", "stories/storyteller/undone", "It is as it was")
