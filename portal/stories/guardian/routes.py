"""The guardian's page: no account, their private link is the proof."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import csrf, db
from portal.inbox import safeguarding
from portal.stories import links
from portal.stories.files import downloads
from portal.stories.files.models import StoryFile
from portal.stories.guardian import services
from portal.stories.guardian.forms import GuardianYesForm, TalkForm
from portal.stories.guardian.page import GuardianPage
from portal.stories.models import Story
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE, render, render_problem

bp = Blueprint("guardian", __name__, url_prefix="/stories/guardian")
# Who has the private link needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK, NOT_FOUND, CONFLICT = 200, 404, 409
CHANGED = "The text changed after you opened this page. Look at it again. Nothing was published."


def find(token: str) -> Story:
    """The story of a guardian's link, or the page that says that there is none."""
    return links.read_guardian(token) or abort(
        render_problem("stories/guardian/gone.html", NOT_FOUND, title="This link does not work")
    )


def of_guardian(path: str) -> Callable[[Callable[..., object]], Callable[..., BaseResponse]]:
    """Register a form: a deed that is given the link's story, and says what was done."""

    def register(view: Callable[..., object]) -> Callable[..., BaseResponse]:
        @bp.post(path)
        @wraps(view)
        def run(token: str, **values: Any) -> BaseResponse:
            done = view(find(token), **values)
            if isinstance(done, BaseResponse):
                return done
            return redirect(url_for("guardian.show", token=token, done=done), 303)

        return run

    return register


@bp.get("/<token>")
def show(token: str) -> Response:
    """The text as readers would get it, and what the guardian can say to it."""
    return page(find(token))


def page(
    story: Story, status: int = OK, talk: TalkForm | None = None, problem: str = ""
) -> Response:
    """The page, with what was typed where that cannot be used yet."""
    shown = GuardianPage(story)
    return render(
        "stories/guardian/page.html",
        status,
        title="A story that needs your yes" if shown.may_approve else "A young person\u2019s story",
        token=(request.view_args or {})["token"],
        story=story,
        page=shown,
        talk=talk or TalkForm(formdata=None),
        wording=services.WORDING,
        problem=problem,
    )


@of_guardian("/<token>/approve")
def approve(story: Story) -> str:
    """Keep a yes to exactly the text that the page showed."""
    form = GuardianYesForm()
    services.approve(story, form.revision.number, form.digest.data or "")
    return "yes"


@of_guardian("/<token>/versions/<int:version_id>")
def version(story: Story, version_id: int) -> str:
    """Keep a yes to exactly one other form."""
    services.approve_version(story, version_id, GuardianYesForm().digest.data or "")
    return "version"


@of_guardian("/<token>/unapprove")
def unapprove(story: Story) -> str:
    """Take the yes back; what is public leaves the site."""
    services.take_back(story)
    return "taken"


@of_guardian("/<token>/talk")
def talk_first(story: Story) -> Response | str:
    """Take in what they want to talk about first."""
    form = TalkForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, talk=form)
    services.talk_first(story, form.words.data)
    # Their own words alone count here: what the storyteller wrote is not for a guardian to see.
    return "help" if safeguarding.suggests_danger(form.words.data) else "talk"


@bp.get("/<token>/pictures/<key>/<int:width>.webp")
def picture(token: str, key: str, width: int) -> Response:
    """A picture of the text that is shown."""
    return downloads.send_picture(_file(token, key), width, is_private=True)


@bp.get("/<token>/files/<key>")
def file(token: str, key: str) -> Response:
    """The file of another form."""
    return downloads.send_clean(_file(token, key), "story", is_private=True)


@bp.get("/<token>/versions/<int:version_id>/captions.vtt")
def captions(token: str, version_id: int) -> Response:
    """The captions of another form, as readers would get them."""
    shown = GuardianPage(find(token)).versions
    version = next((one for one in shown if one.id == version_id), None) or abort(404)
    return downloads.send_captions(version, is_private=True)


def _file(token: str, key: str) -> StoryFile:
    return GuardianPage(find(token)).file(key) or abort(404)


@bp.errorhandler(Stale)
@bp.errorhandler(NotPossible)
def refused(reason: Stale | NotPossible) -> Response:
    """Show what is new, and say why nothing was done."""
    db.session.rollback()
    story = find((request.view_args or {})["token"])
    return page(story, CONFLICT, problem=str(reason) or CHANGED)
