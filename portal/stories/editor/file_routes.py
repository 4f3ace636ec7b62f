"""Gives the team what came with a story: to save or to play, never to be opened as a page."""

from flask import Response, abort

from portal.stories.editor.routes import bp, find
from portal.stories.files import downloads, store
from portal.stories.files.models import StoryFile
from portal.team.access import requires
from portal.team.models import Role


@bp.get("/files/<key>")
@requires(Role.READER)
def file(conversation_id: int, key: str) -> Response:
    """A sound, film or document, as it came."""
    return downloads.send_own(_find(conversation_id, key))


@bp.get("/pictures/<key>/<int:width>.webp")
@requires(Role.READER)
def picture(conversation_id: int, key: str, width: int) -> Response:
    """A picture in one of its widths, whether readers may see it or not."""
    return downloads.send_picture(_find(conversation_id, key), width, is_private=True)


def _find(conversation_id: int, key: str) -> StoryFile:
    return store.find_of_story(find(conversation_id), key) or abort(404)
