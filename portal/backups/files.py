"""The files that people sent, copied out and brought back. A place is given to one file only."""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import current_app

from portal import storage
from portal.backups.manifest import CHUNK

Proofs = dict[str, tuple[int, str]]
PART = ".part"


def copy_out(target: Path, earlier: Path | None, known: Proofs) -> Proofs:
    """Copy all files into a folder; returns the size and digest of each, by its place.

    What an earlier backup has is linked from there, where that can be: it takes no room and no
    time. A file that is erased meanwhile is left out.
    """
    store, root = storage.open_at(current_app.config["UPLOADS_URL"])
    store.invalidate_cache()
    found: Proofs = {}
    for path, told in store.find(root, detail=True).items():
        place = "/".join(path.split("/")[-2:])
        to = target / place
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if earlier and place in known and known[place][0] == told["size"]:
            with suppress(OSError):
                os.link(earlier / place, to)
                found[place] = known[place]
                continue
        with suppress(FileNotFoundError):
            found[place] = _copy(store, path, to)
    return found


def _copy(store: Any, path: str, to: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with store.open(path, "rb") as source:
        to.touch(0o600)
        with to.open("wb") as file:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    return size, digest.hexdigest()


def copy_in(source: Path, files: Proofs) -> int:
    """Bring files back that are not there; returns how many."""
    store, root = storage.open_at(current_app.config["UPLOADS_URL"])
    store.invalidate_cache()
    listed = store.find(root, detail=True) if store.exists(root) else {}
    there = {"/".join(path.split("/")[-2:]): told["size"] for path, told in listed.items()}
    missing = [place for place, (size, _) in files.items() if there.get(place) != size]
    for place in missing:
        with (source / place).open("rb") as file, store.open(f"{root}/{place}", "wb") as to:
            shutil.copyfileobj(file, to, CHUNK)
    return len(missing)
