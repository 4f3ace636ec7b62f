"""Whether there is room for more: on the disks of this machine, and by the sums in the settings."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import Select, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal import storage
from portal.extensions import db
from portal.file_kinds import MB, Unwelcome
from portal.storage import FULL

SITE, UNSENT = "FILES_SITE_MB", "FILES_UNSENT_MB"
SMALL_DISK = 10  # of a disk with less than so many times the reserve, such a part is kept free
LAST_FILES = 100  # and of the number of files that a disk can have, such a part
LASTS = 30.0  # seconds for which a sum is good enough to look at
NEARLY = 0.75  # of a sum, from which the team is told
TRIED = 16 * 1024  # bytes that are written to see if a disk takes any
NO_ROOM = "Our server has no room for more files just now. Tell whoever looks after it."
AWAY = "We cannot keep files just now. Try again in some minutes."
TIGHT, SHUT = "nearly full", "cannot be written"

# SQLite's first byte of a code: busy, read-only, input and output, full, cannot be opened.
NOT_NOW_SQLITE = frozenset({5, 8, 10, 13, 14})
READ_ONLY = "25006"  # PostgreSQL's word (SQLSTATE) for it; what else passes is OperationalError

# What is counted in a sum: queries that each give a number of bytes. Features add theirs.
counted: dict[str, dict[str, Select[Any]]] = {SITE: {}, UNSENT: {}}


class Disk(NamedTuple):
    """A disk that we write to, by the setting that leads there. All in bytes."""

    setting: str
    free: int
    reserve: int


def has_room(size: int, *sums: str, is_look: bool = False) -> bool:
    """Whether a file of `size` bytes fits: onto each disk, into the site's sum and those named.

    With `is_look` the sums may be some seconds old: what comes often would make others wait.
    """
    ask = _used_lately if is_look else used
    return fits_disk(size) and all(ask(name) + size <= _most(name) for name in (SITE, *sums))


def fits_disk(size: int) -> bool:
    """Whether each disk of this machine keeps its reserve with a file of `size` bytes more."""
    return all(disk.free - size >= disk.reserve for disk in _disks())


def largest() -> int:
    """How many bytes a film may have: where that does not fit, people begin to be refused."""
    return int(current_app.config["STORY_FILE_MAX_MB"]) * MB


def must_fit(size: int) -> None:
    """Raise Unwelcome, in words for the team, where a file of `size` bytes has no room."""
    if not has_room(size):
        raise Unwelcome(NO_ROOM)


def wait_for(size: int) -> None:
    """Raise storage.NoRoom where the disks have no room for `size` bytes: it is tried again."""
    if not fits_disk(size):
        raise storage.NoRoom("There is no room for it beside what is kept free (DISK_RESERVE_MB)")


def used(name: str) -> int:
    """How many bytes a sum has."""
    number = sum(db.session.scalar(query) or 0 for query in counted[name].values())
    _known()[name] = time.monotonic(), number
    return number


def _used_lately(name: str) -> int:
    at, number = _known().get(name, (0.0, None))
    return used(name) if number is None or time.monotonic() - at >= LASTS else number


def _known() -> dict[str, tuple[float, int]]:
    """The sums as this process counted them last, and when."""
    known: dict[str, tuple[float, int]] = current_app.extensions.setdefault("room", {})
    return known


def _most(name: str) -> int:
    return int(current_app.config[name]) * MB


def _disks() -> Iterator[Disk]:
    """Each disk of this machine on which data, files and what is being received lie."""
    seen = set()
    for setting, place in _places():
        stat = os.statvfs(place)
        few_left = stat.f_files and stat.f_favail < stat.f_files // LAST_FILES
        size, free = stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize
        reserve = min(current_app.config["DISK_RESERVE_MB"] * MB, size // SMALL_DISK)
        if (device := place.stat().st_dev) not in seen:
            seen.add(device)
            yield Disk(setting, 0 if few_left else free, reserve)


def _places() -> Iterator[tuple[str, Path]]:
    """Where we write to on this machine, or will, by the setting that says so."""
    config = current_app.config
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    is_file = url.get_backend_name() == "sqlite"
    wanted = {
        "VAR_DIR": config["VAR_DIR"],
        "UPLOADS_URL": storage.folder(),
        "DATABASE_URL": url.database if is_file else "",
        "TMPDIR": tempfile.gettempdir(),
    }
    for setting, text in wanted.items():
        if text:
            yield setting, next(one for one in (Path(text), *Path(text).parents) if one.exists())


def troubles() -> dict[str, str]:
    """What a person should look at, each in a sentence, by a word for what it is about."""
    found = shut()
    for disk in _disks():
        if disk.free - largest() < disk.reserve:
            found[f"{disk.setting} {TIGHT}"] = (
                f"The disk of {disk.setting} is nearly full: {disk.free // MB} MB are free. "
                f"What would leave less than {disk.reserve // MB} MB is refused (DISK_RESERVE_MB)."
            )
    with suppress(SQLAlchemyError):  # a disk may be why, and that is told
        for name in counted:
            number, most = _used_lately(name), _most(name)
            if number > most * NEARLY:
                found[f"{name} {TIGHT}"] = f"Of {name}, {number // MB} of {most // MB} MB are used."
    return found


def shut() -> dict[str, str]:
    """What cannot be written, each in a sentence, by a word for what it is about."""
    places: dict[str, list[str]] = {}
    for setting, place in _places():
        if why := _cannot_write(place):
            places.setdefault(why, []).append(setting)
    return {
        f"{settings[0]} {SHUT}": f"What is at {', '.join(settings)} cannot be written: {why}."
        for why, settings in places.items()
    }


def _cannot_write(place: Path) -> str:
    """Why nothing can be written there, in the system's words, or nothing."""
    if not os.access(place, os.W_OK):
        return "it may only be read"
    try:
        folder = place if place.is_dir() else place.parent
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            if file.write(bytes(TRIED)) < TRIED:
                return "the disk is full"
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def is_not_now(error: BaseException) -> bool:
    """Whether an error means that nothing can be kept or looked up now, and may be later."""
    if isinstance(error, OSError):
        return error.errno in FULL
    if not isinstance(error, DBAPIError):
        return isinstance(error, storage.NoRoom | storage.Away | PoolTimeout)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in NOT_NOW_SQLITE
    return is_read_only(error) or isinstance(error, OperationalError)


def is_read_only(error: BaseException) -> bool:
    """Whether an error means that something was to be written where that may only be read."""
    orig = getattr(error, "orig", None)
    code = getattr(orig, "sqlite_errorcode", 0) & 0xFF
    return code == sqlite3.SQLITE_READONLY or getattr(orig, "sqlstate", None) == READ_ONLY
