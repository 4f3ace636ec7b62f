"""Static files: a hash of the content in the address, compressed once.

The hash lets browsers keep a file for a year, and a changed file has a new
address. Compression happens on a file's first request, at full strength, and
the result is kept in memory: there are few files and they are small.
"""

import gzip
import hashlib
import mimetypes
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, current_app, request
from werkzeug.security import safe_join

YEAR = 365 * 24 * 3600

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One static file as it is sent."""

    body: bytes
    mimetype: str

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change with the content."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @cached_property
    def br(self) -> bytes:
        """The file in Brotli (RFC 7932)."""
        return bytes(brotli.compress(self.body))

    @cached_property
    def gzip(self) -> bytes:
        """The file in gzip (RFC 1952)."""
        return gzip.compress(self.body, mtime=0)


@lru_cache
def _read(path: Path, changed: int) -> Asset:
    """Read a file; `changed` makes an edited file a new one while developing."""
    return Asset(path.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream")


def find(filename: str) -> Asset | None:
    """The static file of that name, or None where there is none."""
    path = safe_join(current_app.config["STATIC_DIR"], filename)
    try:
        return _read(Path(path), os.stat(path).st_mtime_ns) if path else None
    except (OSError, ValueError):  # a name with NUL is none
        return None


def asset_url(filename: str) -> str | None:
    """The address of a static file with its hash; None where the file is not installed."""
    asset = find(filename)
    return f"/static/{asset.digest}/{filename}" if asset else None


@bp.route("/static/<digest>/<path:filename>")
def static(digest: str, filename: str) -> Response:
    """Send a static file in the best encoding that the browser takes."""
    asset = find(filename)
    if asset is None:
        abort(404)
    encoding = request.accept_encodings.best_match(["br", "gzip", "identity"], "identity")
    body = asset.body if encoding == "identity" else getattr(asset, encoding)
    response = Response(body, mimetype=asset.mimetype)
    if encoding != "identity":
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{asset.digest}-{encoding}")
    response.cache_control.public = True
    response.cache_control.max_age = YEAR if digest == asset.digest else 0
    response.cache_control.immutable = digest == asset.digest
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    """Serve `portal/static` and let templates ask for `asset_url`."""
    app.config.setdefault("STATIC_DIR", str(Path(__file__).parent / "static"))
    app.register_blueprint(bp)
    app.jinja_env.globals["asset_url"] = asset_url
