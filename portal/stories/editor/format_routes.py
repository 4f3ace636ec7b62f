"""Other forms of a story: the team adds Easy Read, sound, a film, a language, or takes it away."""

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.file_kinds import Unwelcome, content_type
from portal.stories import formats
from portal.stories.editor.forms import NewVersionForm
from portal.stories.editor.routes import back, for_editors, page
from portal.stories.files import checking, cleaning, receiving, store
from portal.stories.files.models import StoryFile
from portal.stories.models import Story
from portal.team.access import member
from portal.transaction import NotPossible
from portal.web import UNPROCESSABLE

NO_PICTURE = "Choose sound, a film or a document. A picture goes with the text itself."


@for_editors("/versions")
def add_version(story: Story) -> BaseResponse:
    """Offer the storyteller another form of the story."""
    form = NewVersionForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, version=form)
    file, problem = _take(story.id, form.upload)
    if problem:
        form.version_file.errors = [problem]
        return page(story, UNPROCESSABLE, version=form)
    try:
        formats.add_version(story, member(), *form.values, file=file)
    except NotPossible:
        if file:
            store.remove(file.id)
        raise
    if file:
        cleaning.soon(file)
    return back(story, "version")


def _take(story_id: int, upload: FileStorage | None) -> tuple[StoryFile | None, str]:
    """Keep the file that was sent with the form; or say why we do not."""
    if upload is None:
        return None, ""
    name = upload.filename or ""
    try:
        if content_type(name, upload.stream).startswith("image/"):
            return None, NO_PICTURE
    except Unwelcome as refusal:
        return None, str(refusal)
    file = receiving.take(story_id, name, upload.stream)
    checking.now_or_soon([file])
    file = db.session.get_one(StoryFile, file.id)
    if not file.reason:
        return file, ""
    reason = file.reason
    store.remove(file.id)
    return None, reason


@for_editors("/versions/<int:version_id>/remove")
def remove_version(story: Story, version_id: int) -> BaseResponse:
    """Take another form of the story away."""
    formats.remove_version(story, version_id, member())
    return back(story, "removed")
