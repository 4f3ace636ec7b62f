"""A copy of all that the storyteller gave us and we wrote: texts and files in one ZIP file."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from werkzeug.wrappers import Response

from portal import storage
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.stories.comparing import plainly
from portal.stories.files import store
from portal.stories.files.downloads import NOTHING_RUNS
from portal.stories.files.models import StoryFile
from portal.stories.models import Revision, Story
from portal.web import KEPT_NOWHERE
from portal.words import moment

FILE_NAME = "my-story.zip"


@dataclass(frozen=True)
class Entry:
    """One file of the copy: what is written into it, or where the storage has it."""

    name: str
    text: str = ""
    place: str = ""


class _Pipe:
    """Holds what was written until it is taken: nothing is in memory as a whole."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._held.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        taken = b"".join(self._held)
        self._held.clear()
        return taken


def answer(story: Story) -> Response:
    """Answer with the copy, a little at a time."""
    entries = [*_texts(story), *_files(story)]
    db.session.rollback()  # nothing is held while it goes
    response = Response(_zipped(entries, storage.reader()), mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename={FILE_NAME}"
    response.headers["Cache-Control"] = KEPT_NOWHERE
    response.headers["Content-Security-Policy"] = NOTHING_RUNS
    return response


def _zipped(entries: list[Entry], read: Callable[[str], BinaryIO]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for entry in entries:
            # What was deleted in this moment is not in it.
            with (
                suppress(FileNotFoundError),
                _opened(entry, read) as content,
                archive.open(entry.name, "w", force_zip64=True) as to,
            ):
                while chunk := content.read(storage.CHUNK):
                    to.write(chunk)
                    yield pipe.take()
    yield pipe.take()


def _opened(entry: Entry, read: Callable[[str], BinaryIO]) -> BinaryIO:
    return read(entry.place) if entry.place else BytesIO(entry.text.encode())


def _texts(story: Story) -> Iterator[Entry]:
    for one in story.revisions:
        who = "our team" if one.author_id else "you"
        yield Entry(f"Text {one.number}, by {who}.txt", _written(one))
    words = "\n\n".join(
        f"{file.name}\n{said}"
        for file in store.files_of(story)
        if (said := file.alt or file.transcript)
    )
    if words:
        yield Entry("Words for the files.txt", words)


def _written(one: Revision) -> str:
    name = f"Name shown: {one.name or 'none'}"
    parts = (one.title, one.summary, plainly.shown(one.text), name, moment(one.created_at))
    return "\n\n".join(part for part in parts if part) + "\n"


def _files(story: Story) -> Iterator[Entry]:
    for number, file in enumerate(store.kept(story), 1):
        name = fitting_name(file.name, file.content_type)
        yield Entry(f"Files/{number} {name}", place=_place(file))


def _place(file: StoryFile) -> str:
    """Where it is; of a picture, its largest width."""
    widest = max(file.widths, key=int, default="")
    return file.place or file.widths.get(widest, "")
