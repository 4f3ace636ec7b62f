"""What a restore must not undo: who left, what was taken back or erased, which mails have left.

Each is a line in a file outside of the database and its backups, on the disk before the commit
that makes it true; where that commit fails the line stays, in the person's favour. A line has a
digest (HMAC, RFC 2104), by a key beside it, and so names nobody. `flask restore` reads the lines
that are younger than the backup and does again what they say.
"""

import errno
import hmac
import os
import re
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import event

from portal.extensions import Base, db, now

ADDRESS, OUTGOING = "address", "outgoing"
"""What a kind is of, where that is no model: an `address_key`, or the key of an outbox row."""
KEY = "key"
DIGITS = 32  # of a digest, in hexadecimal: 128 bits
LINE = re.compile(rf"(\S+) ([a-z-]+) ([0-9a-f]{{{DIGITS}}})(?: (\S+))?")
WAITING = "journal"  # under this name a session has what its commit will write
KNOWN = "journal-known"  # and under this what is not to be written once more


class Noted(NamedTuple):
    """One line."""

    at: datetime
    kind: str
    digest: str
    word: str = ""
    """What else has to be known, such as the purpose of a consent."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.at.isoformat(), *self[1:])))


class JournalKind:
    """One kind of thing that a restore must not undo, and how it is done again."""

    def __init__(self, name: str, of: type[Base] | str, *, of_unknown: bool = False) -> None:
        self.name, self.of, self.of_unknown = name, of, of_unknown
        self.replay: Callable[[Any, Noted], None] | None = None
        KINDS[name] = self

    def note(self, subject: Base | str, word: str = "") -> None:
        """Write it with the caller's commit: before that, and not without it."""
        if not db.session().in_transaction():
            db.session.begin()  # or nothing would be told of a rollback
        waiting = db.session.info.setdefault(WAITING, [])
        about = subject if isinstance(subject, str) else identity(subject)
        waiting.append((self.name, about, word))

    def again(self, replay: Callable[[Any, Noted], None]) -> Callable[[Any, Noted], None]:
        """Register what does it again after a restore, to whom the line is about; it may commit.

        It is called with None where nobody is found, if the kind is also `of_unknown`.
        """
        self.replay = replay
        return replay


KINDS: dict[str, JournalKind] = {}


def identity(row: Base) -> str:
    """What stands for a row: after a restore its number alone may be another one's."""
    at = next(getattr(row, name) for name in MOMENTS if hasattr(row, name))
    return identified(row.__tablename__, row.id, at)  # type: ignore[attr-defined]


MOMENTS = ("created_at", "at", "create_datetime")


def identified(table: str, number: int, at: datetime) -> str:
    """The same, by the parts of it."""
    return f"{table} {number} {at.isoformat()}"


def folder() -> Path:
    """Where the journal of this machine is."""
    return Path(current_app.config["JOURNAL_DIR"])


def write(entries: Iterable[tuple[str, str, str]], *, is_sure: bool = True) -> None:
    """Append kinds, subjects and words. Raises OSError where it is not on the disk.

    What need not be sure to stay waits for no disk.
    """
    key, moment = key_of(folder()), now()
    lines = [Noted(moment, kind, digest(key, about), word) for kind, about, word in entries]
    # A line that a power cut has torn is ended first; readers pass over what is no line.
    words = "".join(f"\n{line}" for line in lines) + "\n"
    path = folder() / f"{moment:%Y-%m-%d}-{socket.gethostname()}.log"
    is_new = not path.exists()
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(file, words.encode()) < len(words):
            raise OSError(errno.ENOSPC, f"The journal could not be written whole: {path}")
        if is_sure:
            os.fdatasync(file)
    finally:
        os.close(file)
    if is_new:
        flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Let the names in a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(key: bytes, subject: str) -> str:
    """What a line has of its subject."""
    return hmac.digest(key, subject.encode(), "sha256").hex()[:DIGITS]


def key_of(place: Path) -> bytes:
    """The key of the journal in a folder, which is made at the first time.

    It changes with no other key: what it was written with, it must be read with.
    """
    path = place / KEY
    if not path.exists():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = place / f"{KEY}.{secrets.token_hex(4)}"
        made.touch(0o600)
        made.write_bytes(secrets.token_hex(32).encode())
        with suppress(FileExistsError):  # another process was quicker
            os.link(made, path)
        made.unlink()
        flush_folder(place)
    return path.read_bytes()


def name_of(place: Path) -> str:
    """What tells one journal from another; a backup knows it."""
    return digest(key_of(place), "the journal itself")


def read(place: Path, since: datetime) -> Iterator[Noted]:
    """The lines of a journal from that moment on, oldest first."""
    found = []
    for path in sorted(place.glob("*.log")):
        if path.name[:10] < f"{since:%Y-%m-%d}":
            continue
        for line in path.read_text("ascii", "replace").splitlines():
            if match := LINE.fullmatch(line):
                at, *rest = match.groups("")
                with suppress(ValueError):
                    found.append(Noted(datetime.fromisoformat(at), *rest))
    yield from sorted(one for one in found if one.at >= since)


def drop_old() -> None:
    """Delete what is older than any backup that is still kept (JOURNAL_DAYS)."""
    first = now().date() - timedelta(days=current_app.config["JOURNAL_DAYS"])
    for path in folder().glob("*.log"):
        with suppress(ValueError):
            if date.fromisoformat(path.name[:10]) < first:
                path.unlink(missing_ok=True)


@contextmanager
def doing_again(since: datetime) -> Iterator[None]:
    """Write nothing meanwhile that the journal of this machine has since then: it would double."""
    db.session.info[KNOWN] = {one[1:] for one in read(folder(), since)}
    try:
        yield
    finally:
        db.session.info.pop(KNOWN, None)


@event.listens_for(db.session, "before_commit")
def _write_ahead(session: Any) -> None:
    """Write what the commit makes true, once the database has taken all of it but the commit."""
    if session.info.get(WAITING):
        session.flush()
        entries, known = session.info.pop(WAITING), session.info.get(KNOWN, ())
        key = key_of(folder()) if known else b""
        if new := [one for one in entries if not known or _line_of(key, *one) not in known]:
            write(new)


def _line_of(key: bytes, kind: str, about: str, word: str) -> tuple[str, str, str]:
    return kind, digest(key, about), word


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Any, _transaction: object) -> None:
    session.info.pop(WAITING, None)
