"""Whether the machine is as the portal needs it: room, who can read, programs."""

import stat
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from portal import antivirus, room, storage
from portal.config import ROOT
from portal.extensions import read_only
from portal.providers.errors import TryLater
from portal.providers.values import Finding
from portal.stories.files import remuxing
from portal.surroundings.stores import PROBE


def disks() -> Iterator[Finding]:
    """Whether there is room, and all can be written."""
    with suppress(SQLAlchemyError):  # that is told elsewhere
        read_only()
    troubles = room.troubles()
    for words in troubles.values():
        yield Finding(words, ok=False, cure="Make room, or mount it so that it can be written.")
    if not troubles:
        yield Finding("There is room on each disk, and each can be written.")


def access() -> Iterator[Finding]:
    """Whether only the portal's account can read what it keeps on this machine."""
    config = current_app.config
    urls = [make_url(config[name]) for name in ("DATABASE_URL", "QUEUE_URL")]
    files = [url.database for url in urls if url.drivername == "sqlite"]
    kept = [ROOT / ".env", config["VAR_DIR"], *map(Path, filter(None, [*files, storage.folder()]))]
    if shown := [str(path) for path in kept if path.exists() and _is_open(path)]:
        words = f"Every account of this machine can read {', '.join(shown)}."
        yield Finding(words, ok=False, cure="Take that away: chmod -R go-rwx, and its name.")
    else:
        yield Finding("No other account of this machine can read what is kept.")


def _is_open(path: Path) -> bool:
    """Whether others can read it: by its own mode, and those of the folders that lead there."""
    lead = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return lead and bool(path.stat().st_mode & stat.S_IROTH)


def virus_check() -> Iterator[Finding]:
    """Whether ClamAV answers, where it is asked."""
    if not antivirus.is_wanted():
        words = "CLAMD_SOCKET is not set: files that people send are not scanned."
        yield Finding(words, ok=None, cure="Install ClamAV if you take files from strangers.")
        return
    try:
        antivirus.scan(BytesIO(PROBE))
    except TryLater as error:
        yield Finding(f"{error}", ok=False, cure="Start clamd, or look at CLAMD_SOCKET.")
    else:
        yield Finding("ClamAV answers.")


def sound_and_film() -> Iterator[Finding]:
    """Whether the program is there that cleans recordings."""
    yield Finding.of(remuxing.is_there(), "ffmpeg is installed.", f"{remuxing.MISSING}.")
