"""Bringing a backup back: proved first, then without undoing what was withdrawn since."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from portal import audit, journal, schema
from portal.backups import again, databases, files, manifest
from portal.backups.manifest import DATABASE, FILES, BackupError, Manifest
from portal.delivery import restored
from portal.delivery.restored import UNFINISHED_ID, Restoration
from portal.extensions import db, now
from portal.issues.models import Issue, IssueState
from portal.retention import services as retention
from portal.team.models import Browser

log = logging.getLogger(__name__)

UNPLANNED = (
    "The database was brought back from an older backup, so it does not leave by itself. Look "
    "whether people have got it already."
)
FAILED = (
    "{number} things that the journal has could not be done again; the log says which. Neither web "
    "nor worker starts before that. Have it mended, then run “flask restore --again”."
)

TOO_EARLY = (
    "That restore was stopped before the queue was held. Empty the database, and bring the backup "
    "back from the beginning."
)
OTHER_JOURNALS = (
    "That restore was begun with another journal than what is in {places}. Without it, people who "
    "left or took something back since would be back in. Say the same --journal again."
)

MOMENT = "%d %B %Y, %H:%M"
LOST = (
    f"Lost is what came from then until {{until:{MOMENT}}} UTC: sign-ups, messages, stories, "
    "answers and changes. People were told that we have them: tell them, where you know who."
)
HELD = (
    "Held: {held} rows that were queued then. None leaves before a manager says go, on the "
    "page “After a restore”, or “flask delivery restored --go” does."
)


def check(source: Path, journals: Sequence[Path], *, without_journal: bool) -> Manifest:
    """Prove that a backup can be brought back here, before anything is written.

    Raises BackupError.
    """
    told = manifest.written(source)
    if faults := list(manifest.faults(source, told)):
        raise BackupError(f"The backup is damaged: {'; '.join(faults)}. Take an older one.")
    if told.kind != databases.kind():
        words = f"This is a backup of {told.kind}, and DATABASE_URL is not"
        raise BackupError(f"{words}. Bring it back there, then run “flask database copy”.")
    if told.schema > schema.wanted():
        raise BackupError("The backup is of a newer portal than this one. Install that first.")
    databases.must_be_empty()
    known = [journal.name_of(place) for place in _there(journals)]
    if told.journal not in known and not without_journal:
        places = ", ".join(map(str, journals))
        raise BackupError(
            f"The journal that belongs to this backup is not in {places}. Without it, people who "
            "left or took something back since would be back in. Find it (JOURNAL_DIR, or "
            "--journal), or say --without-journal if it is lost."
        )
    return told


def _there(journals: Sequence[Path]) -> list[Path]:
    """Those folders in which there is a journal."""
    return [place for place in journals if (place / journal.KEY).exists()]


def bring_back(source: Path, told: Manifest, journals: Sequence[Path]) -> Restoration:
    """Bring it back, and hold what would leave by itself. Raises BackupError."""
    files.copy_in(source / FILES, told.files)
    begun = {
        "id": UNFINISHED_ID,
        "backup_at": told.made_at,
        "at": now(),
        "keys": json.dumps([journal.key_of(place).hex() for place in _there(journals)]),
        "numbers": "{}",
    }
    db.session.remove()
    db.engine.dispose()
    counts = databases.copy_in(source / DATABASE, begun)
    if counts != told.counts:
        wrong = [name for name in counts if counts[name] != told.counts.get(name)]
        raise BackupError(f"Other rows came back than were saved: {', '.join(wrong)}.")
    from flask_migrate import upgrade  # noqa: PLC0415 - it loads Alembic

    upgrade()
    _hold()
    return finish(journals)


def _hold() -> None:
    """Let nothing leave by itself, and nobody be in by an old session; commits."""
    held = restored.hold()
    db.session.execute(delete(Browser))
    retention.tell_anew()  # what a person has kept since the backup is not known here
    planned = select(Issue).where(Issue.state == IssueState.SCHEDULED)
    for issue in db.session.scalars(planned).all():
        issue.state, issue.send_at, issue.why = IssueState.APPROVED, None, UNPLANNED
    _unfinished().numbers = {"held": held}
    db.session.commit()


def _unfinished() -> Restoration:
    found = db.session.get(Restoration, UNFINISHED_ID)
    if found is None:
        raise BackupError("No restore waits to be finished here.")
    return found


def _must_go_on(begun: Restoration, journals: Sequence[Path]) -> None:
    """Raise BackupError where it was stopped too early, or would pass over a journal."""
    if "held" not in begun.numbers:
        raise BackupError(TOO_EARLY)
    there = {journal.key_of(place).hex() for place in _there(journals)}
    if set(begun.keys) - there:
        raise BackupError(OTHER_JOURNALS.format(places=", ".join(map(str, journals))))


def finish(journals: Sequence[Path]) -> Restoration:
    """Do again what the journals have, and let the site start; commits. Raises BackupError.

    Twice is once, so it may be stopped at any time and run again.
    """
    db.session.rollback()
    if not schema.found():
        raise BackupError(TOO_EARLY)
    db.session.rollback()
    begun = _unfinished()
    _must_go_on(begun, journals)
    numbers: dict[str, Any] = dict(begun.numbers)
    done = again.replay(_there(journals), begun.backup_at)
    numbers |= done
    if done["failed"]:
        raise BackupError(FAILED.format(number=done["failed"]))
    begun = _unfinished()
    kept = {"backup_at": begun.backup_at, "at": begun.at, "keys": begun.keys}
    db.session.delete(begun)
    held = sum(restored.held().values())
    over = Restoration(**kept, numbers=numbers | {"held": held})
    leaving = select(Issue.id).where(Issue.state == IssueState.SENDING).limit(1)
    if not held and db.session.scalar(leaving) is None:
        over.released_at = now()  # there is nothing to decide
    db.session.add(over)
    audit.note(audit.Deed.RESTORED, f"backup {kept['backup_at']:%Y-%m-%d %H:%M}")
    db.session.commit()
    return over


def last_known(journals: Sequence[Path], since: datetime) -> datetime:
    """Until when the site was in use after the backup, as far as the journals know."""
    moments = [line.at for place in journals for line in journal.read(place, since)]
    return max(moments, default=since)


def report(over: Restoration, until: datetime) -> list[str]:
    """What came of it, and what to do now, each in a sentence."""
    numbers = dict(over.numbers)
    held = numbers.pop("held", 0)
    done = [f"{name}: {number}" for name, number in sorted(numbers.items()) if number]
    return [
        f"All is as it was on {over.backup_at:{MOMENT}} UTC.",
        f"Done again, as the journal has it: {', '.join(done) or 'nothing'}.",
        LOST.format(until=until),
        HELD.format(held=held),
        "Now start the worker and the web, and run “flask newsletter sync”.",
    ]
