"""What the outbox forgets: the addresses and content of rows that need them no more.

The rows themselves stay, so that the ledger still balances. What providers
told us of a mail goes after a while.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, delete, select, text, update

from portal.addresses import address_key
from portal.delivery.models import KEPT, OPEN, UNFINISHED, Action, Event, Outgoing, OutgoingState
from portal.extensions import db, now, write_rows

ERASED = "The person was erased"
AT_ONCE = 1_000  # old rows in one commit, so that nobody waits long for the database


def forget(address: str, only: Collection[str] = ()) -> None:
    """Cancel what has not left for the address; drop its content and the address itself.

    The rows stay, so that the ledger still balances. A row that is being sent
    this moment keeps its place in the order, so what follows it goes after it;
    it is not tried again, and the rest of it is dropped when it is settled.
    Where it is about some mails `only`, no other one is lost that is not done: an answer.
    """
    key = address_key(address)
    mine = Outgoing.address_key == key
    if only:
        others = (Outgoing.action == Action.EMAIL) & Outgoing.name.not_in(only)
        mine &= ~(others & Outgoing.is_in(*OPEN))
    rows = db.session.scalars(select(Outgoing.id).where(mine)).all()
    _forget(mine)
    strip((Event.address_key == key) | Event.outgoing_id.in_(rows))


def forget_rows(ids: list[int]) -> None:
    """Do as `forget` does, with these rows, whomever they are for; in the caller's transaction."""
    _forget(Outgoing.id.in_(ids))
    strip(Event.outgoing_id.in_(ids))


def forget_mails(address: str, names: Sequence[str]) -> None:
    """Do as `forget` does with these mails to the address; in the caller's transaction.

    What was told of the address and is about no mail that we know goes too.
    """
    theirs = Outgoing.address_key == (key := address_key(address))
    rows = select(Outgoing.id).where(theirs, Outgoing.address_key != "", Outgoing.name.in_(names))
    forget_rows(list(db.session.scalars(rows)))
    is_done = Event.outgoing_id.is_(None) & Event.applied_at.is_not(None)
    strip(is_done & (Event.address_key == key) & (Event.address_key != ""))


def forget_told(address: str) -> None:
    """Drop what providers told us of an address; in the caller's transaction."""
    strip(Event.address_key == address_key(address))


def _forget(mine: ColumnElement[bool]) -> None:
    sending = Outgoing.state == OutgoingState.SENDING
    # One statement: between two, a row could be claimed or settled and slip through.
    write_rows(
        update(Outgoing)
        .where(mine, Outgoing.state.in_(UNFINISHED))
        .values(
            state=case((sending, OutgoingState.SENDING), else_=OutgoingState.CANCELLED),
            finished_at=case((sending, None), else_=now()),
            reason=ERASED,
            address="",
            payload={},
        )
    )
    _drop(mine)


def forget_finished(before: datetime) -> None:
    """Drop the addresses and content of rows finished before that moment; commits a few at a time.

    And all that providers told us before it: no repeat of that comes any more.
    """
    old = select(Outgoing.id).where(Outgoing.finished_at < before, text(KEPT)).limit(AT_ONCE)
    while _drop(Outgoing.id.in_(old.order_by(Outgoing.finished_at))) == AT_ONCE:
        db.session.commit()
    told = select(Event.id).where(Event.received_at < before).order_by(Event.received_at)
    while _delete_some(told) == AT_ONCE:
        db.session.commit()
    db.session.commit()


def _delete_some(events: Select[int]) -> int:
    return write_rows(delete(Event).where(Event.id.in_(events.limit(AT_ONCE)))).rowcount


def forget_up_to(row: Outgoing) -> None:
    """Drop the address from an erasure that was done and from all before it; commits."""
    still_to_do = (Outgoing.action == Action.ERASE) & (Outgoing.state == OutgoingState.FAILED)
    mine = Outgoing.address_key == row.address_key
    _drop(mine & (Outgoing.id <= row.id) & ~still_to_do)
    db.session.commit()


def _drop(which: ColumnElement[bool]) -> int:
    dropped = write_rows(
        update(Outgoing)
        .where(which, text(KEPT))
        .values(
            payload={},
            address="",
            address_key="",
            # Ours are kept; a provider's may quote the address.
            reason=case((Outgoing.state == OutgoingState.CANCELLED, Outgoing.reason), else_=""),
        )
    )
    return dropped.rowcount


def strip(which: ColumnElement[bool]) -> None:
    """Drop what events say of a person; that they happened is kept, or a repeat would be news."""
    write_rows(
        update(Event).where(which).values(address="", address_key="", reason="", original={})
    )
