"""Where the files are kept that people send us: a folder, or a bucket, at UPLOADS_URL.

A file is written before the row that names it is committed. A file without a
row is harmless; a row without a file would not be.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from flask import Flask, current_app

from portal.config import ConfigError
from portal.providers.errors import TryLater

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

CHUNK = 256 * 1024  # bytes
SENT_AT_ONCE = 8 * 1024 * 1024  # bytes that are held in memory until a bucket takes them


# What a system says that takes no more: full, over a quota, mounted to be read.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class NoRoom(TryLater):
    """A file cannot be written: the disk is full, or takes nothing. Nothing of it stays."""


class Kept(NamedTuple):
    """A file that was written: where it is, and what came."""

    place: str
    size: int
    digest: str
    """SHA-256, in hexadecimal digits."""


def keep(content: bytes) -> str:
    """Write a new file and return where it is. On a disk it stays there after a power cut."""
    return keep_stream([content]).place


def keep_stream(chunks: Iterable[bytes]) -> Kept:
    """Write a new file of any size, a little at a time. It stays as `keep` says.

    Where the chunks break off with an error nothing stays. Raises NoRoom.
    """
    files, root = _files()
    name = secrets.token_hex(16)
    place = f"{name[:2]}/{name}"
    digest, size = hashlib.sha256(), 0
    try:
        with _told_plainly(), files.open(f"{root}/{place}", "wb", block_size=SENT_AT_ONCE) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            if folder():
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        drop(place)
        raise
    return Kept(place, size, digest.hexdigest())


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Raise NoRoom for a system that takes no more."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoRoom(f"UPLOADS_URL takes no more: {error.strerror}") from error


def folder() -> str:
    """The folder of this machine that files are kept in; empty where they are in a bucket."""
    url: str = current_app.config["UPLOADS_URL"]
    return url if _is_folder(url) else ""


def chunks(*places: str) -> Iterator[bytes]:
    """What these files hold, one after the other, a little at a time. Raises FileNotFoundError."""
    for place in places:
        with read(place) as file:
            yield from iter(partial(file.read, CHUNK), b"")


def read(place: str) -> BinaryIO:
    """Open a file that was kept. Raises FileNotFoundError."""
    return reader()(place)


def reader() -> Callable[[str], BinaryIO]:
    """What opens such a file, also in an answer that goes on after its request."""
    files, root = _files()
    return lambda place: cast("BinaryIO", files.open(f"{root}/{place}", "rb"))


def drop(*places: str) -> None:
    """Remove files; one that is gone already is no mistake."""
    for place in places:
        files, root = _files()
        with suppress(FileNotFoundError):
            files.rm_file(f"{root}/{place}")


def answers() -> bool:
    """Whether the bucket is there, asked anew; raises what the file system raises."""
    files, root = _files()
    files.invalidate_cache()
    return bool(files.exists(root.partition("/")[0]))


def _files() -> tuple[AbstractFileSystem, str]:
    """The file system, and the path of ours in it."""
    return _open(current_app.config["UPLOADS_URL"])


def _open(url: str) -> tuple[AbstractFileSystem, str]:
    from fsspec.core import url_to_fs  # noqa: PLC0415 - a tenth of a second, which few starts need

    options: dict[str, Any] = {"auto_mkdir": True} if _is_folder(url) else {}
    files, root = url_to_fs(url, **options)
    return files, root.rstrip("/")


def _is_folder(url: str) -> bool:
    return "://" not in url


def init_app(app: Flask) -> None:
    """Check that UPLOADS_URL can be understood. Raises ConfigError."""
    url = app.config["UPLOADS_URL"]
    if _is_folder(url):
        return
    try:
        _open(url)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"UPLOADS_URL is not an address that we can use: {error}") from error
