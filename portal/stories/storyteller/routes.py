"""The storyteller's page: no account, their private link is the proof.

What they do with the text is in `text_routes`, all else in `action_routes`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import csrf, db
from portal.inbox import sender_page
from portal.stories import links, texts
from portal.stories.files.page import file_list
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.stories.storyteller import done
from portal.stories.storyteller.forms import CommentForm
from portal.stories.storyteller.page import StorytellerPage
from portal.transaction import NotPossible, Stale
from portal.web import allow_long_texts, render, render_problem, wants_fragment

bp = Blueprint("storyteller", __name__, url_prefix="/stories/mine")
# Who has the private link needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK, NOT_FOUND, CONFLICT = 200, 404, 409
LARGEST = 4 * 1024 * 1024  # bytes: a text that is far too long still comes back as it was typed
TITLE = "Your story"
CHANGED = "The text changed after you opened this page. Look at it again. Nothing was published."
# Done on a page of its own, or no answer that was chosen may stay: the page is loaded anew.
ELSEWHERE = (
    *("text", "not-yet", "call", "consents", "withdrawn", "kept"),
    *("reach", "reach-mailed", "reach-called", "guardian"),
)


allow_long_texts(bp, LARGEST)


def find(token: str) -> Story:
    """The story of a private link; a draft is gone on with where it is told."""
    story = links.read(token)
    if story is None:
        gone = "stories/storyteller/gone.html"
        abort(render_problem(gone, NOT_FOUND, title="This link does not work"))
    if story.state is StoryState.DRAFT:
        abort(redirect(url_for("telling.steps", token=token), 303))
    return story


def of_story(
    path: str, *methods: str
) -> Callable[[Callable[..., BaseResponse]], Callable[..., BaseResponse]]:
    """Register a view, of a form where no methods are named. It is given the link's story."""

    def register(view: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
        @bp.route(path, methods=methods or ("POST",))
        @wraps(view)
        def run(token: str, **values: Any) -> BaseResponse:
            return view(find(token), **values)

        return run

    return register


def _token() -> str:
    """The private link's, of this request; empty on a page that is for nobody's story."""
    return str((request.view_args or {}).get("token", ""))


@of_story("/<token>", "GET")
def show(story: Story) -> BaseResponse:
    """Where the story is, the text as it would appear, and all that the storyteller can do."""
    answer, deed = page(story), request.args.get("done", "")
    if wants_fragment() and deed in ELSEWHERE:  # what is loaded again must be this page
        answer.headers["HX-Redirect"] = url_for(".show", token=_token(), done=deed)
    return answer


def page(story: Story, status: int = OK, **sent: Any) -> Response:
    """The page with fresh forms, but for one that was `sent` and cannot be used yet."""
    token, mine = _token(), StorytellerPage(story)
    comment = CommentForm(formdata=None, seen=sender_page.written(mine.talk))
    return render(
        "stories/storyteller/page.html",
        status,
        title=TITLE,
        token=token,
        story=story,
        url=links.storyteller_url(story),
        page=mine,
        choices=sent.pop("choices", None) or mine.choices(formdata=None),
        comment=sent.pop("comment", None) or comment,
        wording=texts.WORDING,
        done=done.said(mine, request.args.get("done", "")),
        file_list=file_list(story),
        **sent,
    )


def subpage(name: str, title: str, status: int = OK, **context: object) -> Response:
    """A page for one thing."""
    template = f"stories/storyteller/{name}.html"
    return render(template, status, title=title, token=_token(), **context)


def back(deed: str = "") -> BaseResponse:
    """To the storyteller's page, which says what was done."""
    return redirect(url_for("storyteller.show", token=_token(), done=deed or None), 303)


@bp.errorhandler(Stale)
@bp.errorhandler(NotPossible)
def refused(reason: Stale | NotPossible) -> Response:
    """Show what is new, and say why nothing was done."""
    db.session.rollback()
    return page(find(_token()), CONFLICT, problem=str(reason) or CHANGED)
