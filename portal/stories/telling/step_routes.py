"""The steps of telling a story, checking it, and sending it."""

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal import refusals
from portal.addresses import mailbox_key
from portal.extensions import db, now
from portal.floods import many
from portal.inbox.safeguarding import suggests_danger
from portal.stories import links, private_words
from portal.stories.files.page import file_list
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.stories.telling import review, services
from portal.stories.telling.answers import STEPS, reply_ways, step_title, steps_in_order
from portal.stories.telling.forms import FORMS
from portal.stories.telling.routes import (
    CONFLICT,
    OK,
    TOO_MANY,
    bp,
    gone,
    of_a_draft,
    of_a_story,
    page,
    sent_already,
)
from portal.stories.telling.step_form import StepForm
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE, number_in, policy

STEP = "<any(way, story, files, you, consent, check):step>"
CHECK = "Check your answers"
# Recording needs them, and nothing else of ours does.
MAY_RECORD = {
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(self)",
    "Content-Security-Policy": policy(media_src="'self' blob:"),
}


@bp.route(f"/<token>/{STEP}", methods=["GET", "POST"])
@of_a_draft
def step(story: Story, step: str) -> BaseResponse:
    """Ask one thing, keep the answer, and go on; at the end, show all of them."""
    if step == "check":
        return _check(story) if request.method != "POST" else abort(405)
    form = FORMS[step](story)
    if request.method != "POST":
        form.to.data = "check" if request.query_string == b"to=check" else ""
        return _ask(story, step, form)
    if not form.validate():
        return _ask(story, step, form, UNPROCESSABLE)
    columns, answers = form.kept()
    services.save(
        story,
        form.seen.data,
        step=step,
        tab=form.tab.data,
        is_done=True,
        answers=answers,
        **columns,
    )
    return redirect(_next(story, step, form.to.data), 303)


def _ask(story: Story, step: str, form: StepForm, status: int = OK) -> Response:
    if form.seen.errors:
        form.seen.data = story.version
    answer = page(
        step,
        step_title(story, step, STEPS[step]),
        status,
        story=story,
        form=form,
        file_list=file_list(story) if step == "files" else None,
        **_help_for_unsaved(form, status),
    )
    if step == "files":
        answer.headers.update(MAY_RECORD)
    return answer


def _help_for_unsaved(form: StepForm, status: int) -> dict[str, object]:
    """Where what comes back sounds dangerous, the help that is there for what is kept."""
    is_dangerous = status != OK and suggests_danger("\n".join(form.said().values()))
    return {"help_shown": "open"} if is_dangerous else {}


def _next(story: Story, step: str, to: str) -> str:
    """The address of the step after this one, or of the page that they came from."""
    token = links.token(story)
    if "stop" in request.form:
        return url_for(".steps", token=token, done="kept")
    order = steps_in_order(story)
    after = "check" if to == "check" else order[order.index(step) + 1]
    return url_for(".step", token=token, step=after)


@bp.post(f"/<token>/{STEP}/keep")
@of_a_story
def keep(story: Story, step: str) -> BaseResponse:
    """Keep what is being typed. What comes back stands under the field."""
    form = FORMS[step](story) if step in FORMS else abort(404)
    form.validate()
    problems = list(form.messages.values())
    if refusals.noted():
        return _kept(story, TOO_MANY, problems)
    columns, answers = form.kept()
    seen = 0 if form.seen.errors else form.seen.data
    try:
        services.save(story, seen, step=step, tab=form.tab.data, answers=answers, **columns)
    except (Stale, NotPossible) as reason:
        db.session.rollback()
        return _kept(story, CONFLICT, problems, is_stale=isinstance(reason, Stale))
    return _kept(story, OK, problems)


def _kept(story: Story, status: int, problems: list[str], *, is_stale: bool = False) -> Response:
    told = {name for name in ("told", "told_help") if request.form.get(name)}
    return page(
        "kept",
        "Your words",
        status,
        story=story,
        is_stale=is_stale,
        late=status == CONFLICT and not is_stale,
        problems=problems,
        at=now(),
        told=told,
    )


@bp.errorhandler(Stale)
def stale(_: Stale) -> Response:
    """Another tab was quicker: show both texts, and lose neither."""
    db.session.rollback()
    assert request.view_args  # noqa: S101 - only these routes raise it
    story = links.read(request.view_args["token"])
    if story is None:
        return gone()
    step = request.view_args["step"]
    mine, theirs = FORMS[step](story), FORMS[step](story, formdata=None)
    mine.seen.data = story.version
    return page(
        "conflict",
        "You changed this in another place",
        CONFLICT,
        story=story,
        step=step,
        form=mine,
        theirs=theirs.said(),
        mine=mine.said(),
    )


def _check(story: Story, status: int = OK) -> Response:
    return page(
        "check",
        step_title(story, "check", CHECK),
        status,
        story=story,
        order=steps_in_order(story),
        answers=review.answers_to_check(story),
        missing=review.missing(story),
        private=private_words.of_draft(story),
        is_changed=status == CONFLICT,
        file_list=file_list(story),
    )


@bp.post("/<token>/send")
@of_a_story
def send(story: Story) -> BaseResponse:
    """Send what was checked, once, and lead to the page that says so."""
    doubts: list[str] = []
    if story.state is StoryState.DRAFT:
        if review.missing(story):
            return _check(story, UNPROCESSABLE)
        doubts = many("story sent", (mailbox_key(story.email_key), story.phone_key))
    try:
        services.submit(story, number_in(request.form.get("seen")) or 0, doubts)
    except (Stale, NotPossible) as reason:
        db.session.rollback()
        return _check(story, CONFLICT if isinstance(reason, Stale) else UNPROCESSABLE)
    return redirect(url_for(".sent", **(request.view_args or {})), 303)


@bp.get("/<token>/sent")
@of_a_story
def sent(story: Story) -> BaseResponse:
    """Say that we have it, what happens next, and how to come back. It can be bookmarked."""
    if story.state is StoryState.DRAFT:
        return redirect(url_for(".steps", **(request.view_args or {})), 303)
    if story.is_over or story.conversation is None:
        return sent_already(story)
    way = reply_ways().get(str(story.conversation.reply_by), "")
    return page(
        "sent", "We have your story", story=story, url=links.storyteller_url(story), way=way
    )
