"""Gives out what came with stories: pictures for the page, and all else only to be saved.

A story that was taken back must be gone at once: whoever keeps a copy asks
each time whether it still stands.
"""

import logging
from typing import BinaryIO

from flask import Blueprint, Response, abort, request, send_file
from sqlalchemy import select
from werkzeug.wsgi import FileWrapper

from portal import storage
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.stories import consents
from portal.stories.files import store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Story, Version
from portal.stories.states import StoryState

log = logging.getLogger(__name__)

bp = Blueprint("downloads", __name__, url_prefix="/stories")

NO_COPY, ASK_EACH_TIME = "no-store", "no-cache"
NOTHING_RUNS = "default-src 'none'; sandbox"


@bp.get("/pictures/<key>/<int:width>.webp")
def picture(key: str, width: int) -> Response:
    """A picture of a published story, for as long as its storyteller allows it."""
    file, story = _find(key)
    shown = {one["file"] for one in story.published.pictures} if story.published else set()
    if key not in shown or not consents.allows(story, "photo"):
        abort(404)
    return send_picture(file, width, is_private=False)


@bp.get("/files/<key>")
def file(key: str) -> Response:
    """A published story in another form, that its storyteller said yes to, to be saved."""
    found, _ = _find(key)
    agreed = select(Version.id).where(
        Version.file_id == found.id,
        Version.approved_digest.is_not(None),
        Version.removed_at.is_(None),
    )
    if db.session.scalar(agreed.limit(1)) is None:
        abort(404)
    return send(found, is_private=False)


def _find(key: str) -> tuple[StoryFile, Story]:
    """A file and its story, which is published; or the page that says that there is none."""
    file = store.find(key) or abort(404)
    story = db.session.get_one(Story, file.story_id)
    if story.state is StoryState.WITHDRAWN:
        abort(410)
    if story.state is not StoryState.PUBLISHED:
        abort(404)
    return file, story


def send_picture(file: StoryFile, width: int, *, is_private: bool) -> Response:
    """Answer with one width of a picture."""
    place = file.widths.get(str(width)) or abort(404)
    with _open(file, place) as content:
        answer = Response(content.read(), mimetype="image/webp")
    answer.set_etag(f"{file.digest}-{width}")
    answer.headers["Cache-Control"] = NO_COPY if is_private else ASK_EACH_TIME
    answer.make_conditional(request)
    return answer


def send(file: StoryFile, *, is_private: bool) -> Response:
    """Answer with a whole file, or a part that a player asks for: to be saved, never to be run."""
    if file.state is not FileState.KEPT or not file.place:
        abort(404)
    content = _open(file, file.place)
    try:
        name = fitting_name(file.name, file.content_type)
        answer = send_file(content, file.content_type, as_attachment=True, download_name=name)
        answer.response = FileWrapper(content, storage.CHUNK)  # it can be sought in
        answer.set_etag(file.digest)
        answer.headers["Cache-Control"] = NO_COPY if is_private else ASK_EACH_TIME
        answer.headers["Content-Security-Policy"] = NOTHING_RUNS
        answer.content_length = file.size
        answer.make_conditional(request, accept_ranges=True, complete_length=file.size)
    except BaseException:
        content.close()
        raise
    return answer


def _open(file: StoryFile, place: str) -> BinaryIO:
    try:
        return storage.read(place)
    except FileNotFoundError:
        log.error("UPLOADS_URL has no file for story file %s", file.id)
        abort(404)
