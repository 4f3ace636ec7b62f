"""Where the files are kept that people send us: a folder, or a bucket, at UPLOADS_URL.

A file is written before the row that names it is committed. A file without a
row is harmless; a row without a file would not be.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from flask import Flask, current_app

from portal.config import ConfigError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


def keep(content: bytes) -> str:
    """Write a new file and return where it is. On a disk it stays there after a power cut."""
    files, root = _files()
    name = secrets.token_hex(16)
    place = f"{name[:2]}/{name}"
    with files.open(f"{root}/{place}", "wb") as file:
        file.write(content)
        if _is_folder(current_app.config["UPLOADS_URL"]):
            file.flush()
            os.fsync(file.fileno())
    return place


def read(place: str) -> BinaryIO:
    """Open a file that was kept. Raises FileNotFoundError."""
    files, root = _files()
    return cast("BinaryIO", files.open(f"{root}/{place}", "rb"))


def drop(place: str) -> None:
    """Remove a file; one that is gone already is no mistake."""
    files, root = _files()
    if files.exists(f"{root}/{place}"):
        files.rm_file(f"{root}/{place}")


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
