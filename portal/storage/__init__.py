"""Where the files are kept that people send us: a folder, or a bucket, at UPLOADS_URL.

A file is written before the row that names it is committed. A file without a
row is harmless; a row without a file would not be. It goes after the row, by
what `drop` writes in the same transaction.
"""

from flask import Flask

from portal.config import ConfigError
from portal.storage.bucket import Away
from portal.storage.columns import Place, Places
from portal.storage.dropping import drop, step, stuck
from portal.storage.files import (
    CHUNK,
    FULL,
    Kept,
    NoRoom,
    answers,
    chunks,
    discard,
    folder,
    is_folder,
    keep,
    keep_stream,
    open_at,
    read,
    reader,
    remove,
)
from portal.storage.orphans import Comparison


def init_app(app: Flask) -> None:
    """Check that UPLOADS_URL can be understood. Raises ConfigError."""
    url = app.config["UPLOADS_URL"]
    if is_folder(url):
        return
    try:
        open_at(url)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"UPLOADS_URL is not an address that we can use: {error}") from error
