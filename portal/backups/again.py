"""Reading the journal after a restore, and doing again what it says."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal import journal
from portal.delivery import sent
from portal.delivery.models import Outgoing
from portal.extensions import Base, db
from portal.inbox import replay as of_inbox
from portal.issues import replay as of_issues
from portal.journal import KINDS, MOMENTS, JournalKind, Noted
from portal.newsletter import replay as of_newsletter
from portal.stories import replay as of_stories
from portal.team import replay as of_team

log = logging.getLogger(__name__)

REPLAYS = (of_newsletter, of_inbox, of_stories, of_issues, of_team)
"""Loaded, they say how each kind is done again."""
ADDRESSES = ("email_key", "address_key")
"""What columns are called that hold the key of somebody's address."""
CLOCKS_DIFFER = timedelta(minutes=15)  # and a commit takes a while
Find = Callable[[str], Any]


class Finder:
    """Finds what the digests of one journal stand for, among what is in the database."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.known: dict[Any, dict[str, Any]] = {}

    def find(self, kind: JournalKind, digest: str) -> Any:
        """The address, row or key that it stands for; None where it is not here."""
        if kind.of not in self.known:
            self.known[kind.of] = {
                journal.digest(self.key, subject): found for subject, found in _subjects(kind.of)
            }
            db.session.rollback()
        found = self.known[kind.of].get(digest)
        if found is None or isinstance(kind.of, str):
            return found
        return db.session.get(kind.of, found)


def _subjects(of: type[Base] | str) -> Iterator[tuple[str, Any]]:
    """All that there is of one sort: how it is written before its digest, and what finds it."""
    if of == journal.OUTGOING:
        yield from ((key, key) for key in db.session.scalars(select(Outgoing.key)))
    elif isinstance(of, str):
        columns = [one for table in Base.metadata.sorted_tables for one in table.c]
        for column in columns:
            if column.name in ADDRESSES:
                found = db.session.scalars(select(column).where(column != "").distinct())
                yield from ((key, key) for key in found)
    else:
        at = next(getattr(of, name) for name in MOMENTS if hasattr(of, name))
        for number, moment in db.session.execute(select(of.id, at)):  # type: ignore[attr-defined]
            yield journal.identified(of.__tablename__, number, moment), number


def replay(places: Sequence[Path], since: Any) -> Counter[str]:
    """Do again what these journals have since then, oldest first; commits as it goes.

    Returns how often what was done, and under "failed" what could not be. Twice is once.
    """
    keys = [journal.key_of(place) for place in places]
    numbers: Counter[str] = Counter()
    lines = [list(journal.read(place, since - CLOCKS_DIFFER)) for place in places]
    for key, mine in zip(keys, lines, strict=True):
        numbers["mails that had left"] += sent.settle_held(key, sent.left(mine))
        db.session.commit()
    finders = [Finder(key) for key in keys]
    theirs = zip(lines, finders, strict=True)
    pairs = [(line, finder) for mine, finder in theirs for line in mine]
    with journal.doing_again(since - CLOCKS_DIFFER):
        for line, finder in sorted(pairs, key=lambda one: one[0].at):
            if kind := KINDS.get(line.kind):
                numbers[_once(kind, line, finder)] += 1
    del numbers[""]
    return numbers


def _once(kind: JournalKind, line: Noted, finder: Finder) -> str:
    """Do one thing again; returns how it is counted, if it is."""
    try:
        subject = finder.find(kind, line.digest)
        if subject is None and not kind.of_unknown:
            return ""  # it is younger than the backup
        assert kind.replay is not None  # noqa: S101 - a test sees to it
        kind.replay(subject, line)
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("What the journal has of %s could not be done again: %s", line.at, kind.name)
        return "failed"
    return kind.name
