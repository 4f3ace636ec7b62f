"""Where things are kept, as settings say it: each form is read into the one that libraries take.

Every function takes a setting's text, gives an absolute place, and raises ValueError for what
leads nowhere. What stands in them may be a password, so no error quotes it.
"""

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import URL

ROOT = Path(__file__).resolve().parent.parent
MEMORY = "memory://"  # for tests: no two processes share it
SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
POSTGRES = {"postgres", "postgresql", "postgresql+psycopg"}
REDIS = {"redis", "rediss"}
REDIS_SOCKET = {"unix", "redis+unix"}
SQLITE = re.compile(r"sqlite(?:\+pysqlite)?:///(?!:memory:|file:)([^?]+)", re.IGNORECASE)
BUCKET = re.compile(r"s3a?://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[^?#]*)?)", re.IGNORECASE)


def folder(text: str) -> str:
    """A path: from the portal's own folder on, where it is not absolute."""
    if SCHEME.match(text):
        raise ValueError(text)
    try:
        return str((ROOT / Path(text).expanduser()).resolve())
    except RuntimeError as error:  # there is no such home
        raise ValueError(text) from error


def database(text: str) -> str:
    """SQLAlchemy's address of a file for SQLite, or of a database of PostgreSQL."""
    if found := SQLITE.fullmatch(text):
        return sqlite(folder(unquote(found[1])))
    parts = _split(text)
    if parts.scheme not in POSTGRES or not (parts.path.strip("/") or parts.query):
        raise ValueError(text)
    return _with_scheme(text, "postgresql+psycopg")


def sqlite(path: str) -> str:
    """The address of a file, whatever letters are in its path."""
    return URL.create("sqlite", database=path).render_as_string()


def queue(text: str) -> str:
    """Where Huey keeps its tasks: as for the database, or in Redis."""
    return MEMORY if text == MEMORY else _redis(text) or database(text).replace("+psycopg", "", 1)


def counts(text: str) -> str:
    """Where is counted: a file, or Redis as the library `limits` writes it."""
    if text == MEMORY:
        return MEMORY
    found = _redis(text)
    if not found and not SQLITE.fullmatch(text):
        raise ValueError(text)
    return found.replace("unix:", "redis+unix:", 1) if found else database(text)


def files(text: str) -> str:
    """A folder, or a bucket with what stands before each name in it."""
    if text.startswith(MEMORY):
        return text
    if found := BUCKET.fullmatch(text):
        return f"s3://{found[1].lower()}{found[2]}".rstrip("/")
    parts = urlsplit(text)
    if parts.scheme in {"file", "local"}:
        if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
            raise ValueError(text)
        text = unquote(parts.path)
    return folder(text)


def scanner(text: str) -> str:
    """Where clamd listens: the path of a socket, or a host with its port."""
    if text.startswith(("/", "~")):
        return folder(text)
    parts = _split(text if text.startswith(("unix:", "tcp:")) else f"//{text}")
    if parts.scheme == "unix" and not parts.netloc:
        return folder(parts.path)
    # clamav_client opens sockets for IPv4 alone
    if parts.scheme not in {"", "tcp"} or not parts.hostname or ":" in parts.hostname:
        raise ValueError(text)
    if not parts.port or parts.path:
        raise ValueError(text)
    return f"{parts.hostname}:{parts.port}"


def _redis(text: str) -> str:
    """The address as redis-py takes it, or nothing where it is none of Redis."""
    parts = _split(text)
    if parts.scheme in REDIS_SOCKET and not parts.netloc.rpartition("@")[2] and parts.path:
        return _with_scheme(text, "unix")
    if parts.scheme in REDIS and parts.hostname and re.fullmatch(r"/?\d{0,4}", parts.path):
        return _with_scheme(text, parts.scheme)
    return ""


def _split(text: str) -> SplitResult:
    """The parts of an address, with a port that is one."""
    parts = urlsplit(text)
    if parts.port == 0:  # to ask for it raises ValueError for what is no number, or too large
        raise ValueError(text)
    return parts


def _with_scheme(text: str, scheme: str) -> str:
    """The address with another scheme, and with the two slashes that one may go without."""
    return f"{scheme}://{text.partition(':')[2].removeprefix('//')}"
