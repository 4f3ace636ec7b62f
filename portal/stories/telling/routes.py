"""Telling a story: the first page, the list of steps, and ways to come back to it.

The steps themselves are in `step_routes`. A route reads the request, calls one service and
chooses the answer.
"""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import csrf, db
from portal.floods import many
from portal.stories import deadlines, links, withdrawal
from portal.stories.finding import phrase
from portal.stories.models import Story
from portal.stories.states import StoryState, Telling
from portal.stories.telling import answers, review, services
from portal.stories.telling.forms import MailLinkForm, StartForm
from portal.transaction import NotPossible
from portal.web import allow_long_texts, lead_to, render, render_problem, wants_fragment
from portal.words import spelled

bp = Blueprint("telling", __name__, url_prefix="/stories/share")
# The first page checks its token itself, to keep what was chosen. The others are reached by a
# private link: who has it needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK, NOT_FOUND, CONFLICT, TOO_MANY = 200, 404, 409, 429
MANY_BEGUN = "Many were begun in one place in {an_hour}"
LARGEST = 16 * 1024 * 1024  # bytes: a text that is far too long still comes back as it was typed
# What a page may be told in its address.
NEWS = ("done=started", "done=mailed", "done=kept", "to=check")

TELL = "Tell us your story"
LIST = "Your story, step by step"


allow_long_texts(bp, LARGEST)


def of_a_story(view: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
    """Give a view the story of a private link."""

    @wraps(view)
    def run(token: str, **values: str) -> BaseResponse:
        story = links.read(token)
        return view(story, **values) if story else gone()

    return run


def of_a_draft(view: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
    """Give a view the draft of a private link, and lead on where it was sent already."""

    @of_a_story
    @wraps(view)
    def run(story: Story, **values: str) -> BaseResponse:
        return view(story, **values) if story.state is StoryState.DRAFT else sent_already(story)

    return run


@bp.route("/", methods=["GET", "POST"])
def start() -> BaseResponse:
    """Ask how somebody wants to tell their story; with an answer it begins."""
    form = StartForm()
    if not form.validate_on_submit():
        return page("start", TELL, form.status, form=form)
    doubts = [*form.doubts(), *many("story begun", place=MANY_BEGUN)]
    story = services.start(Telling(form.way.data), doubts)
    return redirect(url_for(".steps", token=links.token(story), done="started"), 303)


@bp.get("/<token>/")
@of_a_draft
def steps(story: Story) -> BaseResponse:
    """The list of steps, what is done of them, and how to come back."""
    form = MailLinkForm(formdata=None, email=story.email, remind=story.wants_reminder)
    return _steps(story, form)


def _steps(story: Story, form: MailLinkForm, status: int = OK) -> Response:
    return page(
        "steps",
        LIST,
        status,
        story=story,
        form=form,
        progress=review.progress(story),
        order=answers.steps_in_order(story),
        url=links.storyteller_url(story),
        until=deadlines.draft_ends(story),
    )


@bp.post("/<token>/link")
@of_a_draft
def link(story: Story) -> BaseResponse:
    """Mail the private link, and note whether to remind them."""
    form = MailLinkForm()
    if not form.validate_on_submit():
        return _steps(story, form, form.status)
    services.mail_link(story, form.email.data, wants_reminder=form.remind.data)
    return redirect(url_for(".steps", token=links.token(story), done="mailed"), 303)


@bp.post("/<token>/words")
@of_a_story
def words(story: Story) -> BaseResponse:
    """Show four new words that lead back. They are in no address and in no cookie.

    So this is the one answer to a form that is no redirect: we keep a digest
    alone, and could not say them again. Loaded again it has new ones.
    """
    if story.is_over:
        return gone()
    given = services.new_phrase(story)
    is_draft = story.state is StoryState.DRAFT
    return page(
        "words", f"Your {spelled(phrase.LENGTH)} words", story=story, words=given, is_draft=is_draft
    )


@bp.route("/<token>/delete", methods=["GET", "POST"])
@of_a_draft
def delete(story: Story) -> BaseResponse:
    """Ask once, then delete what was told so far."""
    if request.method == "POST":
        withdrawal.erase(story)
        return redirect(url_for(".deleted"), 303)
    return page("delete", "Delete this story", story=story)


@bp.get("/deleted")
def deleted() -> BaseResponse:
    """Say that it is gone."""
    return page("deleted", "Your story is deleted")


def gone() -> Response:
    """Say in kind words that a link does not work."""
    title = "This link does not work"
    return _at_its_address(render_problem("stories/telling/gone.html", NOT_FOUND, title=title))


def sent_already(story: Story) -> BaseResponse:
    """Lead to the storyteller's own page; what they typed is shown, to be copied there."""
    address = url_for("storyteller.show", token=links.token(story))
    lines = [text for text in request.form.values() if " " in text.strip()]
    if request.method == "POST" and lines:
        return page("late", "Your story was sent already", CONFLICT, address=address, lines=lines)
    return lead_to(address)


@bp.errorhandler(NotPossible)
@bp.errorhandler(ObjectDeletedError)
def not_possible(_: Exception) -> BaseResponse:
    """Somebody sent the story, or deleted it, while this page was open."""
    db.session.rollback()
    assert request.view_args  # noqa: S101 - only these routes raise it
    story = links.read(request.view_args["token"])
    return sent_already(story) if story else gone()


def page(name: str, title: str, status: int = OK, **context: object) -> Response:
    """A page of telling."""
    token = (request.view_args or {}).get("token")
    context |= {"token": token, "titles": answers.STEPS}
    if isinstance(story := context.get("story"), Story) and story.state is StoryState.DRAFT:
        context.setdefault("help_shown", answers.help_shown(story))
    return _at_its_address(render(f"stories/telling/{name}.html", status, title=title, **context))


def _at_its_address(answer: Response) -> Response:
    """Where htmx was led to a page after a form, let it be opened at its own address."""
    if request.method == "GET" and wants_fragment():
        here = url_for(request.endpoint or "", **(request.view_args or {}))
        query = request.query_string.decode()
        answer.headers["HX-Redirect"] = f"{here}?{query}" if query in NEWS else here
    return answer
