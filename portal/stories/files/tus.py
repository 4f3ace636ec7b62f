"""Large files in pieces, so that a lost connection loses nothing: the tus protocol, version 1.0.

Core, creation and termination (https://tus.io/protocols/resumable-upload).
What is refused is answered in words that the page shows.
"""

import binascii
from base64 import b64decode
from collections.abc import Callable
from functools import wraps

from flask import Response, abort, current_app, request
from werkzeug.exceptions import HTTPException

from portal import refusals, room, storage
from portal.extensions import db
from portal.file_kinds import MB, TooLarge, Unwelcome
from portal.stories.files import allowed, checking, receiving, store
from portal.stories.files.models import FileState, StoryFile
from portal.stories.files.receiving import TooMuch, WrongOffset
from portal.stories.files.routes import bp, open_story
from portal.stories.models import Story
from portal.transaction import NotPossible
from portal.web import KEPT_NOWHERE

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
OK, CREATED, NO_CONTENT = 200, 201, 204
BAD, WRONG_OFFSET, GONE, WRONG_VERSION = 400, 409, 410, 412
TOO_LARGE, NO_PIECE, UNPROCESSABLE, TOO_MANY, AWAY = 413, 415, 422, 429, 503
LONGEST_NUMBER = 15  # digits

# What goes wrong, the status that says so, and the words where it has none of its own.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    WrongOffset: (WRONG_OFFSET, "Another piece comes next."),
    TooMuch: (TOO_LARGE, "More came than was said at the start."),
    TooLarge: (TOO_LARGE, ""),
    Unwelcome: (UNPROCESSABLE, ""),
    NotPossible: (UNPROCESSABLE, ""),
    # Not 507: what is refused with a 5xx is sent again at once by those who speak the protocol.
    storage.NoRoom: (TOO_LARGE, allowed.NO_ROOM),
    storage.Away: (AWAY, room.AWAY),
}


def _speaks(view: Callable[..., Response]) -> Callable[..., Response]:
    """Answer as the protocol asks, also where something is wrong."""

    @wraps(view)
    def answer(token: str, **values: str) -> Response:
        try:
            if refusal := refusals.noted():
                return _say(TOO_MANY, allowed.OFTEN.format(refusal.wait))
            story = open_story(token)
            if request.headers.get("Tus-Resumable") != VERSION:
                return _say(WRONG_VERSION, "Another version of the protocol is needed.")
            return view(story, **values)
        except HTTPException as error:
            return _say(error.code or BAD, error.description or "")
        except tuple(ANSWERS) as error:
            db.session.rollback()
            status, words = ANSWERS[type(error)]
            return _say(status, words or str(error))

    return answer


def _say(status: int, words: str = "", **headers: object) -> Response:
    """An answer with the protocol's headers; `Upload_Offset` stands for `Upload-Offset`."""
    answer = Response(words, status, mimetype="text/plain")
    answer.headers["Tus-Resumable"] = VERSION
    if status == WRONG_VERSION:
        answer.headers["Tus-Version"] = VERSION
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = str(value)
    answer.headers["Cache-Control"] = KEPT_NOWHERE
    return answer


@bp.route("/tus", methods=["OPTIONS"])
def abilities(token: str) -> Response:
    """Say which parts of the protocol we speak, and how large a file may be."""
    most = current_app.config["STORY_FILE_MAX_MB"] * MB
    extension = "creation,termination"
    return _say(NO_CONTENT, Tus_Version=VERSION, Tus_Extension=extension, Tus_Max_Size=most)


@bp.post("/tus")
@_speaks
def create(story: Story) -> Response:
    """Expect a file of this name and size; say where its pieces go."""
    size = _number("Upload-Length")
    is_too_large = size > current_app.config["STORY_FILE_MAX_MB"] * MB  # which is said below
    if not is_too_large and (problem := allowed.problem(story, size)):
        return _say(TOO_LARGE, problem)
    file = receiving.begin(story.id, _name(), size)
    return _say(CREATED, Location=f"{request.path}/{file.key}")


@bp.route("/tus/<key>", methods=["HEAD"])
@_speaks
def how_far(story: Story, key: str) -> Response:
    """Say how much of a file has come."""
    file = _find(story, key)
    if file.state is FileState.REFUSED:
        return _say(GONE)
    return _say(OK, Upload_Offset=file.received, Upload_Length=file.size)


@bp.route("/tus/<key>", methods=["PATCH"])
@_speaks
def piece(story: Story, key: str) -> Response:
    """Take in the next piece of a file. The last one makes it whole."""
    file = _find(story, key)
    offset = _number("Upload-Offset")
    if request.mimetype != PIECE_TYPE:
        return _say(NO_PIECE, "Send pieces only.")
    if not room.fits_disk(request.content_length or file.size - file.received):
        return _say(TOO_LARGE, allowed.NO_ROOM)
    # One more than fits: who reads to the very end of what is allowed is told that it is too much.
    request.max_content_length = file.size - file.received + 1
    request.environ["portal.takes_part"] = True  # where the connection breaks
    file = receiving.receive(file, offset, request.stream)
    received = file.received
    checking.now_or_soon([file])
    return _say(NO_CONTENT, Upload_Offset=received)


@bp.route("/tus/<key>", methods=["DELETE"])
@_speaks
def stop(story: Story, key: str) -> Response:
    """Forget a file that somebody no longer wants to send."""
    store.remove(_find(story, key).id, if_state=FileState.COMING)
    return _say(NO_CONTENT)


def _find(story: Story, key: str) -> StoryFile:
    return store.find_of_story(story, key) or abort(404)


def _number(header: str) -> int:
    """A number of bytes that must be there."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
        abort(BAD)
    return int(text)


def _name() -> str:
    """The file's name, from pairs of a key and Base64; empty where there is none to be read."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return b64decode(value, validate=True).decode()
            except (binascii.Error, ValueError):
                break
    return ""
