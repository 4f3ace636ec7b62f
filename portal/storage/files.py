"""Writing and reading the files that people send us, in a folder or a bucket at UPLOADS_URL."""

from __future__ import annotations

import errno
import hashlib
import io
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from flask import current_app

from portal.providers.errors import TryLater
from portal.storage.bucket import READ_AT_ONCE, BucketFile, of_app, options_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

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

    Where the chunks break off with an error nothing stays. Raises NoRoom and Away.
    """
    name = secrets.token_hex(16)
    place = f"{name[:2]}/{name}"
    digest, size = hashlib.sha256(), 0
    try:
        with _told_plainly(), _new(place) as file:
            for chunk in chunks:
                with _asked(writes=True):
                    file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
    except BaseException:
        discard(place)
        raise
    return Kept(place, size, digest.hexdigest())


@contextmanager
def _new(place: str) -> Iterator[Any]:
    """A file to write; it is whole with the end of the block, or nothing of it is sent."""
    files, root = _files()
    with _asked(writes=True):
        file = files.open(f"{root}/{place}", "wb", block_size=SENT_AT_ONCE)
    try:
        yield file
        if folder():
            file.flush()
            os.fsync(file.fileno())
        with _asked(writes=True):
            file.close()
    except BaseException:
        if folder():
            file.close()
        with suppress(AttributeError):  # memory has no such file
            file.closed = True  # or Python would send it when it tidies up
        raise


@contextmanager
def _asked(*, writes: bool = False) -> Iterator[None]:
    """Ask for something where files are kept. Raises Away, of a bucket."""
    if folder():
        yield
    else:
        with of_app(current_app).asked(writes=writes):
            yield


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
    return url if is_folder(url) else ""


def chunks(*places: str) -> Iterator[bytes]:
    """What these files hold, one after the other, a little at a time. Raises FileNotFoundError."""
    for place in places:
        with read(place) as file:
            yield from iter(partial(file.read, CHUNK), b"")


def read(place: str) -> BinaryIO:
    """Open a file that was kept. Raises FileNotFoundError, and Away, then and when it is read."""
    return reader()(place)


def reader() -> Callable[[str], BinaryIO]:
    """What opens such a file, also in an answer that goes on after its request."""
    files, root = _files()
    if folder():
        return lambda place: cast("BinaryIO", files.open(f"{root}/{place}", "rb"))
    bucket = of_app(current_app)

    def opened(place: str) -> BinaryIO:
        with bucket.asked():
            file = files.open(f"{root}/{place}", "rb", block_size=READ_AT_ONCE)
        return io.BufferedReader(BucketFile(file, bucket), CHUNK)

    return opened


def remove(place: str) -> None:
    """Remove a file now; one that is gone already is no mistake. Raises Away."""
    files, root = _files()
    with suppress(FileNotFoundError), _asked():
        files.rm_file(f"{root}/{place}")


def discard(*places: str) -> None:
    """Remove files now that no row names, if that can be done: what stays is found by the sweep."""
    for place in filter(None, places):
        try:
            remove(place)
        except Exception as error:
            log.warning("A file that no row names stays for now: %s", error)


def is_there(place: str) -> bool:
    """Whether there is a file at a place. Raises Away."""
    files, root = _files()
    with _asked():
        return bool(files.exists(f"{root}/{place}"))


def listed(part: str) -> dict[str, dict[str, Any]]:
    """What lies in a part of ours, by its name, as the file system tells it. Raises Away."""
    files, root = _files()
    found: list[dict[str, Any]] = []
    with suppress(FileNotFoundError), _asked():
        found = files.ls(f"{root}/{part}".rstrip("/"), detail=True)
    return {name: one for one in found if (name := one["name"].rstrip("/").rpartition("/")[2])}


def end_uploads(before: datetime) -> int:
    """End the uploads to a bucket that broke off before a moment; returns how many.

    What came of them costs room, and no list of files shows it (Amazon S3, "Aborting a
    multipart upload").
    """
    files, root = _files()
    if not hasattr(files, "list_multipart_uploads"):
        return 0
    bucket, _, prefix = root.partition("/")
    found = [
        one
        for one in files.list_multipart_uploads(bucket)
        if one["Key"].startswith(prefix) and one["Initiated"] < before
    ]
    for one in found:
        files.call_s3(
            "abort_multipart_upload", Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"]
        )
    return len(found)


def answers() -> bool:
    """Whether the bucket is there. Raises Away."""
    files, root = _files()
    with _asked():
        return bool(files.exists(root.partition("/")[0]))


def _files() -> tuple[AbstractFileSystem, str]:
    """The file system, and the path of ours in it."""
    return open_at(current_app.config["UPLOADS_URL"])


def open_at(url: str) -> tuple[AbstractFileSystem, str]:
    """The file system at an address, and the path there. Raises ImportError, ValueError."""
    from fsspec.core import url_to_fs  # noqa: PLC0415 - a tenth of a second, which few starts need

    files, root = url_to_fs(url, **options_of(url))
    if hasattr(files, "retries"):
        files.retries = 1  # of s3fs, beside those of what it calls
    return files, root.rstrip("/")


def is_folder(url: str) -> bool:
    """Whether UPLOADS_URL means a folder of this machine."""
    return "://" not in url
