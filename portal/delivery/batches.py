"""Rows that leave together or not at all: shut at once, and then cancelled step by step."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

from sqlalchemy import ColumnElement, case, func, or_, select, update

from portal.delivery.models import TO_DO, Batch, Outgoing, OutgoingState
from portal.extensions import db, now, write_rows

AT_ONCE = 500  # rows: others can write between two such steps


@cache
def is_let(*, hold: bool = False) -> ColumnElement[bool]:
    """A row is in no batch, or that is open.

    With `hold` nobody can shut it before the commit, and who is about to is waited for.
    """
    mine = select(Batch.id).where(Batch.id == Outgoing.batch_id, Batch.is_open)
    mine = mine.with_for_update(read=True) if hold else mine
    return or_(Outgoing.batch_id.is_(None), mine.exists())


def set_open(ids: Iterable[int], *, is_open: bool) -> None:
    """Open or shut batches, in the caller's transaction. What a provider has by then, it has."""
    write_rows(update(Batch).where(Batch.id.in_(ids)).values(is_open=is_open))


def cancel(batch_id: int, why: str) -> int:
    """Cancel some of what has not left of a shut batch, in the caller's transaction.

    What may have left in an earlier try is uncertain. Returns how many rows it was.
    """
    mine = (Outgoing.batch_id == batch_id) & Outgoing.state.in_(TO_DO)
    some = select(Outgoing.id).where(mine).limit(AT_ONCE)
    may_have_left = Outgoing.unsure_since.is_not(None)
    values = {
        "state": case(
            (may_have_left, OutgoingState.UNCERTAIN.value), else_=OutgoingState.CANCELLED.value
        ),
        "finished_at": now(),
        "reason": case((may_have_left, Outgoing.reason), else_=why),
    }
    return write_rows(update(Outgoing).where(mine, Outgoing.id.in_(some)).values(values)).rowcount


def counts(batch_id: int) -> Counter[OutgoingState]:
    """How many mails of a batch are in each state."""
    mine = Outgoing.batch_id == batch_id
    query = select(Outgoing.state, func.count()).where(mine).group_by(Outgoing.state)
    return Counter({row[0]: row[1] for row in db.session.execute(query)})
