"""All texts of a story, each with what changed in it, and the undoing of one earlier change."""

from flask import abort
from werkzeug.wrappers import Response as BaseResponse

from portal.stories import shaping, texts
from portal.stories.models import Revision, Story
from portal.stories.storyteller import history
from portal.stories.storyteller.forms import UndoForm
from portal.stories.storyteller.page import StorytellerPage
from portal.stories.storyteller.routes import back, of_story, subpage
from portal.transaction import NotPossible

NO_FIT = "The text has changed there since. Write to us about it, or write the text yourself."


@of_story("/<token>/history", "GET")
def all_texts(story: Story) -> BaseResponse:
    """Every text, the newest first."""
    return subpage("history", "All texts of your story", story=story)


@of_story("/<token>/history/<int:number>", "GET")
def earlier_text(story: Story, number: int) -> BaseResponse:
    """One text, and what changed in it."""
    text = _find(story, number)
    return subpage(
        "earlier",
        f"Text {number} of your story",
        story=story,
        page=StorytellerPage(story),
        text=text,
        changes=list(history.changes_of(story, text)),
        seen=texts.number(story),
    )


@of_story("/<token>/history/<int:number>/undo")
def undo(story: Story, number: int) -> BaseResponse:
    """Make a new text without one change of an earlier one. Twice is once."""
    form = UndoForm()
    story.must_be_shaped()
    content = history.without(story, _find(story, number), form.key.data or "")
    if content is None:
        raise NotPossible(NO_FIT)
    if content != texts.content_now(story):
        shaping.revise(story, None, content, form.seen.number)
    return back("undone")


def _find(story: Story, number: int) -> Revision:
    return texts.numbered(story, number) or abort(404)
