"""Making a backup while the site is in use: it has its name once it is whole, and not before."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from portal import journal, schema
from portal.backups import databases, files, manifest
from portal.backups.manifest import DATABASE, FILES, NAME, STAMP, BackupError, Manifest
from portal.extensions import db, now

PART = ".part"


def make(parent: Path, keep_days: int) -> Path:
    """Make a backup in a folder of its own below `parent`, and drop those that are too old.

    Returns where it is. Raises BackupError, and OSError where the disk takes nothing.
    """
    if keep_days > (forgets := current_app.config["JOURNAL_DAYS"]):
        raise BackupError(
            f"The journal forgets after {forgets} days, so a backup of {keep_days} could not be "
            "brought back whole. Set JOURNAL_DAYS higher."
        )
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(parent):
        begun = now().replace(microsecond=0)
        place = parent / f"{begun:{STAMP}}"
        half = parent / f"{place.name}{PART}"
        half.mkdir(mode=0o700)
        _fill(half, begun, next(reversed(manifest.backups(parent)), None))
        half.rename(place)
        journal.flush_folder(parent)
        _drop_old(parent, begun - timedelta(days=keep_days))
    return place


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Let no two backups be made there at once; what is left of one that was killed goes."""
    (parent / "lock").touch(0o600)
    with (parent / "lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup is being made in {parent}.") from None
        for left in parent.glob(f"*{PART}"):
            shutil.rmtree(left)
        yield


def _fill(folder: Path, begun: datetime, earlier: Path | None) -> None:
    """The database first: what it names is among the files then, or was erased since."""
    db.session.rollback()
    made_with = schema.found()
    db.session.rollback()
    counts = databases.copy_out(folder / DATABASE)
    proof = manifest.proof(folder / DATABASE)
    known = manifest.written(earlier).files if earlier else {}
    (folder / FILES).mkdir(mode=0o700)
    told = Manifest(
        made_at=begun,
        portal=manifest.version(),
        schema=made_with,
        kind=databases.kind(),
        counts=counts,
        database=proof,
        files=files.copy_out(folder / FILES, earlier and earlier / FILES, known),
        journal=journal.name_of(journal.folder()),
        secret=manifest.secret(),
    )
    (folder / NAME).touch(0o600)
    (folder / NAME).write_bytes(manifest.to_json(told))
    for path in (folder / DATABASE, folder / NAME, folder / FILES, folder):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def _drop_old(parent: Path, before: datetime) -> None:
    """Delete backups from before that moment; the newest stays in any case."""
    for old in manifest.backups(parent)[:-1]:
        if (made := manifest.made_at(old)) and made < before:
            shutil.rmtree(old)
