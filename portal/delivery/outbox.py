"""The outbox: what must leave the portal, written in the transaction that caused it.

Why a table and not only a queue: the row is committed together with the
person's words, so neither can exist without the other. The queue (Huey) only
says when to look at a row. If the queue is down or forgets, the row still
stands and the sweep finds it.

A row is claimed by compare-and-set and committed; then the provider is called
with no transaction open; then the result is saved at once. Rows to one address
in one lane (mail, audience) go one after the other, by their ids. Ids are in
the order of commits if whoever writes two such rows at a time holds the
person's row for update.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from blinker import Signal
from flask import current_app
from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, or_, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from portal.delivery import erasing
from portal.delivery.models import (
    TAKEN,
    TO_DO,
    UNFINISHED,
    Action,
    Alert,
    Erase,
    Outgoing,
    OutgoingState,
    Unsubscribe,
)
from portal.extensions import db, now
from portal.providers.protocols import Eraser
from portal.providers.values import Contact, Email

ROWS: Any = Outgoing.__table__
CLAIM_LASTS = timedelta(minutes=5)  # well over the longest time a provider call may take
# Sent with a row, its new `state` and `reason`, in the transaction that saves them: the features
# that made the row learn what became of it, and what they note is saved with it or not at all.
settled = Signal()
# Sent after that, with the state `before`, where a row was thought to have ended in another way.
corrected = Signal()
# Asked in every sign-up; building a statement costs more than running it.
RECENTLY_SENT = (
    select(Outgoing.id)
    .where(Outgoing.address_key == bindparam("address_key"), Outgoing.name == bindparam("name"))
    .where(Outgoing.created_at >= bindparam("since"), Outgoing.state != OutgoingState.CANCELLED)
    .limit(1)
)


Item = Email | Contact | Unsubscribe | Erase | Alert


def enqueue(
    item: Item, *, cancelled: str = "", wait: timedelta = timedelta(0), key: str = ""
) -> Outgoing | None:
    """Write an outbox row inside the caller's transaction; it is sent after the commit.

    With `cancelled` the row is only recorded, with that reason and nobody's
    address: the same work, so that nobody can tell from outside. With `wait`
    it leaves that much later, and `take_back` can stop it until then. `key` is
    for what must be there once (`occasions`). Returns None when there is no
    audience provider to tell.
    """
    if isinstance(item, Erase) and (other := _other_eraser()):
        _write(item, cancelled=cancelled, wait=wait, provider=other)
    of_audience = isinstance(item, Contact | Unsubscribe | Erase)
    if of_audience and current_app.extensions["audience_provider"] is None:
        return None
    return _write(item, cancelled=cancelled, wait=wait, key=key)


def _other_eraser() -> str:
    """The mail provider, where that is another one than the list's and can forget a person."""
    sender = current_app.extensions["mail_provider"]
    audience = current_app.extensions["audience_provider"]
    is_other = audience is None or sender.name != audience.name
    return sender.name if is_other and isinstance(sender, Eraser) else ""


def _write(
    item: Item, *, cancelled: str, wait: timedelta, key: str = "", provider: str = ""
) -> Outgoing:
    action, name, payload = _describe(item)
    address = _address(item)
    cancelled = cancelled or db.session.info.get("silenced", "")
    if cancelled:
        address, payload = "", {}
    moment = now()
    row = Outgoing(
        action=action,
        name=name,
        address=address,
        address_key=address.lower(),
        payload=payload,
        state=OutgoingState.CANCELLED
        if cancelled
        else OutgoingState.WAITING
        if wait
        else OutgoingState.QUEUED,
        key=key or str(uuid.uuid4()),
        created_at=moment,
        due_at=moment + wait,
        finished_at=moment if cancelled else None,
        provider=provider,
        reason=cancelled,
    )
    db.session.add(row)
    db.session.flush()
    db.session.info.setdefault("outgoing", []).append((row.id, wait))
    return row


@contextmanager
def silence(reason: str) -> Iterator[None]:
    """Only record what would leave meanwhile: for made-up data, of which nobody is told."""
    db.session.info["silenced"] = reason
    try:
        yield
    finally:
        db.session.info.pop("silenced", None)


def _address(item: Item) -> str:
    match item:
        case Email():
            return item.to.email
        case Alert():
            return str(uuid.uuid4())  # nobody's: what is urgent waits for no other row
        case _:
            return item.email


def _describe(item: Item) -> tuple[Action, str, dict[str, Any]]:
    match item:
        case Email():
            return Action.EMAIL, item.name, item.to_json()
        case Contact():
            return Action.UPSERT, Action.UPSERT, item.to_json()
        case Unsubscribe():
            return Action.UNSUBSCRIBE, Action.UNSUBSCRIBE, {}
        case Erase():
            return Action.ERASE, Action.ERASE, {}
        case Alert():
            return Action.ALERT, Action.ALERT, asdict(item)


def take_back(row_id: int) -> bool:
    """Stop a row that was given time (`wait`) and has not left; in the caller's transaction.

    Returns whether it was stopped: never when a worker has it, or had it.
    """
    stopped = db.session.scalar(
        update(Outgoing)
        .where(
            Outgoing.id == row_id, Outgoing.state == OutgoingState.WAITING, Outgoing.attempts == 0
        )
        .values(
            state=OutgoingState.CANCELLED,
            finished_at=now(),
            reason="Taken back before it left",
            address="",
            payload={},
        )
        .returning(Outgoing.id),
        execution_options={"synchronize_session": False},
    )
    return stopped is not None


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
    address = db.session.connection().scalar(statement, {**which, **_named(values)})
    if address == "":
        erasing.finish(row.id)
    if address is not None:
        settled.send(row, state=state, reason=values.get("reason", ""))
    db.session.commit()


@cache
def _settle(is_taken: bool, columns: tuple[str, ...]) -> ReturningUpdate[Any]:  # noqa: FBT001
    """For each row that is sent; building a statement costs more than running it."""
    held = (Outgoing.state == OutgoingState.SENDING) & (
        Outgoing.claimed_until == bindparam("claim")
    )
    still_ours = Outgoing.state.not_in(TAKEN) if is_taken else held
    return (
        update(ROWS)
        .where(Outgoing.id == bindparam("row_id"), still_ours)
        .values({name: bindparam(f"new_{name}") for name in columns})
        .returning(Outgoing.address)
    )


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


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
    for row in rows:
        db.session.expunge(
            row
        )  # another sweep may settle it first: `settle` must see the old claim
    db.session.commit()
    return rows


def recently_sent(name: str, address: str, since: datetime) -> bool:
    """Whether a mail of that name went, or will go, to the address since then."""
    values = {"name": name, "address_key": address.lower(), "since": since}
    return db.session.scalar(RECENTLY_SENT, values) is not None


def history(address: str) -> list[dict[str, str]]:
    """What was, or will be, sent for an address: which, when and how it went."""
    mine = select(Outgoing).where(Outgoing.address_key == address.lower()).order_by(Outgoing.id)
    return [
        {"what": row.name, "at": row.created_at.isoformat(), "state": row.state}
        for row in db.session.scalars(mine)
    ]


def retry(which: ColumnElement[bool]) -> int:
    """Send rows again from the start, with the same keys; commits. Returns how many.

    Rows whose content was dropped cannot be sent again and are left as they
    are. A mail goes to the provider that had it last, which may have it. Those
    that a later change has overtaken are cancelled: sent now, an
    old contact would undo the unsubscribe after it.
    """
    again = (OutgoingState.WAITING, OutgoingState.FAILED, OutgoingState.UNCERTAIN)
    no_content = (Action.UNSUBSCRIBE, Action.ERASE)
    whole = Outgoing.action.in_(no_content) | (cast(Outgoing.payload, Text) != "{}")
    chosen = which & Outgoing.state.in_(again) & (Outgoing.address != "") & whole
    moment = now()
    db.session.execute(
        update(Outgoing)
        .where(chosen, _overtaken())
        .values(
            state=OutgoingState.CANCELLED, finished_at=moment, reason="A later change replaced it"
        ),
        execution_options={"synchronize_session": False},
    )
    waits = (
        Outgoing.state == OutgoingState.WAITING
    )  # nobody decided about a try that may have arrived
    rows = db.session.scalars(
        update(Outgoing)
        .where(chosen)
        .values(
            state=OutgoingState.QUEUED,
            attempts=0,
            due_at=moment,
            finished_at=None,
            unsure_since=case((waits, Outgoing.unsure_since), else_=None),
        )
        .returning(Outgoing.id),
        execution_options={"synchronize_session": False},
    ).all()
    db.session.info.setdefault("outgoing", []).extend((row, timedelta(0)) for row in sorted(rows))
    db.session.commit()
    return len(rows)


def _overtaken() -> ColumnElement[bool]:
    """A contact's row after which a later one was sent, or is being sent."""
    later = aliased(Outgoing)
    return (Outgoing.action != Action.EMAIL) & (
        select(later.id)
        .where(later.address_key == Outgoing.address_key, later.id > Outgoing.id)
        .where(later.action != Action.EMAIL, later.state.in_((OutgoingState.SENDING, *TAKEN)))
        # One provider's erasing does not do another's.
        .where(or_(later.action != Action.ERASE, Outgoing.action != Action.ERASE))
        .exists()
    )
