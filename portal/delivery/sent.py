"""Which mails have left, as the journal says it: after a restore none of them leaves again."""

from collections.abc import Iterable, Sequence

from flask import current_app
from sqlalchemy import or_, select

from portal import journal
from portal.delivery import claims
from portal.delivery.models import SEND, Action, Outgoing, OutgoingState
from portal.delivery.restored import Restoration, SentBefore, waits
from portal.extensions import db, insert_into, now, read_only
from portal.journal import Noted

LEAVING, LEFT, STAYED = "mail-leaving", "mail-left", "mail-stayed"
"""A provider is about to be asked; it has taken it; it has not."""
WHY = "It left, or may have left, after the backup that was brought back"
KEYS = "keys of journals"  # under this name the app has those by which it knows what has left


def note(kind: str, rows: Sequence[Outgoing]) -> None:
    """Note it of those of these rows that must not go twice; before they leave, on the disk.

    Raises OSError where that cannot be written.
    """
    if keys := [row.key for row in rows if row.is_once]:
        journal.write(((kind, key, "") for key in keys), is_sure=kind == LEAVING)


def left(entries: Iterable[Noted]) -> dict[str, Noted]:
    """The last line of each mail that has left, or may have, by its digest."""
    found: dict[str, Noted] = {}
    for entry in entries:
        if entry.kind == STAYED:
            found.pop(entry.digest, None)
        elif entry.kind in {LEAVING, LEFT}:
            found[entry.digest] = entry
    return found


def settle_held(key: bytes, known: dict[str, Noted]) -> int:
    """Give the rows that wait after a restore the state that a journal knows of them.

    In the caller's transaction; `key` is the journal's. What it knows of rows that are not here
    is kept: they may be made again. Returns how many there were.
    """
    is_once = or_(
        Outgoing.action == Action.EMAIL,
        (Outgoing.action == Action.CAMPAIGN) & (Outgoing.name == SEND),
    )
    found = db.session.scalars(select(Outgoing).where(waits(), is_once)).all()
    mine = {row: known.pop(journal.digest(key, row.key), None) for row in found}
    for row, entry in mine.items():
        if entry:
            row.unsure_since = row.unsure_since or entry.at
            _settle(row, is_sure=entry.kind == LEFT)
    rows = [{"digest": d, "at": one.at, "is_sure": one.kind == LEFT} for d, one in known.items()]
    if rows:
        connection = db.session.connection()
        new = insert_into(SentBefore, connection.dialect.name).on_conflict_do_nothing()
        connection.execute(new, rows)
    return sum(entry is not None for entry in mine.values())


def _settle(row: Outgoing, *, is_sure: bool) -> None:
    row.state = OutgoingState.ACCEPTED if is_sure else OutgoingState.UNCERTAIN
    row.reason, row.finished_at, row.due_at = WHY, now(), now()
    row.payload = {} if is_sure else row.payload
    db.session.flush()
    claims.settled.send(row, state=row.state, reason=WHY)


def before(row: Outgoing) -> OutgoingState | None:
    """What became of such a mail before the database was brought back, where anything did."""
    keys = _keys() if row.is_once else []
    if not keys:
        return None
    digests = [journal.digest(key, row.key) for key in keys]
    read_only()
    query = select(SentBefore.is_sure).where(SentBefore.digest.in_(digests))
    is_sure = db.session.scalar(query)
    db.session.rollback()
    if is_sure is None:
        return None
    return OutgoingState.ACCEPTED if is_sure else OutgoingState.UNCERTAIN


def _keys() -> list[bytes]:
    """The keys of journals after which there are such mails; a restore needs a new worker."""
    if KEYS not in current_app.extensions:
        read_only()
        found = db.session.scalars(select(Restoration.keys)).all()
        is_any = db.session.scalar(select(SentBefore.digest).limit(1))
        db.session.rollback()
        keys = [bytes.fromhex(key) for some in found for key in some] if is_any else []
        current_app.extensions[KEYS] = keys
    found_keys: list[bytes] = current_app.extensions[KEYS]
    return found_keys
