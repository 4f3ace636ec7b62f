"""One ZIP file of texts and kept files, answered a little at a time."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from werkzeug.wrappers import Response

from portal import storage
from portal.extensions import db
from portal.web import KEPT_NOWHERE

NOTHING_RUNS = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class Entry:
    """One file in it: what is written into it, or where the storage has it."""

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


def answer(entries: Sequence[Entry], name: str) -> Response:
    """Answer with a ZIP file of that name. What was not committed is rolled back."""
    db.session.rollback()  # nothing is held while it goes
    response = Response(_zipped(entries, storage.reader()), mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = KEPT_NOWHERE
    response.headers["Content-Security-Policy"] = NOTHING_RUNS
    return response


def _zipped(entries: Sequence[Entry], read: Callable[[str], BinaryIO]) -> Iterator[bytes]:
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
