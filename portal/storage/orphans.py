"""Compares the files with the rows that name them: which files are left over, which are missing.

What was found is kept in a file of SQLite's own that is gone with it: of a million files there are
never more in memory than one part in 256, which is how the storage lays them out.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from portal.extensions import db, insert_into, now, write_rows
from portal.storage import files
from portal.storage.columns import PLACE, named
from portal.storage.dropping import drop
from portal.storage.models import DroppedFile, OrphanFile

log = logging.getLogger(__name__)

YOUNG = timedelta(days=1)  # a file's row may still come; a day is far longer than any request
KEPT = timedelta(days=30)  # a wrong database or a half restored one is noticed by then
MANY, SHARE = 100, 5  # more than so many, and one in so many: then something else is wrong
SHOWN = 100  # of what is missing
STEP = 500  # rows in one commit
PREFIXES = [f"{number:02x}" for number in range(256)]
TABLE = "CREATE TABLE named (place TEXT PRIMARY KEY, row TEXT, seen INT DEFAULT 0) WITHOUT ROWID"


@dataclass
class Leftovers:
    """What a comparison found."""

    files: int = 0
    young: int = 0
    """Files without a row, of the last day: their rows may still come."""
    foreign: list[str] = field(default_factory=list)
    """Names beside ours: left alone, whatever they are."""
    orphans: int = 0
    missing: int = 0
    missing_of: list[str] = field(default_factory=list)
    """The first rows that name a file which is not there, by table and number."""
    uploads: int = 0
    """Unfinished uploads to a bucket, of which nobody could read anything: they were ended."""

    @property
    def is_doubtful(self) -> bool:
        """Whether so much is left over that the wrong database or bucket is likelier."""
        return self.orphans > MANY and self.orphans * SHARE > self.files


class Comparison:
    """One comparison; a context manager, as what it found lies in a file."""

    def __init__(self) -> None:
        self.found = Leftovers()
        self._known = sqlite3.connect("", isolation_level=None)

    def __enter__(self) -> "Comparison":
        self._known.execute(TABLE)
        self._known.execute("CREATE TABLE orphan (place TEXT PRIMARY KEY, size INT) WITHOUT ROWID")
        return self

    def __exit__(self, *_error: object) -> None:
        self._known.close()

    def run(self) -> None:
        """Look at all rows first, then at all files. Raises what the file system raises."""
        self._known.execute("BEGIN")
        self._known.executemany("INSERT OR IGNORE INTO named (place, row) VALUES (?, ?)", named())
        self._known.executemany(
            "INSERT OR IGNORE INTO named VALUES (?, '', 1)", ((place,) for place in _going())
        )
        ends = now() - YOUNG
        self.found.foreign = [one for one in files.listed("") if one not in PREFIXES]
        for prefix in PREFIXES:
            for place, size, at in _of(prefix):
                self._look(place, size, is_young=at > ends)
        self._known.execute("COMMIT")
        self._look_for_missing()
        self.found.uploads = files.end_uploads(ends)

    def _look(self, place: str, size: int, *, is_young: bool) -> None:
        self.found.files += 1
        if self._known.execute("UPDATE named SET seen = 1 WHERE place = ?", (place,)).rowcount:
            return
        if is_young:
            self.found.young += 1
        else:
            self.found.orphans += 1
            self._known.execute("INSERT INTO orphan VALUES (?, ?)", (place, size))

    def _look_for_missing(self) -> None:
        query = "SELECT place, row FROM named WHERE NOT seen"
        for place, row in self._known.execute(query):
            if not files.is_there(place):  # or it came after its folder was looked at
                self.found.missing += 1
                if self.found.missing <= SHOWN:
                    self.found.missing_of.append(row)

    def orphans(self) -> Iterator[tuple[str, int]]:
        """Each file that no row names, with its size in bytes."""
        yield from self._known.execute("SELECT place, size FROM orphan ORDER BY place")

    def drop_all(self) -> None:
        """Have all of them removed; commits, a few at a time."""
        for some in self._steps():
            drop(*some)
            db.session.commit()

    def drop_old(self) -> int:
        """Have those removed that were orphans for long, and note the others; commits.

        Returns how many go. Where it is doubtful that they are orphans none does.
        """
        self._forget_found()
        if self.found.is_doubtful:
            return 0
        return sum(self._drop_old(some) for some in self._steps())

    def _drop_old(self, some: list[str]) -> int:
        new = insert_into(OrphanFile, db.engine.dialect.name).on_conflict_do_nothing()
        moment = now()
        db.session.execute(new, [{"place": place, "found_at": moment} for place in some])
        old = OrphanFile.place.in_(some), OrphanFile.found_at < moment - KEPT
        gone = db.session.scalars(select(OrphanFile.place).where(*old)).all()
        drop(*gone)
        write_rows(delete(OrphanFile).where(OrphanFile.place.in_(gone)))
        db.session.commit()
        return len(gone)

    def _forget_found(self) -> None:
        """Forget what was an orphan and has a row now, or is gone."""
        last = 0
        query = select(OrphanFile.id, OrphanFile.place).order_by(OrphanFile.id).limit(STEP)
        while rows := db.session.execute(query.where(OrphanFile.id > last)).all():
            last = rows[-1].id
            ours = "SELECT 1 FROM orphan WHERE place = ?"
            over = [row.id for row in rows if not self._known.execute(ours, [row.place]).fetchone()]
            write_rows(delete(OrphanFile).where(OrphanFile.id.in_(over)))
            db.session.commit()

    def _steps(self) -> Iterator[list[str]]:
        with closing(self._known.execute("SELECT place FROM orphan ORDER BY place")) as rows:
            while some := rows.fetchmany(STEP):
                yield [place for (place,) in some]


def _going() -> Iterator[str]:
    """The files that are to go already."""
    query = select(DroppedFile.place).execution_options(yield_per=STEP)
    yield from db.session.scalars(query)
    db.session.rollback()


def _of(prefix: str) -> Iterator[tuple[str, int, datetime]]:
    """The files of one part of the storage: place, size, when each was written."""
    for name, info in files.listed(prefix).items():
        place = f"{prefix}/{name}"
        if PLACE.fullmatch(place):
            yield place, info["size"] or 0, _written_at(info)


def _written_at(info: dict[str, Any]) -> datetime:
    """When a file was written, as its kind of file system tells."""
    at = info.get("mtime") or info.get("LastModified") or info.get("created")
    if isinstance(at, datetime):
        return at
    return datetime.fromtimestamp(at, UTC) if at else now()
