"""What else the storyteller can do: talk to us, change what is allowed, and take it all back."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.inbox import sender_page
from portal.stories import shaping, withdrawal
from portal.stories.states import StoryState
from portal.stories.storyteller.forms import (
    KEEP,
    CallRequestForm,
    CommentForm,
    ConsentsForm,
    WithdrawForm,
)
from portal.stories.storyteller.routes import back, bp, find, page, subpage
from portal.web import UNPROCESSABLE


@bp.post("/<token>/comment")
def comment(token: str) -> BaseResponse:
    """Take in what the storyteller has to say."""
    story = find(token)
    form = CommentForm()
    if not form.validate():
        return page(story, token, UNPROCESSABLE, comment=form)
    shaping.comment(story, form.message.data, form.seen.number)
    return back(token, "message")


@bp.route("/<token>/call", methods=["GET", "POST"])
def call(token: str) -> BaseResponse:
    """Ask how and when to call them; the team reads it as a message."""
    story = find(token)
    form = CallRequestForm(reach=story.phone)
    if request.method != "POST":
        assert story.conversation is not None  # noqa: S101 - only drafts have none
        form.seen.data = str(sender_page.written(story.conversation))
    elif form.validate():
        shaping.comment(story, form.words, form.seen.number)
        return back(token, "call")
    return subpage("call", "Ask for a call", token, _status(), form=form)


@bp.route("/<token>/consents", methods=["GET", "POST"])
def consents(token: str) -> BaseResponse:
    """Change what we may do with the story."""
    story = find(token)
    form = ConsentsForm(story)
    if story.is_over:
        return back(token)
    if request.method == "POST" and form.validate():
        shaping.set_consents(story, form.said)
        return back(token, "consents")
    return subpage(
        "consents", "What we may do with your story", token, _status(), form=form, story=story
    )


@bp.post("/<token>/still")
def still(token: str) -> BaseResponse:
    """Keep the yearly yes."""
    shaping.still_happy(find(token))
    return back(token, "still")


@bp.route("/<token>/withdraw", methods=["GET", "POST"])
def withdraw(token: str) -> BaseResponse:
    """Ask once, then take the story back, at once and whatever became of it."""
    story = find(token)
    form = WithdrawForm()
    if story.state is StoryState.WITHDRAWN:
        return back(token)
    if request.method == "POST" and form.validate():
        withdrawal.withdraw(story, keep_files=form.files.data == KEEP)
        return back(token, "withdrawn")
    return subpage("withdraw", "Take your story back", token, _status(), form=form, story=story)


@bp.route("/<token>/erase", methods=["GET", "POST"])
def erase(token: str) -> BaseResponse:
    """Ask once, then forget the story and the person."""
    story = find(token)
    if request.method == "POST":
        withdrawal.erase(story)
        return redirect(url_for("storyteller.erased"), 303)
    return subpage("erase", "Erase everything", token, story=story)


@bp.get("/erased")
def erased() -> Response:
    """Say what is gone. Nobody can tell whose it was."""
    return subpage("erased", "Everything is erased", "")


@bp.route("/<token>/stop", methods=["GET", "POST"])
def stop(token: str) -> BaseResponse:
    """Ask once, then make the private link stop working."""
    story = find(token)
    if request.method == "POST":
        withdrawal.stop_link(story)
        return redirect(url_for("storyteller.stopped"), 303)
    return subpage("stop", "Stop this link", token, story=story)


@bp.get("/stopped")
def stopped() -> Response:
    """Say that the link no longer works."""
    return subpage("stopped", "Your link is stopped", "")


def _status() -> int:
    """A form that is shown again after it was sent cannot be used yet."""
    return UNPROCESSABLE if request.method == "POST" else 200
