"""Other forms of a story: the team adds Easy Read, sound, a film, a language, or takes it away."""

from io import SEEK_END

from flask import Response, abort
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from portal import room
from portal.extensions import db
from portal.file_kinds import Unwelcome, content_type
from portal.inbox.desk.forms import typed
from portal.stories import formats
from portal.stories.editor.forms import FILM_KINDS, NewVersionForm, VersionWordsForm
from portal.stories.editor.routes import OK, back, bp, find, for_editors, page
from portal.stories.files import checking, cleaning, downloads, receiving, store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Story
from portal.stories.states import VersionKind
from portal.stories.telling import answers
from portal.team.access import member, requires
from portal.team.models import Role
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
        room.must_fit(upload.stream.seek(0, SEEK_END))
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


@for_editors("/files/<key>/version")
def use_file(story: Story, key: str) -> BaseResponse:
    """Offer a sound or film that came with the story as a version of it, just as it is."""
    file = store.find_of_story(story, key) or abort(404)
    kind = VersionKind(typed("kind")) if typed("kind") in FILM_KINDS else abort(404)
    if file.state is not FileState.KEPT or file.kind not in cleaning.MEDIA:
        abort(404)
    formats.add_film(story, member(), kind, file)
    cleaning.soon(file)
    return back(story, "version")


@for_editors("/link/version")
def use_link(story: Story) -> BaseResponse:
    """Offer the film that the storyteller's link leads to as the version in BSL."""
    link = answers.answer(story, "link") or abort(404)
    formats.add_film(story, member(), VersionKind.BSL, link)
    return back(story, "version")


@for_editors("/versions/<int:version_id>/words")
def set_words(story: Story, version_id: int) -> BaseResponse:
    """Keep other words and captions of a sound or film, or make the captions from the words."""
    version = next((one for one in story.versions if one.id == version_id), None) or abort(404)
    form = VersionWordsForm(version)
    if typed("do") == "make":
        form.make_lines()
    elif form.validate():
        words = form.words.data or "", form.lines.data or ""
        formats.set_words(story, version_id, member(), form.digest.data or "", *words)
        return back(story, "words")
    return page(story, UNPROCESSABLE if form.errors else OK, version_words=form)


@bp.get("/versions/<int:version_id>/captions.vtt")
@requires(Role.READER)
def captions(conversation_id: int, version_id: int) -> Response:
    """The captions of a version, as they would be shown."""
    found = find(conversation_id).versions
    version = next((one for one in found if one.id == version_id), None) or abort(404)
    return downloads.send_captions(version, is_private=True)


@for_editors("/versions/<int:version_id>/remove")
def remove_version(story: Story, version_id: int) -> BaseResponse:
    """Take another form of the story away."""
    formats.remove_version(story, version_id, member())
    return back(story, "removed")
