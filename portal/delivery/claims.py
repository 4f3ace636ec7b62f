"""Who has a row of the outbox, and what became of it.

A row is claimed by compare-and-set and committed; then the provider is called
with no transaction open; then the result is saved at once. Rows to one address
in one lane (mail, audience) go one after the other, by their ids. Ids are in
the order of commits if whoever writes two such rows at a time holds the
person's row for update.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from blinker import Signal
from sqlalchemy import ColumnElement, Select, bindparam, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from portal.delivery import erasing
from portal.delivery.models import TAKEN, TO_DO, UNFINISHED, Action, Outgoing, OutgoingState
from portal.extensions import db, now

ROWS: Any = Outgoing.__table__
CLAIM_LASTS = timedelta(minutes=5)  # well over the longest time a provider call may take
# Sent with a row, its new `state` and `reason`, in the transaction that saves them: the features
# that made the row learn what became of it, and what they note is saved with it or not at all.
settled = Signal()
# Sent after that, with the state `before`, where a row was thought to have ended in another way.
corrected = Signal()


def claim(row_id: int) -> Outgoing | None:
    """Take a row to send it, if it is due and nothing before it is unfinished; commits.

    Of any number of workers that try at once, one gets it.
    """
    moment = now()
    values = {"row_id": row_id, "moment": moment, "until": moment + CLAIM_LASTS}
    found = db.session.connection().execute(_claim(), values).mappings().first()
    db.session.commit()
    # The session does not know this row, so reading it later opens no transaction.
    return Outgoing(**found) if found else None


@cache
def _claim() -> ReturningUpdate[Any]:
    """For each row that is sent; building a statement costs more than running it."""
    return (
        update(ROWS)
        .where(Outgoing.id == bindparam("row_id"), _ready(), ~blocked())
        .values(
            state=OutgoingState.SENDING,
            attempts=Outgoing.attempts + 1,
            claimed_until=bindparam("until"),
        )
        .returning(*ROWS.columns)
    )


def _ready() -> ColumnElement[bool]:
    """A row may go at `moment`: it is new, whatever a clock says, or its wait is over."""
    waited = (Outgoing.state == OutgoingState.WAITING) & (Outgoing.due_at <= bindparam("moment"))
    return (Outgoing.state == OutgoingState.QUEUED) | waited


@cache
def blocked() -> ColumnElement[bool]:
    """A row must wait: one before it, to the same address in the same lane, is unfinished."""
    earlier = aliased(Outgoing)
    return (
        select(earlier.id)
        .where(earlier.address_key == Outgoing.address_key, earlier.id < Outgoing.id)
        .where((earlier.action == Action.EMAIL) == (Outgoing.action == Action.EMAIL))
        .where(earlier.state.in_(UNFINISHED))
        .exists()
    )


def left_at(row: Outgoing) -> datetime:
    """When a claimed row was claimed, and so the earliest moment it may have left."""
    return (row.claimed_until or now()) - CLAIM_LASTS


def settle(row: Outgoing, state: OutgoingState, **values: Any) -> None:
    """Save what became of a claimed row; commits. Nothing changes if the claim was lost meanwhile.

    That the provider took a row is the truth whoever holds the claim by now,
    so it is saved in any case.
    """
    values |= {"state": state, "claimed_until": None}
    if state not in UNFINISHED:
        values["finished_at"] = now()
    if state is OutgoingState.ACCEPTED:
        values["payload"] = {}
    which = {"row_id": row.id, "claim": row.claimed_until}
    statement = _settle(state is OutgoingState.ACCEPTED, tuple(sorted(values)))
    new = {f"new_{name}": value for name, value in values.items()}
    address = db.session.connection().scalar(statement, which | new)
    if address == "":
        erasing.finish(row.id)
    if address is not None:
        settled.send(row, state=state, reason=values.get("reason", ""))
    db.session.commit()


@cache
def _settle(is_taken: bool, columns: tuple[str, ...]) -> ReturningUpdate[Any]:  # noqa: FBT001
    """For each row that is sent; building a statement costs more than running it."""
    ours = Outgoing.claimed_until == bindparam("claim")
    held = (Outgoing.state == OutgoingState.SENDING) & ours
    still_ours = Outgoing.state.not_in(TAKEN) if is_taken else held
    return (
        update(ROWS)
        .where(Outgoing.id == bindparam("row_id"), still_ours)
        .values({name: bindparam(f"new_{name}") for name in columns})
        .returning(Outgoing.address)
    )


def learn(
    row: Outgoing, state: OutgoingState, reason: str, *, provider: str = "", message_id: str = ""
) -> bool:
    """Save what a provider told us became of a row, which the caller holds for update.

    In the caller's transaction. Returns whether that was news. Whoever was
    asked to do it has it, so its content goes. A row that was cancelled stays
    as it is, and one whose person was forgotten keeps no words about them.
    """
    before = row.state
    if before is OutgoingState.CANCELLED:
        return False
    row.state, row.reason = state, reason if row.address else ""
    row.payload, row.claimed_until = {}, None
    row.finished_at = row.finished_at or now()
    row.provider = row.provider or provider
    if row.provider == provider:
        row.message_id = row.message_id or message_id
    db.session.flush()
    if before in UNFINISHED:
        if not row.address:
            erasing.finish(row.id)
        if follower := next_after(row):
            db.session.info.setdefault("outgoing", []).append((follower, timedelta(0)))
    if state is before:
        return False
    settled.send(row, state=state, reason=row.reason)
    if before not in UNFINISHED:
        corrected.send(row, state=state, before=before)
    return True


def next_after(row: Outgoing) -> int | None:
    """The id of the row for the same address that may go now that this one is settled."""
    values = {"key": row.address_key, "after": row.id, "is_mail": row.is_mail, "moment": now()}
    found: int | None = db.session.connection().scalar(_next_after(), values)
    return found


@cache
def _next_after() -> Select[Any]:
    return (
        select(func.min(Outgoing.id))
        .where(Outgoing.address_key == bindparam("key"), Outgoing.id > bindparam("after"))
        .where((Outgoing.action == Action.EMAIL) == bindparam("is_mail"))
        .where(_ready(), ~blocked())
    )


def due(before: datetime, most: int, but: ColumnElement[bool] | None = None) -> list[int]:
    """The ids of up to `most` rows that should have been sent before that moment.

    Those that fit `but` are left out.
    """
    overdue = Outgoing.state.in_(TO_DO) & (Outgoing.due_at < before)
    if but is not None:
        overdue &= ~but
    query = select(Outgoing.id).where(overdue, ~blocked())
    return list(db.session.scalars(query.order_by(Outgoing.due_at, Outgoing.id).limit(most)))


def abandoned() -> Iterable[Outgoing]:
    """Rows whose worker died, or took longer than a claim lasts, as they are now; commits."""
    expired = (Outgoing.state == OutgoingState.SENDING) & (Outgoing.claimed_until < now())
    rows = db.session.scalars(select(Outgoing).where(expired)).all()
    for row in rows:  # another sweep may settle it first: `settle` must see the old claim
        db.session.expunge(row)
    db.session.commit()
    return rows
