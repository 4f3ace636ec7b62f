"""The outbox: what must leave the portal, written in the transaction that caused it.

Why a table and not only a queue: the row is committed together with the
person's words, so neither can exist without the other. The queue (Huey) only
says when to look at a row. If the queue is down or forgets, the row still
stands and the sweep finds it.

A row is claimed by compare-and-set and committed; then the provider is called
with no transaction open; then the result is saved at once. Rows to one address
in one lane (mail, audience) go one after the other, in the order they came.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import JSON, ColumnElement, Index, Text, func, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.extensions import Model, Moment, db, now, one_of
from portal.providers.base import Contact, Email

CLAIM_LASTS = timedelta(minutes=5)  # well over the longest time a provider call may take


class Action(StrEnum):
    """What the provider is asked to do."""

    EMAIL = "email"
    UPSERT = "upsert"
    UNSUBSCRIBE = "unsubscribe"
    ERASE = "erase"


class State(StrEnum):
    """Where a row is. DESIGN's words, shown to the team as they are."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


TO_DO = (State.QUEUED, State.WAITING)
UNFINISHED = (*TO_DO, State.SENDING)
TAKEN = (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Ask the provider to stop all newsletters to an address."""

    email: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Ask the provider to remove for good all it holds about an address."""

    email: str


class Outgoing(Model):
    """One thing that must leave the portal, and what became of it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[Action] = mapped_column(one_of(Action, "action"))
    name: Mapped[str] = mapped_column(Text)
    """Which mail it is (`confirm_signup`), or the action again."""
    address: Mapped[str] = mapped_column(Text)
    address_key: Mapped[str] = mapped_column(Text)
    """The address in lower case: what keeps rows in order."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What is sent. Emptied once it has been taken: the links in a mail are keys."""
    state: Mapped[State] = mapped_column(one_of(State, "state"))
    key: Mapped[str] = mapped_column(Text, unique=True)
    """The idempotency key: the same on every try."""
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    unsure_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the first try left whose fate we do not know."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    provider: Mapped[str] = mapped_column(Text, default="")
    """Which provider took it."""
    message_id: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was put off, failed or cancelled, in words for the team."""

    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "address_key", "id"),
        {"sqlite_autoincrement": True},
    )

    @property
    def is_mail(self) -> bool:
        """Whether it goes to the mail provider; everything else goes to the audience one."""
        return self.action is Action.EMAIL


def enqueue(item: Email | Contact | Unsubscribe | Erase, *, cancelled: str = "") -> Outgoing | None:
    """Write an outbox row inside the caller's transaction; it is sent after the commit.

    With `cancelled` the row is only recorded, with that reason: the same work,
    so that nobody can tell from outside. Returns None when there is no
    audience provider to tell.
    """
    action, name, payload = _describe(item)
    if action is not Action.EMAIL and current_app.extensions["audience_provider"] is None:
        return None
    address = item.to.email if isinstance(item, Email) else item.email
    moment = now()
    row = Outgoing(
        action=action,
        name=name,
        address=address,
        address_key=address.casefold(),
        payload={} if cancelled else payload,
        state=State.CANCELLED if cancelled else State.QUEUED,
        key=str(uuid.uuid4()),
        created_at=moment,
        due_at=moment,
        finished_at=moment if cancelled else None,
        reason=cancelled,
    )
    db.session.add(row)
    db.session.flush()
    db.session.info.setdefault("outgoing", []).append(row.id)
    return row


def _describe(item: Email | Contact | Unsubscribe | Erase) -> tuple[Action, str, dict[str, Any]]:
    match item:
        case Email():
            return Action.EMAIL, item.name, item.to_json()
        case Contact():
            return Action.UPSERT, Action.UPSERT, item.to_json()
        case Unsubscribe():
            return Action.UNSUBSCRIBE, Action.UNSUBSCRIBE, {}
        case Erase():
            return Action.ERASE, Action.ERASE, {}


def claim(row_id: int) -> Outgoing | None:
    """Take a row to send it, if it is due and nothing before it is unfinished; commits.

    Of any number of workers that try at once, one gets it.
    """
    earlier = aliased(Outgoing)
    same_lane = (earlier.action == Action.EMAIL) == (Outgoing.action == Action.EMAIL)
    blocked = (
        select(earlier.id)
        .where(earlier.address_key == Outgoing.address_key, same_lane)
        .where(earlier.id < Outgoing.id, earlier.state.in_(UNFINISHED))
        .exists()
    )
    moment = now()
    row = db.session.scalar(
        update(Outgoing)
        .where(Outgoing.id == row_id, Outgoing.state.in_(TO_DO))
        .where(Outgoing.due_at <= moment, ~blocked)
        .values(
            state=State.SENDING,
            attempts=Outgoing.attempts + 1,
            claimed_until=moment + CLAIM_LASTS,
        )
        .returning(Outgoing),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if row:
        db.session.expunge(row)  # so that reading it later opens no transaction
    db.session.commit()
    return row


def settle(row: Outgoing, state: State, **values: Any) -> None:
    """Save what became of a claimed row; commits. Nothing changes if the claim was lost meanwhile.

    That the provider took a row is the truth whoever holds the claim by now,
    so it is saved in any case.
    """
    values |= {"state": state, "claimed_until": None}
    if state not in UNFINISHED:
        values["finished_at"] = now()
    still_ours: ColumnElement[bool] = (Outgoing.state == State.SENDING) & (
        Outgoing.attempts == row.attempts
    )
    if state is State.ACCEPTED:
        values["payload"] = {}
        still_ours = Outgoing.state.not_in(TAKEN)
    db.session.execute(
        update(Outgoing)
        .where(Outgoing.id == row.id, still_ours)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def next_after(row: Outgoing) -> int | None:
    """The id of the next row for the same address that waits to be sent."""
    return db.session.scalar(
        select(func.min(Outgoing.id))
        .where(Outgoing.address_key == row.address_key, Outgoing.id > row.id)
        .where((Outgoing.action == Action.EMAIL) == row.is_mail)
        .where(Outgoing.state.in_(TO_DO), Outgoing.due_at <= now())
    )


def due(before: datetime, most: int) -> list[int]:
    """The ids of up to `most` rows that should have been sent before that moment."""
    query = select(Outgoing.id).where(Outgoing.state.in_(TO_DO), Outgoing.due_at < before)
    return list(db.session.scalars(query.order_by(Outgoing.due_at, Outgoing.id).limit(most)))


def abandoned() -> Iterable[Outgoing]:
    """Rows whose worker died, or took longer than a claim lasts."""
    return db.session.scalars(
        select(Outgoing).where(Outgoing.state == State.SENDING, Outgoing.claimed_until < now())
    ).all()


def recently_sent(name: str, address: str, since: datetime) -> bool:
    """Whether a mail of that name went, or will go, to the address since then."""
    query = select(Outgoing.id).where(
        Outgoing.address_key == address.casefold(),
        Outgoing.name == name,
        Outgoing.created_at >= since,
        Outgoing.state != State.CANCELLED,
    )
    return db.session.scalar(query.limit(1)) is not None


def history(address: str) -> list[dict[str, str]]:
    """What was, or will be, sent for an address: which, when and how it went."""
    mine = select(Outgoing).where(Outgoing.address_key == address.casefold()).order_by(Outgoing.id)
    return [
        {"what": row.name, "at": row.created_at.isoformat(), "state": row.state}
        for row in db.session.scalars(mine)
    ]


def forget(address: str) -> None:
    """Cancel what has not left for the address; drop its content and the address itself.

    The rows stay, so that the ledger still balances. A row that is being sent
    this moment is left alone; what follows it goes after it.
    """
    mine = Outgoing.address_key == address.casefold()
    db.session.execute(
        update(Outgoing)
        .where(mine, Outgoing.state.in_(TO_DO))
        .values(state=State.CANCELLED, finished_at=now(), reason="The person was erased")
    )
    _drop_addresses(mine)


def forget_finished(before: datetime) -> None:
    """Drop the addresses and content of rows finished before that moment; commits."""
    _drop_addresses(Outgoing.finished_at < before)
    db.session.commit()


def forget_up_to(row: Outgoing) -> None:
    """Drop the address from an erasure that was done and from all before it; commits."""
    _drop_addresses((Outgoing.address_key == row.address_key) & (Outgoing.id <= row.id))
    db.session.commit()


def _drop_addresses(which: ColumnElement[bool]) -> None:
    db.session.execute(
        update(Outgoing)
        .where(which, Outgoing.finished_at.is_not(None), Outgoing.address_key != "")
        .values(payload={}, address="", address_key="")
    )


def retry(which: ColumnElement[bool]) -> int:
    """Send rows again from the start, with the same keys; commits. Returns how many.

    Rows whose content was dropped cannot be sent again and are left as they are.
    """
    again = (State.WAITING, State.FAILED, State.UNCERTAIN)
    rows = db.session.scalars(
        select(Outgoing).where(which, Outgoing.state.in_(again), Outgoing.address != "")
    ).all()
    for row in rows:
        row.state, row.attempts, row.due_at = State.QUEUED, 0, now()
        row.finished_at = row.unsure_since = None
        db.session.info.setdefault("outgoing", []).append(row.id)
    db.session.commit()
    return len(rows)
