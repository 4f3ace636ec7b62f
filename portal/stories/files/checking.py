"""What becomes of a file that has come: it is looked at, scanned, and kept or refused.

A file is held until that is done. Whoever does it, the request or a worker,
writes the result only where nobody was quicker.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import SEEK_END
from typing import NamedTuple

from flask import current_app
from huey import crontab
from sqlalchemy import func, select, update

from portal import antivirus, delivery, file_kinds, later, room, storage
from portal.extensions import db, huey, now, write_rows
from portal.file_kinds import MB, Unwelcome
from portal.stories import shaping
from portal.stories.files import pictures
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.transaction import NotPossible

log = logging.getLogger(__name__)

# What is looked at while the person waits; the rest is for the worker.
SMALL, FEW_PIXELS, TOGETHER = 4 * MB, 13_000_000, 4.0  # bytes, pixels, seconds

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 300))
SWEEP_AFTER = timedelta(minutes=10)  # by then the tries above are over, or the queue lost them
ALERT_AFTER = timedelta(hours=1)

KINDS = {"audio": FileKind.SOUND, "video": FileKind.FILM}
LOST = "It was lost at our end. We are sorry. Add it again."


class Held(NamedTuple):
    """A file that waits: its name, where it is, whole or in pieces, and how many bytes it has."""

    name: str
    place: str
    parts: tuple[str, ...]
    size: int


@dataclass
class Verdict:
    """What becomes of a file: the values of its row that change."""

    state: FileState
    reason: str = ""
    kind: FileKind | None = None
    content_type: str = ""
    place: str = ""
    digest: str = ""
    """Empty where it stays as it is."""
    widths: dict[str, str] = field(default_factory=dict)
    width: int = 0
    height: int = 0


def now_or_soon(rows: Iterable[StoryFile]) -> None:
    """Look at small files at once, as long as nobody waits too long; at the others soon."""
    held = [(row.id, _is_small(row)) for row in rows if row.state is FileState.CHECKING]
    db.session.rollback()  # nothing is held meanwhile
    until = time.monotonic() + TOGETHER
    for row_id, is_small in held:
        if not (is_small and time.monotonic() < until and _examined_now(row_id)):
            later.ask(f"story file {row_id}", examine, row_id, 0)


def _examined_now(row_id: int) -> bool:
    """Look at a file; False where something of ours broke, and the worker tries again."""
    try:
        examine.call_local(row_id, 0)
    except Exception:
        db.session.rollback()
        log.exception("Story file %s could not be looked at", row_id)
        return False
    return True


def _is_small(row: StoryFile) -> bool:
    """Whether a file takes little of the request's time and memory."""
    if antivirus.is_wanted() or row.size > SMALL:
        return False
    with (
        suppress(Unwelcome, FileNotFoundError, storage.Away),
        storage.read(row.place or row.parts[0]) as content,
    ):
        if file_kinds.content_type(row.name, content).startswith("image/"):
            return pictures.pixels(content) <= FEW_PIXELS
    return True


@later.tried_again("story file", BACK_OFF)
def examine(row_id: int) -> None:
    """Decide about one file that is held. Safe to run any number of times, and twice at once.

    Raises TryLater where the virus check does not answer.
    """
    held = _find_held(row_id)
    if held is None:
        return
    try:
        if not held.place:
            held = _join(row_id, held)
        verdict = _examine(held)
    except FileNotFoundError:  # or somebody was quicker, and then this is not settled
        verdict = Verdict(FileState.REFUSED, LOST)
    _settle(row_id, held, verdict)


def _find_held(row_id: int) -> Held | None:
    """The file, if it still waits. No transaction is open afterwards."""
    row = db.session.get(StoryFile, row_id, populate_existing=True)
    waits = row is not None and row.state is FileState.CHECKING
    held = Held(row.name, row.place, tuple(row.parts), row.size) if row and waits else None
    db.session.rollback()
    return held


def _join(row_id: int, held: Held) -> Held:
    room.wait_for(held.size)
    whole = storage.keep_stream(storage.chunks(*held.parts))
    joined = write_rows(
        update(StoryFile)
        .where(StoryFile.id == row_id, StoryFile.state == FileState.CHECKING)
        .where(StoryFile.place == "")
        .values(place=whole.place, digest=whole.digest, parts=[])
    )
    if joined.rowcount:
        storage.drop(*held.parts)
    db.session.commit()
    if not joined.rowcount:
        storage.discard(whole.place)
        raise FileNotFoundError
    return Held(held.name, whole.place, (), held.size)


def _examine(held: Held) -> Verdict:
    """Look at the whole file, with no transaction open. Raises TryLater, FileNotFoundError."""
    with storage.read(held.place) as content:
        try:
            content_type = file_kinds.content_type(held.name, content)
            antivirus.scan(content)
            if content_type.startswith("image/") and not pictures.has_pages(content):
                most = current_app.config["STORY_PICTURE_MAX_MB"]
                file_kinds.must_fit(content.seek(0, SEEK_END), most)
                return _keep_picture(pictures.make(content))
            note = file_kinds.password_note(held.name, content)
        except Unwelcome as refusal:
            return Verdict(FileState.REFUSED, str(refusal))
    kind = KINDS.get(content_type.partition("/")[0], FileKind.DOCUMENT)
    return Verdict(FileState.KEPT, note, kind, content_type, held.place)


def _keep_picture(picture: pictures.KeptPicture) -> Verdict:
    places = {content: storage.keep(content) for content in {*picture.widths.values()}}
    return Verdict(
        FileState.KEPT,
        kind=FileKind.PICTURE,
        content_type="image/webp",
        digest=picture.digest,
        widths={width: places[content] for width, content in picture.widths.items()},
        width=picture.width,
        height=picture.height,
    )


def _settle(row_id: int, held: Held, verdict: Verdict) -> None:
    """Save what was decided, unless somebody was quicker; what nobody needs goes."""
    row = db.session.get(StoryFile, row_id, with_for_update=True, populate_existing=True)
    before = {held.place, *held.parts} - {""}
    after = {verdict.place, *verdict.widths.values()} - {""}
    if row and row.state is FileState.CHECKING and (row.place, tuple(row.parts)) == held[1:3]:
        decided = vars(verdict) | {"digest": verdict.digest or row.digest, "parts": []}
        for name, value in decided.items():
            setattr(row, name, value)
        row.changed_at, story_id = now(), row.story_id
        storage.drop(*(before - after))
        db.session.commit()
        if verdict.reason == LOST:
            log.error("UPLOADS_URL has no file for story file %s", row_id)
        if verdict.widths:
            revise_story(story_id)
    else:
        db.session.rollback()
        storage.discard(*(after - before))


def revise_story(story_id: int) -> None:
    """Where the story was sent already, other pictures or words for them make a new text of it."""
    story = db.session.get(Story, story_id)
    if story and story.state is not StoryState.DRAFT:
        with suppress(NotPossible):
            shaping.revise_pictures(story)
    db.session.rollback()


@huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every ten minutes: look once more at files that are still held; say so if they wait long."""
    waits = StoryFile.state == FileState.CHECKING
    late = waits & (StoryFile.changed_at < now() - SWEEP_AFTER)
    for (row_id,) in later.forgotten(select(StoryFile.id).where(late).order_by(StoryFile.id)):
        later.ask(f"story file {row_id}", examine, row_id, len(BACK_OFF))
    oldest = select(func.min(StoryFile.changed_at)).where(waits)
    since = db.session.scalar(oldest)
    if since and since < now() - ALERT_AFTER:
        delivery.alert(
            "Files of stories wait to be checked",
            "The server's log says why. The virus check may be down (CLAMD_SOCKET).",
            once=f"story files {now():%Y-%m-%d}",
        )
    db.session.commit()
