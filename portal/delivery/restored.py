"""What a backup that was brought back left to decide: its queue waits until a person says go."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, Text, case, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.delivery.models import TO_DO, Outgoing, OutgoingState
from portal.extensions import Model, Moment, db, now, write_rows

NEVER = datetime(9000, 1, 1, tzinfo=UTC)  # when a row is due that waits for a person
WHY = "It was queued before the backup that was brought back. Somebody of the team lets it go"
DROPPED = "It was queued before the backup that was brought back, and dropped by hand"
KEPT_FOR = timedelta(days=90)  # longer than any row is tried
UNFINISHED_ID = 0


class Restoration(Model):
    """A backup that was brought back."""

    id: Mapped[int] = mapped_column(primary_key=True)
    """`UNFINISHED_ID` until all is done: meanwhile neither web nor worker starts."""
    backup_at: Mapped[datetime] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)
    keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Those of the journals that were read, in hexadecimal."""
    numbers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How often what was done again, or held."""
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a person let go what was held."""


class SentBefore(Model):
    """A mail that left, or may have, after the backup, and whose row is not in it."""

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    """Of its key, by one of the `keys`."""
    at: Mapped[datetime] = mapped_column(Moment)
    is_sure: Mapped[bool]
    """Whether a provider said that it took it."""


def newest() -> Restoration | None:
    """The last backup that was brought back."""
    query = select(Restoration).where(Restoration.id != UNFINISHED_ID)
    return db.session.scalar(query.order_by(Restoration.id.desc()).limit(1))


def waits() -> ColumnElement[bool]:
    """In SQL: whether a row waits for a person to let it go."""
    return Outgoing.is_in(*TO_DO) & (Outgoing.due_at >= NEVER)


def is_open() -> bool:
    """Whether a restore waits for a person to say go: what the clock begins waits for that too."""
    query = select(Restoration.id).where(Restoration.released_at.is_(None))
    return db.session.scalar(query) is not None


def held() -> dict[str, int]:
    """How many wait, by their kind."""
    query = select(Outgoing.kind, func.count()).where(waits()).group_by(Outgoing.kind)
    return {row[0]: row[1] for row in db.session.execute(query)}


def hold() -> int:
    """Let nothing leave that is queued now, in the caller's transaction; how much it is.

    What was leaving waits too, as something that may have left: the journal may know better.
    """
    unfinished = Outgoing.is_in(*TO_DO, OutgoingState.SENDING)
    values = {"state": OutgoingState.WAITING, "attempts": 0, "claimed_until": None}
    values |= {"due_at": NEVER, "reason": WHY}
    was_leaving = Outgoing.state == OutgoingState.SENDING
    since = func.coalesce(Outgoing.unsure_since, now())
    values["unsure_since"] = case((was_leaving, since), else_=Outgoing.unsure_since)
    return write_rows(update(Outgoing).where(unfinished).values(values)).rowcount


def release() -> int:
    """Let all go that waits; in the caller's transaction. Returns how many."""
    values = {"state": OutgoingState.QUEUED, "due_at": now(), "reason": ""}
    return _decide(values)


def drop() -> int:
    """Never send what waits, and forget for whom it was; in the caller's transaction."""
    values = {"state": OutgoingState.CANCELLED, "finished_at": now(), "reason": DROPPED}
    return _decide(values | {"address": "", "address_key": "", "payload": {}})


def _decide(values: dict[str, Any]) -> int:
    number = write_rows(update(Outgoing).where(waits()).values(values)).rowcount
    open_ = update(Restoration).where(Restoration.released_at.is_(None))
    write_rows(open_.values(released_at=now()))
    return number


def forget() -> None:
    """Drop what was kept of mails that no row can stand for any more; commits."""
    write_rows(delete(SentBefore).where(SentBefore.at < now() - KEPT_FOR))
    db.session.commit()
