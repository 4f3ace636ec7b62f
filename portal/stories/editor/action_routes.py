"""What the team does with a story beside writing: ask, publish, decline, and note down."""

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from portal.stories import reach, shaping, texts
from portal.stories.consents import YES
from portal.stories.editor.forms import (
    DeclineForm,
    LevelForm,
    SeenForm,
)
from portal.stories.editor.routes import PUBLIC, back, for_editors, page
from portal.stories.editor.shown_forms import PublishForm, ShownForm
from portal.stories.models import Story
from portal.stories.states import Level
from portal.team.access import member
from portal.transaction import Stale
from portal.web import UNPROCESSABLE


@for_editors("/ask")
def hand_over(story: Story) -> BaseResponse:
    """Ask the storyteller about the newest text."""
    form = SeenForm()
    if not form.validate():
        raise Stale
    shaping.hand_over(story, member(), form.seen.data)
    return back(story, "asked")


@for_editors("/publish")
def publish(story: Story) -> BaseResponse:
    """Let everybody read the text that the storyteller said yes to."""
    story.must_be_shaped()
    form = PublishForm(story, texts.latest(story))
    if not form.validate():
        return page(story, UNPROCESSABLE, publish_form=form)
    shaping.publish(story, member(), form.shown)
    return back(story, "published")


@for_editors("/shown")
def check_public(story: Story) -> BaseResponse:
    """Say what the public text shows of what is not allowed any more."""
    form = ShownForm(story, story.published, prefix=PUBLIC)
    if not form.validate():
        return page(story, UNPROCESSABLE, shown_form=form)
    may_stay = shaping.check_public(story, member(), form.shown)
    return back(story, "may-stay" if may_stay else "taken-off")


@for_editors("/stays")
def still_happy(story: Story) -> BaseResponse:
    """Note that the storyteller told us that the published story may stay."""
    shaping.still_happy(story, member())
    return back(story, "stays")


@for_editors("/reach")
def answer_reach(story: Story) -> BaseResponse:
    """Use the way to reach the storyteller that they confirmed to us, or drop it."""
    if not SeenForm().validate():
        raise Stale
    decide = reach.confirm if request.form.get("answer") == YES else reach.refuse
    decide(story, request.form.get("code", ""), member())
    return back(story, "reach")


@for_editors("/decline")
def decline(story: Story) -> BaseResponse:
    """Tell the storyteller that we cannot publish it, and why."""
    form = DeclineForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, decline=form)
    shaping.decline(story, member(), form.words.data)
    return back(story, "declined")


@for_editors("/level")
def level(story: Story) -> BaseResponse:
    """Set the reading level over the measured one, or go back to that."""
    form = LevelForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, level=form)
    wanted = Level(form.level.data) if form.level.data else None
    shaping.set_level(story, member(), wanted, form.why.data)
    return back(story, "level")
