"""What the team does with a story beside writing: ask, publish, decline, and note down."""

from __future__ import annotations

from werkzeug.wrappers import Response as BaseResponse

from portal.stories import shaping
from portal.stories.editor.forms import DeclineForm, LevelForm, SeenForm, UseForm
from portal.stories.editor.routes import back, bp, find, page
from portal.stories.states import Level
from portal.team.access import member, requires
from portal.team.models import Role
from portal.transaction import Stale
from portal.web import UNPROCESSABLE


@bp.post("/ask")
@requires(Role.EDITOR)
def hand_over(conversation_id: int) -> BaseResponse:
    """Ask the storyteller about the newest text."""
    story = find(conversation_id)
    form = SeenForm()
    if not form.validate():
        raise Stale
    shaping.hand_over(story, member(), form.seen.data)
    return back(story, "asked")


@bp.post("/publish")
@requires(Role.EDITOR)
def publish(conversation_id: int) -> BaseResponse:
    """Let everybody read the text that the storyteller said yes to."""
    story = find(conversation_id)
    shaping.publish(story, member())
    return back(story, "published")


@bp.post("/stays")
@requires(Role.EDITOR)
def still_happy(conversation_id: int) -> BaseResponse:
    """Note that the storyteller told us that the published story may stay."""
    story = find(conversation_id)
    shaping.still_happy(story, member())
    return back(story, "stays")


@bp.post("/decline")
@requires(Role.EDITOR)
def decline(conversation_id: int) -> BaseResponse:
    """Tell the storyteller that we cannot publish it, and why."""
    story = find(conversation_id)
    form = DeclineForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, decline=form)
    shaping.decline(story, member(), form.words.data)
    return back(story, "declined")


@bp.post("/level")
@requires(Role.EDITOR)
def level(conversation_id: int) -> BaseResponse:
    """Set the reading level over the measured one, or go back to that."""
    story = find(conversation_id)
    form = LevelForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, level=form)
    wanted = Level(form.level.data) if form.level.data else None
    shaping.set_level(story, member(), wanted, form.why.data)
    return back(story, "level")


@bp.post("/uses")
@requires(Role.EDITOR)
def add_use(conversation_id: int) -> BaseResponse:
    """Note where the story was used. The storyteller sees it."""
    story = find(conversation_id)
    form = UseForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, use=form)
    shaping.add_use(story, member(), form.used.data)
    return back(story, "used")
