"""From a press enquiry to the storytellers who may be asked about it."""

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.forms import Form
from portal.inbox.models import Conversation, Kind
from portal.stories import notices, texts
from portal.stories.models import Story
from portal.stories.press import services
from portal.stories.press.forms import AskForm, NotedAnswerForm
from portal.stories.press.models import PressAnswer, PressQuestion
from portal.stories.uses import query
from portal.stories.uses.query import StoriesView
from portal.team.access import guard, member, requires
from portal.team.models import Role
from portal.transaction import NotPossible
from portal.web import render

CONFLICT = 409

bp = Blueprint("press", __name__, url_prefix="/inbox/<int:conversation_id>/storytellers")
guard(bp)


def find(conversation_id: int) -> Conversation:
    """The press enquiry, or the page that says there is none."""
    found = db.session.get(Conversation, conversation_id)
    return found if found and found.kind is Kind.PRESS else abort(404)


@bp.get("")
def show(conversation_id: int) -> Response:
    """The stories whose tellers may be asked, and what those said who were."""
    enquiry, view = find(conversation_id), StoriesView.of({**request.args, "may": "press"})
    return render(
        "stories/press/list.html",
        title="Storytellers to ask",
        enquiry=enquiry,
        view=view,
        listed=query.show(view, ~Story.young),
        where=query.WHERE,
        topics=current_app.config["STORY_TOPICS"],
    )


@bp.route("/<int:story_id>", methods=("GET", "POST"))
@requires(Role.EDITOR)
def ask(conversation_id: int, story_id: int) -> BaseResponse:
    """Ask one of them, in words that are read before they are sent."""
    enquiry, story = find(conversation_id), _story(story_id)
    form = AskForm()
    if form.validate_on_submit():
        services.ask(story, enquiry, form.words.data, member())
        return _back(enquiry, story, "asked")
    return _page(enquiry, story, form.status, form=form)


@bp.post("/<int:story_id>/answer")
@requires(Role.EDITOR)
def note_answer(conversation_id: int, story_id: int) -> BaseResponse:
    """Note what the storyteller said to somebody of the team."""
    enquiry, story = find(conversation_id), _story(story_id)
    question, form = _question(enquiry, story) or abort(404), NotedAnswerForm()
    if not form.validate():
        return _page(enquiry, story, form.status, noted=form)
    services.answer(story, question.id, PressAnswer(form.answer.data), by=member())
    return _back(enquiry, story, "noted")


@bp.errorhandler(NotPossible)
def refused(reason: NotPossible) -> Response:
    """Say why it cannot be done, and keep what was typed."""
    db.session.rollback()
    values = request.view_args or {}
    enquiry, story = find(values["conversation_id"]), _story(values["story_id"])
    return _page(enquiry, story, CONFLICT, str(reason), form=AskForm())


def _page(
    enquiry: Conversation, story: Story, status: int = 200, problem: str = "", **sent: Form
) -> Response:
    """The page with fresh forms, but for one that was `sent` and cannot be used yet."""
    forms = {"form": AskForm(formdata=None), "noted": NotedAnswerForm(formdata=None)} | sent
    return render(
        "stories/press/ask.html",
        status,
        title="Ask the storyteller",
        enquiry=enquiry,
        story=story,
        text=texts.content_of(texts.latest(story)),
        question=_question(enquiry, story),
        why_not=services.why_not(story),
        way=_way(story),
        problem=problem,
        **forms,
    )


def _way(story: Story) -> str:
    """How they are asked: by mail, on their page alone, or by the team."""
    if notices.is_mailed(story):
        return "mail"
    return "page" if notices.comes_back(story) else "team"


def _question(enquiry: Conversation, story: Story) -> PressQuestion | None:
    found = (one for one in story.press_questions if one.enquiry_id == enquiry.id)
    return next(found, None)


def _story(story_id: int) -> Story:
    """One that was sent: a draft is its teller's alone."""
    story = db.session.get(Story, story_id)
    return story if story and story.conversation_id else abort(404)


def _back(enquiry: Conversation, story: Story, done: str) -> BaseResponse:
    address = url_for(".ask", conversation_id=enquiry.id, story_id=story.id, done=done)
    return redirect(address, 303)
