"""Who has a row of the outbox, and what became of it.

The outbox is the queue: one statement finds the most urgent row that may go
and claims it, and that is committed; then the provider is called with no
transaction open; then the result is saved, together with the next claim. Rows
to one address that belong together (`blocked`) go one after the other, by their
ids. Ids are in the order of commits if whoever writes two such rows at a time
holds the person's row for update.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from blinker import Signal
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from portal.delivery import batches, brake, breaker, erasing, routing
from portal.delivery.models import (
    TAKEN,
    TO_DO,
    UNFINISHED,
    Action,
    Outgoing,
    OutgoingState,
    Pause,
    Urgency,
)
from portal.extensions import db, now, write_rows

ROWS: Any = Outgoing.__table__
CLAIM_LASTS = timedelta(minutes=5)  # well over the longest time a provider call may take
CLOCKS_DIFFER = timedelta(minutes=1)  # from machine to machine; by more, one of them is wrong
IN_ORDER = (Urgency.PERSON, Urgency.UNPROVED)  # mails of these; of the team's each stands alone
NEW = Outgoing.state == OutgoingState.QUEUED
TRIED = (Outgoing.state == OutgoingState.WAITING) & (Outgoing.attempts > 0)
# Sent with a row, its new `state` and `reason`, in the transaction that saves them: the features
# that made the row learn what became of it, and what they note is saved with it or not at all.
settled = Signal()
# Sent after that, with the state `before`, where a row was thought to have ended in another way.
corrected = Signal()


def take(
    order: Sequence[Urgency] = tuple(Urgency),
    *,
    only: ColumnElement[bool] | None = None,
    before: datetime | None = None,
) -> tuple[Outgoing, routing.Route] | None:
    """Claim the next row to send: the oldest of the first urgency in `order` that has one.

    It is due (`before` that moment, or now), nothing before it is unfinished, a provider takes
    its like, and it is one of `only`, if that is said. Returns it with its way. Any number of
    workers may ask at once: each gets another row. Commits if there is one, with all else that
    the caller's transaction has.
    """
    pauses: dict[str, Pause] = {}
    rows = _claim(
        _first(tuple(order), breaker.NOBODY_RESTS if only is None else breaker.NOBODY_RESTS & only),
        before,
    )
    if not rows and (pauses := breaker.pauses()):
        ready = routing.can_go()
        rows = _claim(_first(tuple(order), ready if only is None else ready & only), before)
    for row in rows:
        if way := routing.find(row, pauses):
            return row, way
        # This very moment another worker has begun to try its provider.
        settle(row, OutgoingState.WAITING, attempts=row.attempts - 1)
        db.session.commit()
    return None


def take_more(row: Outgoing, most: int) -> list[Outgoing]:
    """Claim up to so many rows more that are of the same kind as a claimed one; commits."""
    alike = (Outgoing.action == row.action) & (Outgoing.provider == row.provider)
    alike &= Outgoing.batch_id.is_not_distinct_from(row.batch_id)
    found = _next(Urgency(row.urgency), alike, literal(most)).cte("found")
    return _claim(_take(ROWS.c.id.in_(select(found.c.id))))


def _claim(statement: ReturningUpdate[Any], before: datetime | None = None) -> list[Outgoing]:
    """Rows that are claimed now; commits if there are any."""
    moment = now()
    before = before or moment
    values = {"before": before, "soon": before + CLOCKS_DIFFER, "until": moment + CLAIM_LASTS}
    found = db.session.connection().execute(statement, values).mappings().all()
    # The session does not know these rows, so reading them later opens no transaction.
    rows = [Outgoing(**row) for row in found]
    if rows and rows[0].urgency == Urgency.UNPROVED and not brake.use():
        # This very moment another worker has used the last permit.
        settle(
            rows.pop(), OutgoingState.WAITING, attempts=found[0]["attempts"] - 1, reason=brake.WHY
        )
    if found:
        db.session.commit()
    return rows


@lru_cache(maxsize=16)
def _first(order: tuple[Urgency, ...], which: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """For each row that is sent; building a statement costs more than running it."""
    # A database looks for the second only where there is no first: each is a step in an index.
    each = (_next(urgency, which, literal(1)).scalar_subquery() for urgency in order)
    return _take(ROWS.c.id == func.coalesce(*each, null()))


def _take(which: ColumnElement[bool]) -> ReturningUpdate[Any]:
    sending = {"state": OutgoingState.SENDING, "claimed_until": bindparam("until")}
    taken = update(ROWS).where(which).values(attempts=ROWS.c.attempts + 1, **sending)
    return taken.returning(*ROWS.columns, Outgoing.kind.label("kind"))


def _next(urgency: Urgency, which: ColumnElement[bool], most: ColumnElement[int]) -> Select[Any]:
    ready = (Outgoing.urgency == literal(int(urgency))) & _is_due() & ~blocked() & which
    ready &= batches.is_let(hold=True)
    if urgency is Urgency.UNPROVED:
        ready &= brake.lets_go()
    first = select(Outgoing.id).where(ready).order_by(Outgoing.due_at, Outgoing.id).limit(most)
    return first.with_for_update(skip_locked=True)


def _is_due() -> ColumnElement[bool]:
    """A row may go: it is new, or its wait is over at the moment that is given as `before`."""
    soon = Outgoing.due_at <= bindparam("soon")  # for another machine's clock may be fast
    return Outgoing.is_in(*TO_DO) & soon & (NEW | (Outgoing.due_at <= bindparam("before")))


def _number(urgency: Urgency) -> ColumnElement[int]:
    return literal_column(str(int(urgency)), Integer)


@cache
def blocked() -> ColumnElement[bool]:
    """A row must wait: one before it that belongs to it is unfinished.

    Changes of a contact belong together, and so do mails of one urgency to a person.
    """
    earlier = aliased(Outgoing)
    both = (earlier.urgency == Outgoing.urgency) & Outgoing.urgency.in_(map(_number, IN_ORDER))
    alike = (earlier.action == Action.EMAIL) == (Outgoing.action == Action.EMAIL)
    return (
        select(earlier.id)
        .where(earlier.address_key == Outgoing.address_key, earlier.id < Outgoing.id)
        .where(alike, or_(Outgoing.action != Action.EMAIL, both))
        .where(earlier.is_in(*UNFINISHED))
        .exists()
    )


def left_at(row: Outgoing) -> datetime:
    """When a claimed row was claimed, and so the earliest moment it may have left."""
    return (row.claimed_until or now()) - CLAIM_LASTS


def settle(row: Outgoing, state: OutgoingState, **values: Any) -> bool:
    """Save what became of a claimed row, in the caller's transaction, which is to end soon.

    Nothing changes if the claim was lost meanwhile. That the provider took a row is the truth
    whoever holds the claim by now, so it is saved in any case. Returns whether a provider rests.
    """
    values |= {"state": state, "claimed_until": None}
    if state not in UNFINISHED:
        values["finished_at"] = now()
    if state is OutgoingState.ACCEPTED:
        values["payload"] = {}
    which = {"row_id": row.id, "claim": row.claimed_until}
    statement = _settle(state is OutgoingState.ACCEPTED, tuple(sorted(values)))
    new = {f"new_{name}": value for name, value in values.items()}
    saved = db.session.connection().execute(statement, which | new).first()
    if saved is None:
        return False
    if not saved.address:
        erasing.forget_rows([row.id])
    settled.send(row, state=state, reason=values.get("reason", ""))
    return bool(saved.somebody_rests)


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
        .returning(Outgoing.address, breaker.SOMEBODY)
    )


def learn(
    row: Outgoing, state: OutgoingState, reason: str, *, provider: str, message_id: str
) -> None:
    """Save what a provider told us became of a row, which the caller holds for update.

    In the caller's transaction. Whoever was asked to do it has it, so its
    content goes. A row that was cancelled stays as it is, and one whose
    person was forgotten keeps no words about them.
    """
    before = row.state
    if before is OutgoingState.CANCELLED:
        return
    row.state, row.reason = state, reason if row.address else ""
    row.payload, row.claimed_until = {}, None
    row.finished_at = row.finished_at or now()
    row.provider = row.provider or provider
    if row.provider == provider:
        row.message_id = row.message_id or message_id
    db.session.flush()
    if before in UNFINISHED and not row.address:
        erasing.forget_rows([row.id])
    if state is not before:
        settled.send(row, state=state, reason=row.reason)
        if before not in UNFINISHED:
            corrected.send(row, state=state, before=before)


def is_abandoned(since: timedelta = timedelta(0)) -> ColumnElement[bool]:
    """A row was claimed, and its claim is over for so long, or was made while a clock was wrong."""
    moment, until = now(), Outgoing.claimed_until
    wrong = until > moment + CLAIM_LASTS + CLOCKS_DIFFER
    return Outgoing.is_in(OutgoingState.SENDING) & ((until < moment - since) | wrong)


def detached(query: Select[Outgoing]) -> list[Outgoing]:
    """The rows that a query finds, as they are now, free of any transaction; commits."""
    rows = list(db.session.scalars(query))
    for row in rows:  # another worker may settle it first: `settle` must see the old claim
        db.session.expunge(row)
    db.session.commit()
    return rows


def hurry(which: ColumnElement[bool]) -> None:
    """Let rows go now that were put off, of those in question (`NEW`, `TRIED`); commits."""
    moment = now()
    put_off = Outgoing.is_in(*TO_DO) & (Outgoing.due_at > moment)
    write_rows(update(Outgoing).where(put_off, which).values(due_at=moment))
    db.session.commit()
