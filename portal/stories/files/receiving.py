"""How files come in: whole with a form, or in pieces that survive a lost connection.

What comes is written first and its row is committed afterwards. No
transaction is open while somebody's slow connection is read.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from io import SEEK_END
from typing import IO

from flask import current_app
from huey import crontab
from sqlalchemy import select
from werkzeug.exceptions import ClientDisconnected

from portal import file_kinds, later, storage
from portal.extensions import db, huey, now
from portal.file_kinds import Unwelcome
from portal.inbox.incoming.attachments import safe_name
from portal.stories.files import store
from portal.stories.files.models import FileState, StoryFile
from portal.transaction import NotPossible

MOST_PIECES = 2_000
UNFINISHED_FOR = timedelta(days=1)
TOO_MANY_PIECES = "It came in too many small pieces. Add it again from the start."


class WrongOffset(Exception):
    """A piece that does not begin where the last one ended: it came twice, or out of order."""


class TooMuch(Exception):
    """More came than was said at the start."""


def _must_be_welcome(name: str, size: int) -> None:
    """Raise Unwelcome where the name or the size alone say that we do not take it."""
    file_kinds.type_by_name(name)
    if size == 0:
        raise Unwelcome(file_kinds.EMPTY)
    file_kinds.must_fit(size, current_app.config["STORY_FILE_MAX_MB"])


def take(story_id: int, name: str, content: IO[bytes]) -> StoryFile:
    """Take in a whole file; commits. One that we do not take is there too, with the reason.

    Raises NotPossible, in words for the storyteller, where the story takes no more.
    """
    name, size = safe_name(name), content.seek(0, SEEK_END)
    content.seek(0)
    try:
        _must_be_welcome(name, size)
    except Unwelcome as refusal:
        return store.refuse(story_id, name, size, str(refusal))
    kept = storage.keep_stream(iter(partial(content.read, storage.CHUNK), b""))
    try:
        file = store.add(story_id, name, size, FileState.CHECKING)
        file.place, file.digest = kept.place, kept.digest
        store.forget_unfinished(story_id, name, size)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        storage.discard(kept.place)
        raise
    return file


def begin(story_id: int, name: str, size: int) -> StoryFile:
    """Expect a file in pieces; commits. Raises Unwelcome, NotPossible in words."""
    name = safe_name(name)
    _must_be_welcome(name, size)
    file = store.add(story_id, name, size, FileState.COMING)
    db.session.commit()
    return file


def receive(file: StoryFile, offset: int, stream: IO[bytes]) -> StoryFile:
    """Add the piece that begins at `offset`; commits. What came of one that broke off counts.

    Raises WrongOffset where the piece does not follow the last one, TooMuch,
    and NotPossible.
    """
    row_id, left = file.id, file.size - file.received
    fits = file.state is FileState.COMING and file.received == offset
    pieces = len(file.parts)
    db.session.rollback()  # nothing is held while the piece comes
    if not fits:
        raise WrongOffset
    if pieces >= MOST_PIECES:
        raise NotPossible(TOO_MANY_PIECES)
    piece = storage.keep_stream(_coming(stream, left))
    try:
        _add(row_id, offset, piece)
    except BaseException:
        db.session.rollback()
        storage.discard(piece.place)
        raise
    return db.session.get_one(StoryFile, row_id)


def _coming(stream: IO[bytes], most: int) -> Iterator[bytes]:
    """What comes, until it ends or the connection breaks."""
    with suppress(ClientDisconnected, ConnectionError, TimeoutError):
        while chunk := stream.read(storage.CHUNK):
            most -= len(chunk)
            if most < 0:
                raise TooMuch
            yield chunk


def _add(row_id: int, offset: int, piece: storage.Kept) -> None:
    """Note the piece, unless the same one has come meanwhile."""
    file = db.session.get(StoryFile, row_id, with_for_update=True, populate_existing=True)
    if file is None or file.state is not FileState.COMING or file.received != offset:
        raise WrongOffset
    if not piece.size:
        db.session.rollback()
        storage.discard(piece.place)
        return
    file.parts = [*file.parts, piece.place]
    file.received += piece.size
    file.changed_at = now()
    if file.received == file.size:
        file.state = FileState.CHECKING
    db.session.commit()


@huey.periodic_task(crontab(minute="40"))  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every hour: drop what somebody began to send a day ago and did not finish."""
    left = (
        select(StoryFile.id)
        .where(StoryFile.state == FileState.COMING)
        .where(StoryFile.changed_at < now() - UNFINISHED_FOR)
    )
    for (row_id,) in later.forgotten(left):
        store.remove(row_id, if_state=FileState.COMING)
