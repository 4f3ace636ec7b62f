"""Where a story was used: noted for its storyteller, and cleaned up where it must not be."""

from flask import abort
from werkzeug.wrappers import Response as BaseResponse

from portal.stories.editor.routes import back, bp, find, for_editors, page, subpage
from portal.stories.editor.use_forms import ClearedForm, UseForm
from portal.stories.models import Story
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Cleared
from portal.team.access import member, requires
from portal.team.models import Role
from portal.web import UNPROCESSABLE


@for_editors("/uses")
def add_use(story: Story) -> BaseResponse:
    """Note where the story was used. The storyteller sees it."""
    story.must_be_shaped()
    form = UseForm(story)
    if not form.validate():
        return page(story, UNPROCESSABLE, use=form)
    channel = Channel(form.channel.data)
    uses.add(story, channel, form.used.data, member(), link=form.link.data)
    return back(story, "used")


@bp.route("/uses/<int:use_id>", methods=("GET", "POST"))
@requires(Role.EDITOR)
def clean_up(conversation_id: int, use_id: int) -> BaseResponse:
    """One place that has to be cleaned up, and what came of that."""
    story = find(conversation_id)
    use = next((one for one in story.uses if one.id == use_id), None) or abort(404)
    form = ClearedForm()
    if form.validate_on_submit():
        uses.clean_up(story, use_id, member(), Cleared(form.outcome.data), form.words.data)
        return back(story, "cleaned")
    title = "Clean up where it was used"
    return subpage("use", title, form.status, form=form, story=story, use=use)
