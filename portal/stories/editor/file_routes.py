"""Gives the team what came with a story: to save or to play, never to be opened as a page."""

from flask import Response, abort, request

from portal import audit
from portal.audit import Deed
from portal.extensions import db
from portal.stories.editor.routes import bp, find
from portal.stories.files import downloads, store
from portal.stories.files.models import FileKind, StoryFile
from portal.team.access import requires
from portal.team.models import Role


@bp.route("/files/<key>", methods=("GET", "POST"))
@requires(Role.READER)
def file(conversation_id: int, key: str) -> Response:
    """A sound, film or document, as it came: to play, or to save, which is noted."""
    found, saves = _find(conversation_id, key), request.method == "POST"
    if not saves and found.kind not in (FileKind.SOUND, FileKind.FILM):
        abort(405)
    answer = downloads.send_own(found)
    if saves:
        audit.note(Deed.DOWNLOADED, f"conversation {conversation_id}", f"file {found.id}")
        db.session.commit()
    return answer


@bp.get("/pictures/<key>/<int:width>.webp")
@requires(Role.READER)
def picture(conversation_id: int, key: str, width: int) -> Response:
    """A picture in one of its widths, whether readers may see it or not."""
    return downloads.send_picture(_find(conversation_id, key), width, is_private=True)


def _find(conversation_id: int, key: str) -> StoryFile:
    return store.find_of_story(find(conversation_id), key) or abort(404)
