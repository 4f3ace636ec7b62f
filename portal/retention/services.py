"""Telling a week ahead what ends, ending it, and keeping what a person wants to keep.

A row ends only where the team was told of it at least a week before, nobody keeps it, and its time
is over as things stand in the very transaction that deletes it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, select, true

from portal import sweeping
from portal.extensions import db, insert_into, now, write_rows
from portal.retention import Period, kinds, told_kinds
from portal.retention.models import Ending
from portal.transaction import NotPossible, one_transaction

AHEAD = timedelta(days=7)
"""How long before its end the team is told, and for how long it is told at once."""
MOST = 5_000
"""Of a kind, in one notice: what is more comes in the next, so that a wrong setting is seen."""
AT_ONCE = 1_000
"""Of a kind, in an hour."""
SOME_DAY = timedelta(days=365 * 100)
NOT_THERE = "It is not among what we delete by itself. It may have changed, or be gone by now."


def announce(moment: datetime) -> dict[str, int]:
    """Note what ends in the week that begins a week after the moment, in the caller's transaction.

    Returns how many of each kind.
    """
    return {kind.name: _announce(kind, moment) for kind in told_kinds()}


def _announce(kind: Period, moment: datetime) -> int:
    row, due = _parts(kind, moment + 2 * AHEAD)
    some = select(literal(kind.name), row.id, literal(moment + AHEAD, Ending.goes_at.type))
    some = some.add_columns(literal(moment, Ending.at.type)).where(due, ~_noted(kind, row.id))
    some = some.order_by(row.id).limit(MOST)
    write_rows(insert(Ending).from_select(["kind", "row_id", "goes_at", "at"], some))
    told = (Ending.kind == kind.name) & (Ending.at == moment)
    # PostgreSQL's driver does not say how many rows such an insert made.
    return db.session.scalar(select(func.count()).select_from(Ending).where(told)) or 0


def end_due() -> dict[str, int]:
    """Delete what was told of and is over; each in a transaction of its own.

    Returns how many of each kind. What is not to end any more is not told of any more.
    """
    done = {kind.name: _end(kind) for kind in told_kinds()}
    for kind in told_kinds():
        _take_back(kind)
    return done


def _end(kind: Period) -> int:
    row, due = _parts(kind, now())
    told = (Ending.kind == kind.name) & (Ending.goes_at <= now())
    over = exists().where(row.id == Ending.row_id, due)
    ids = list(db.session.scalars(select(Ending.row_id).where(told, over).limit(AT_ONCE)))
    db.session.rollback()  # nothing is held from one to the next
    return sum(sweeping.each(row, partial(_is_over, kind, one), partial(_one, kind)) for one in ids)


def _is_over(kind: Period, row_id: int) -> ColumnElement[bool]:
    row, due = _parts(kind, now())
    return and_(row.id == row_id, due, _noted(kind, row.id, Ending.goes_at <= now()))


def _one(kind: Period, row: Any) -> None:
    row_id = row.id
    assert kind.end  # noqa: S101 - of those that are told of
    kind.end(row)
    forget(kind.name, row_id)


def _take_back(kind: Period) -> None:
    """Forget what was told of rows that changed since; they are told of anew in their time."""
    row, due = _parts(kind, now() + 2 * AHEAD)
    told = (Ending.kind == kind.name) & Ending.goes_at.is_not(None)
    write_rows(delete(Ending).where(told, ~exists().where(row.id == Ending.row_id, due)))
    db.session.commit()


def tell_anew() -> None:
    """Let nothing end of which the team is not told again, in the caller's transaction."""
    write_rows(delete(Ending).where(Ending.goes_at.is_not(None)))


def going(kind: Period, since: datetime | None, until: datetime) -> int:
    """How many of a kind end until a moment as things stand; `since` leaves out those before it."""
    row, due = _parts(kind, until)
    told = _noted(kind, row.id, Ending.goes_at <= until) if kind.end else true()
    query = select(func.count()).select_from(row).where(due, told)
    number = db.session.scalar(query) or 0
    return max(0, number - going(kind, None, since)) if since else number


def counted(since: datetime | None, until: datetime) -> Iterator[tuple[Period, int]]:
    """What ends of each kind that the team hears of; none left out."""
    for kind in kinds.values():
        if kind.due and kind.counted[0]:
            yield kind, going(kind, since, until)


def of(name: str, row_id: int) -> Ending | None:
    """What is noted of the end of something."""
    return db.session.get(Ending, (name, row_id))


def told(name: str, most: int) -> list[Ending]:
    """What of a kind is to end, the soonest first."""
    mine = (Ending.kind == name) & Ending.goes_at.is_not(None)
    query = select(Ending).where(mine).order_by(Ending.goes_at, Ending.row_id)
    return list(db.session.scalars(query.limit(most)))


def kept(name: str, most: int) -> list[Ending]:
    """What of a kind a person keeps, the newest first."""
    mine = (Ending.kind == name) & Ending.goes_at.is_(None)
    query = select(Ending).where(mine).order_by(Ending.at.desc())
    return list(db.session.scalars(query.limit(most)))


def is_kept(name: str, row_id: Any) -> ColumnElement[bool]:
    """Whether a person keeps the row with that id, in SQL."""
    mine = (Ending.kind == name) & (Ending.row_id == row_id)
    return exists().where(mine, Ending.goes_at.is_(None))


@one_transaction
def keep(name: str, row_id: int, reason: str, member_id: int) -> None:
    """Keep something until a person lets it go; commits. Raises NotPossible where it cannot go."""
    row, due = _parts(kinds[name], now() + SOME_DAY)
    there = select(row.id).where(row.id == row_id, due).with_for_update(of=row)
    if db.session.scalar(there) is None:
        raise NotPossible(NOT_THERE)
    values = {"reason": reason, "member_id": member_id, "goes_at": None, "at": now()}
    new = insert_into(Ending, db.session.connection().dialect.name)
    new = new.values(kind=name, row_id=row_id, **values)
    write_rows(new.on_conflict_do_update(index_elements=["kind", "row_id"], set_=values))


@one_transaction
def let_go(name: str, row_id: int) -> None:
    """Keep it no more; commits. It ends a week after the team was told, if its time is over."""
    forget(name, row_id, Ending.goes_at.is_(None))


def forget(name: str, row_id: int, *which: ColumnElement[bool]) -> None:
    """Forget what is noted of the end of something, in the caller's transaction: it is gone."""
    write_rows(delete(Ending).where(Ending.kind == name, Ending.row_id == row_id, *which))


def _parts(kind: Period, moment: datetime) -> tuple[Any, ColumnElement[bool]]:
    assert kind.model  # noqa: S101 - asked only of kinds that have rows
    assert kind.due  # noqa: S101
    return kind.model, kind.due(moment)


def _noted(kind: Period, row_id: Any, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Ending.kind == kind.name, Ending.row_id == row_id, *which)
