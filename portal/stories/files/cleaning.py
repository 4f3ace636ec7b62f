"""What readers get of a file: a copy without the hidden details that came with it.

The file itself is for its storyteller and the team. Nobody else ever gets it: where no clean copy
was made there is nothing to give out.
"""

import logging
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask, current_app
from huey import crontab
from sqlalchemy import select, true

from portal import later, room, storage
from portal.extensions import db, huey, now
from portal.file_kinds import TYPES
from portal.stories import formats
from portal.stories.files import documents, programs, remuxing
from portal.stories.files.checking import BACK_OFF
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.files.programs import CannotBeCleaned
from portal.stories.models import Story, Version

log = logging.getLogger(__name__)

MEDIA = (FileKind.SOUND, FileKind.FILM)
PLAIN = "text/plain"
FOLDER, LEFT_AFTER = "cleaning-", 24 * 3600  # where it is done; seconds, after which nobody does
COPIES = 3  # of a file that lie there at once: to read from, to write to, and what is kept of it
DOCUMENTS = {TYPES[end] for end in ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "odg")}

CLEAN = "Readers get a copy without its hidden details, such as the place and the device."
COMING = "Readers do not get it yet. We are making a copy without its hidden details."
NO_TOOL = (
    "Readers do not get it. To take out its hidden details we need ffmpeg, which is not on our "
    "server. Ask whoever looks after the server to install it."
)
OTHER_KIND = (
    "We cannot take hidden names and dates out of this kind of file. "
    "Make it a PDF, or a text, and add that."
)


def standing(file: StoryFile) -> str:
    """Whether readers can get it, in words for the team."""
    if file.public_place:
        return CLEAN
    if file.withheld:
        return f"Readers do not get it. {file.withheld}"
    return COMING if file.kind not in MEDIA or remuxing.is_there() else NO_TOOL


def soon(file: StoryFile) -> None:
    """Have a clean copy made of a file that readers may get."""
    later.ask(f"story file {file.id}", clean, file.id, 0)


@later.tried_again("clean copy of story file", BACK_OFF)
def clean(row_id: int) -> None:
    """Make the clean copy of one file. Safe to run any number of times, and twice at once.

    Raises TryLater where a program for it is missing, or room.
    """
    row = db.session.get(StoryFile, row_id, populate_existing=True)
    if row is None or not row.place or row.public_place or row.state is not FileState.KEPT:
        db.session.rollback()
        return
    place, kind, content_type, size = row.place, row.kind, row.content_type, row.size
    db.session.rollback()  # nothing is held meanwhile
    room.wait_for(COPIES * size)
    try:
        kept, seconds = _copy(place, kind, content_type)
        _settle(row_id, place, kept, seconds)
    except CannotBeCleaned as reason:
        _settle(row_id, place, None, withheld=str(reason))
    except FileNotFoundError:
        log.error("UPLOADS_URL has no file for story file %s", row_id)


def _copy(place: str, kind: FileKind | None, content_type: str) -> tuple[storage.Kept, float]:
    """Write the clean copy; returns what it is, and of sound and film how long it takes."""
    with TemporaryDirectory(prefix=FOLDER, dir=current_app.config["VAR_DIR"]) as folder:
        source, target = Path(folder, "came"), Path(folder, "clean")
        with source.open("wb") as file:
            file.writelines(storage.chunks(place))
        seconds = 0.0
        if kind in MEDIA:
            seconds = remuxing.clean(source, target, content_type)
        elif content_type == PLAIN:
            target = source  # all of it can be read
        elif content_type in DOCUMENTS:
            _clean_document(source, target)
        else:
            raise CannotBeCleaned(OTHER_KIND)
        with target.open("rb") as file:
            return storage.keep_stream(iter(lambda: file.read(storage.CHUNK), b"")), seconds


def _clean_document(source: Path, target: Path) -> None:
    program = (sys.executable, "-I", documents.__file__)
    ended = programs.run(*program, str(source), str(target))
    if ended.code == documents.REFUSED:
        raise CannotBeCleaned(ended.answer.decode().strip())
    if ended.code:
        raise CannotBeCleaned(programs.BROKEN)


def _settle(
    row_id: int,
    place: str,
    kept: storage.Kept | None,
    seconds: float = 0.0,
    withheld: str = "",
) -> None:
    """Save what came of it, unless the file is gone or somebody was quicker.

    The story is locked first, as by whoever says yes: nobody agrees in between to what changes.
    """
    story_id = db.session.scalar(select(StoryFile.story_id).where(StoryFile.id == row_id))
    db.session.get(Story, story_id or 0, with_for_update={"of": Story}, populate_existing=True)
    row = db.session.get(StoryFile, row_id, with_for_update=True, populate_existing=True)
    if row is None or row.place != place or row.public_place:
        db.session.rollback()
        if kept:
            storage.discard(kept.place)
        return
    row.withheld, row.seconds, row.changed_at = withheld, seconds, now()
    if kept:
        row.public_place, row.public_size, row.public_digest = kept
        formats.caption(row)
    db.session.commit()


@huey.periodic_task(crontab(minute="5,15,25,35,45,55"))  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every ten minutes: clean what was forgotten, or came before anything was cleaned.

    What a worker left that was killed goes: it may be three films.

    Where the program for sound and film is missing they wait until it is there.
    """
    for folder in Path(current_app.config["VAR_DIR"]).glob(f"{FOLDER}*"):
        if time.time() - folder.stat().st_mtime > LEFT_AFTER:
            shutil.rmtree(folder, ignore_errors=True)
    possible = true() if remuxing.is_there() else StoryFile.kind.not_in(MEDIA)
    wanted = select(Version.file_id).where(Version.removed_at.is_(None))
    waits = StoryFile.public_place == "", StoryFile.withheld == "", StoryFile.place != ""
    query = select(StoryFile.id).where(StoryFile.state == FileState.KEPT, *waits, possible)
    for (row_id,) in later.forgotten(query.where(StoryFile.id.in_(wanted)).order_by(StoryFile.id)):
        later.ask(f"story file {row_id}", clean, row_id, len(BACK_OFF))


def init_app(app: Flask) -> None:
    """Say at the start where the program is missing that cleans sound and film."""
    if not remuxing.is_there():
        log.warning("%s. On Debian: apt install ffmpeg", remuxing.MISSING)
