"""Gives out what came with stories: pictures for the page, and all else only to be saved.

Readers get pictures that were made anew and clean copies, never a file as it came.

A story that was taken back must be gone at once: whoever keeps a copy asks
each time whether it still stands.
"""

import logging
from typing import BinaryIO, NamedTuple

from flask import Blueprint, Response, abort, request, send_file
from sqlalchemy import select
from werkzeug.wsgi import FileWrapper

from portal import storage
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.stories import consents, publication
from portal.stories.files import store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Story, Version
from portal.stories.states import StoryState
from portal.web import KEPT_NOWHERE

log = logging.getLogger(__name__)

bp = Blueprint("downloads", __name__, url_prefix="/stories")

ASK_EACH_TIME = "no-cache"
NOTHING_RUNS = "default-src 'none'; sandbox"


class Served(NamedTuple):
    """Which bytes of a file are given out: as it came, or its clean copy."""

    place: str
    size: int
    digest: str


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
    """A published story in another form, that its storyteller said yes to, to be saved.

    Its own name is not given out: it may say who made it, when and where.
    """
    found, story = _find(key)
    _agreed(found)
    return send_clean(found, story.slug or "", is_private=False)


@bp.get("/files/<key>/captions.vtt")
def captions(key: str) -> Response:
    """The captions of a published sound or film, that its storyteller said yes to."""
    found, _ = _find(key)
    return send_captions(_agreed(found), is_private=False)


def _agreed(file: StoryFile) -> Version:
    """The version for readers that this file is; or the page that says that there is none."""
    agreed = select(Version).where(Version.file_id == file.id, publication.is_for_readers())
    return db.session.scalar(agreed.order_by(Version.id.desc()).limit(1)) or abort(404)


def _find(key: str) -> tuple[StoryFile, Story]:
    """A file and its story, which is published; or the page that says that there is none."""
    file = store.find(key) or abort(404)
    story = db.session.get_one(Story, file.story_id)
    if story.state is StoryState.WITHDRAWN:
        abort(410)
    if story.state is not StoryState.PUBLISHED:
        abort(404)
    return file, story


def send_captions(version: Version, *, is_private: bool) -> Response:
    """Answer with the captions of a version, for a player."""
    if not version.captions:
        abort(404)
    answer = Response(version.captions, mimetype="text/vtt")
    answer.headers["Cache-Control"] = KEPT_NOWHERE if is_private else ASK_EACH_TIME
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def send_picture(file: StoryFile, width: int, *, is_private: bool) -> Response:
    """Answer with one width of a picture."""
    place = file.widths.get(str(width)) or abort(404)
    with _open(file, place) as content:
        answer = Response(content.read(), mimetype="image/webp")
    answer.set_etag(f"{file.digest}-{width}")
    answer.headers["Cache-Control"] = KEPT_NOWHERE if is_private else ASK_EACH_TIME
    answer.make_conditional(request)
    return answer


def send_own(file: StoryFile) -> Response:
    """Answer with a file as it came, for its storyteller and the team."""
    return _send(file, Served(file.place, file.size, file.digest), file.name, is_private=True)


def send_clean(file: StoryFile, name: str, *, is_private: bool) -> Response:
    """Answer with what readers get of a file, or would get."""
    clean = Served(file.public_place, file.public_size, file.public_digest)
    return _send(file, clean, name, is_private=is_private)


def _send(file: StoryFile, served: Served, name: str, *, is_private: bool) -> Response:
    """Answer with a whole file, or a part that a player asks for: to be saved, never to be run."""
    if file.state is not FileState.KEPT or not served.place:
        abort(404)
    content = _open(file, served.place)
    try:
        name = fitting_name(name, file.content_type)
        answer = send_file(content, file.content_type, as_attachment=True, download_name=name)
        answer.response = FileWrapper(content, storage.CHUNK)  # it can be sought in
        answer.set_etag(served.digest)
        answer.headers["Cache-Control"] = KEPT_NOWHERE if is_private else ASK_EACH_TIME
        answer.headers["Content-Security-Policy"] = NOTHING_RUNS
        answer.content_length = served.size
        answer.make_conditional(request, accept_ranges=True, complete_length=served.size)
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
