"""The outbox: what must leave the portal, written in the transaction that caused it.

The row is committed together with the person's words, so neither can exist
without the other; there is no second queue that could forget or double it.
How it is claimed and settled is in `claims`, who does that in `worker`.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    case,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from portal import journal
from portal.addresses import address_key
from portal.delivery import batches, restored, whom
from portal.delivery.models import (
    TAKEN,
    TO_DO,
    Action,
    Alert,
    Erase,
    Late,
    Outgoing,
    OutgoingState,
    Unsubscribe,
    Urgency,
)
from portal.delivery.providers import get_providers
from portal.extensions import db, insert_into, now, write_rows
from portal.providers.protocols import Eraser
from portal.providers.values import Contact, Email

# Asked in every sign-up; building a statement costs more than running it.
RECENTLY_SENT = (
    select(Outgoing.id)
    .where(Outgoing.address_key == bindparam("address_key"), Outgoing.name == bindparam("name"))
    .where(Outgoing.created_at >= bindparam("since"), Outgoing.state != OutgoingState.CANCELLED)
    .limit(1)
)


def _writing(dialect: str) -> Any:
    """The statement that writes a row, past the ORM: whoever asks for something waits for this."""
    new = insert_into(Outgoing, dialect).on_conflict_do_nothing(index_elements=["key"])
    if dialect == "sqlite":
        return new.returning(Outgoing.id)
    # The worker hears it when this is committed (PostgreSQL, "NOTIFY").
    return new.returning(Outgoing.id, func.pg_notify("outgoing", ""))


TAKEN_BACK = journal.JournalKind("mail-taken-back", journal.OUTGOING)
WRITE = {dialect: _writing(dialect) for dialect in ("sqlite", "postgresql")}
Item = Email | Contact | Unsubscribe | Erase | Alert | Late


def enqueue(
    item: Item,
    *,
    urgency: Urgency | None = None,
    cancelled: str = "",
    wait: timedelta = timedelta(0),
    key: str = "",
) -> int | None:
    """Write an outbox row inside the caller's transaction; it is sent after the commit.

    `urgency` is the item's usual one if nothing is said. With
    `cancelled` the row is only recorded, with that reason and nobody's
    address: the same work, so that nobody can tell from outside. With `wait`
    it leaves that much later, and `take_back` can stop it until then. `key` is
    for what must be there once (`occasions`). Returns the row's id, or None
    where there is nobody to tell, or a row with that key.
    """
    row = _row(item, urgency, cancelled, wait)
    connection, row_id = db.session.connection(), None
    for provider in _bound_to(item):
        own = {"provider": provider, "key": key or str(uuid.uuid4())}
        row_id = connection.execute(WRITE[connection.dialect.name], row | own).scalar()
    return row_id


def enqueue_all(items: Iterable[Item], urgency: Urgency) -> None:
    """Write the rows of very many, as `enqueue` does for one; in the caller's transaction."""
    rows = [
        _row(item, urgency) | {"provider": provider, "key": str(uuid.uuid4())}
        for item in items
        for provider in _bound_to(item)
    ]
    if not rows:
        return
    connection = db.session.connection()
    connection.execute(insert(Outgoing), rows)
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify("outgoing", "")))


def _row(
    item: Item,
    urgency: Urgency | None = None,
    cancelled: str = "",
    wait: timedelta = timedelta(0),
) -> dict[str, Any]:
    action, name, address, payload = _describe(item)
    cancelled = cancelled or db.session.info.get("silenced", "")
    if cancelled:
        address, payload = "", {}
    state = OutgoingState.WAITING if wait else OutgoingState.QUEUED
    moment = now()
    row = {
        "action": action,
        "urgency": _usual(item) if urgency is None else urgency,
        "name": name,
        "address": address,
        "address_key": address_key(address),
        "payload": payload,
        "state": OutgoingState.CANCELLED if cancelled else state,
        "created_at": moment,
        "due_at": moment + wait,
        "finished_at": moment if cancelled else None,
        "reason": cancelled,
    }
    if isinstance(item, Late):
        row["batch_id"] = item.batch_id
    return row


def _usual(item: Item) -> Urgency:
    match item:
        case Email():
            return whom.urgency(item.name)
        case Alert():
            return Urgency.URGENT
        case Late():
            return Urgency.BULK
        case _:
            return Urgency.CONTACT


def _bound_to(item: Item) -> list[str]:
    """The providers that must each get it: that without a name is the usual one of its kind."""
    if isinstance(item, Email | Alert):
        return [""]
    if isinstance(item, Late):
        return [item.provider]
    sender, keeper = get_providers().mail, get_providers().audience
    keepers = [""] if keeper else []
    is_other = keeper is None or sender.name != keeper.name
    can_forget = isinstance(item, Erase) and is_other and isinstance(sender, Eraser)
    return [sender.name, *keepers] if can_forget else keepers


@contextmanager
def silence(reason: str) -> Iterator[None]:
    """Only record what would leave meanwhile: for made-up data, of which nobody is told."""
    db.session.info["silenced"] = reason
    try:
        yield
    finally:
        db.session.info.pop("silenced", None)


def _describe(item: Item) -> tuple[Action, str, str, dict[str, Any]]:
    """The row's action, name, address and payload."""
    match item:
        case Email():
            return Action.EMAIL, item.name, item.to.email, item.to_json()
        case Contact():
            return Action.UPSERT, Action.UPSERT, item.email, item.to_json()
        case Unsubscribe() | Erase():
            action = Action.ERASE if isinstance(item, Erase) else Action.UNSUBSCRIBE
            return action, action, item.email, {}
        case Late():
            return item.action, item.name, item.address, item.payload
        case Alert():  # to nobody's address: what is urgent waits for no other row
            return Action.ALERT, Action.ALERT, str(uuid.uuid4()), asdict(item)


def take_back(row_id: int) -> bool:
    """Stop a row that was given time (`wait`) and has not left; in the caller's transaction.

    Returns whether it was stopped: never when a worker has it, or had it.
    """
    ours = (Outgoing.id == row_id) & (Outgoing.state == OutgoingState.WAITING)
    stop = update(Outgoing).where(ours, Outgoing.attempts == 0).returning(Outgoing.key)
    gone = {"address": "", "payload": {}} | _cancelled("Taken back before it left")
    key = write_rows(stop.values(gone)).scalar()
    if key:
        TAKEN_BACK.note(key)
    return key is not None


def _cancelled(why: str) -> dict[str, Any]:
    return {"state": OutgoingState.CANCELLED, "finished_at": now(), "reason": why}


def recently_sent(name: str, address: str, since: datetime) -> bool:
    """Whether a mail of that name went, or will go, to the address since then."""
    values = {"name": name, "address_key": address_key(address), "since": since}
    return db.session.connection().execute(RECENTLY_SENT, values).first() is not None


def last_sent(name: str, address: str, since: datetime) -> datetime | None:
    """When a mail of that name was last queued for the address, if that was since then."""
    mine = (Outgoing.address_key == address_key(address)) & (Outgoing.name == name)
    query = select(func.max(Outgoing.created_at)).where(mine, Outgoing.created_at >= since)
    return db.session.scalar(query)


def sent_to(key: str, name: str) -> str:
    """Where the mail of that name went whose row has the key; empty once that is forgotten."""
    query = select(Outgoing.address).where(Outgoing.key == key, Outgoing.name == name)
    return db.session.scalar(query) or ""


def history(address: str) -> Sequence[Outgoing]:
    """What was, or will be, sent for an address, oldest first."""
    mine = select(Outgoing).where(Outgoing.address_key == address_key(address))
    return db.session.scalars(mine.order_by(Outgoing.id)).all()


def has_left(address: str) -> bool:
    """Whether a provider has taken a mail to an address, or is still to be told to forget it."""
    mine = (Outgoing.address_key == address_key(address)) & (Outgoing.address_key != "")
    is_asked = (Outgoing.action == Action.ERASE) & Outgoing.state.in_(TO_DO)
    there = Outgoing.state.in_(TAKEN) | is_asked
    return db.session.scalar(select(Outgoing.id).where(mine, there).limit(1)) is not None


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
    chosen &= ~restored.waits()
    chosen &= batches.is_let()  # of what was stopped or has failed as a whole a page decides
    replaced = update(Outgoing).where(chosen, _overtaken())
    write_rows(replaced.values(_cancelled("A later change replaced it")))
    # Of a row that waits nobody has decided about a try that may have arrived.
    waits = Outgoing.state == OutgoingState.WAITING
    fresh = {"state": OutgoingState.QUEUED, "attempts": 0, "due_at": now(), "finished_at": None}
    fresh |= {"unsure_since": case((waits, Outgoing.unsure_since), else_=None)}
    number = write_rows(update(Outgoing).where(chosen).values(fresh)).rowcount
    db.session.commit()
    return number


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


@TAKEN_BACK.again
def _take_back_again(key: str, _said: journal.Noted) -> None:
    """After a restore: what was taken back before it left does not leave; commits."""
    mine = (Outgoing.key == key) & Outgoing.is_in(*TO_DO)
    gone = {"address": "", "payload": {}} | _cancelled("Taken back before it left")
    write_rows(update(Outgoing).where(mine).values(gone))
    db.session.commit()
