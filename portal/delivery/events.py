"""What providers tell us: kept first, then acted on by the worker.

The table is the queue, as the outbox is. What became of a mail is worked out
from the set of all that was told of it, so neither the order of events nor a
repeat of one makes a difference.

An event is acted on in two transactions, each of which may be repeated: first
the mail that it is about, then what the features make of it. In one, it would
hold the mail while it waits for the person, as an erasure does the other way
round.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from blinker import Signal
from sqlalchemy import ColumnElement, select, update

from portal.addresses import address_key
from portal.delivery import claims, erasing
from portal.delivery.models import TAKEN, Event, Outgoing, OutgoingState
from portal.delivery.tasks import BACK_OFF
from portal.extensions import db, insert_into, now, write_rows
from portal.providers.errors import LONGEST_WAIT, TryLater
from portal.providers.values import EventKind, ProviderEvent

log = logging.getLogger(__name__)

# Sent with an event, in the transaction that acts on it: the features do their part. An event may
# be sent again.
heard = Signal()
# Sent with an event of a mail that came in, with no transaction open: for what has to be fetched.
# A receiver that raises TryLater gets it again later.
arriving = Signal()

ID_LONGEST = 500  # an index takes no text that is much longer
# For so long a worker has an event for itself; and a mail's name for it is saved by then.
HELD = timedelta(seconds=30)
WAITS = (*(max(HELD, wait) for wait in BACK_OFF), HELD)  # after each try
# What one event proves of a mail; the first of these that was told is the mail's fate.
PROVES = {
    EventKind.COMPLAINED: OutgoingState.COMPLAINED,
    EventKind.BOUNCED: OutgoingState.BOUNCED,
    EventKind.DELIVERED: OutgoingState.DELIVERED,
    EventKind.SOFT_BOUNCED: OutgoingState.BOUNCED,
    EventKind.REJECTED: OutgoingState.FAILED,
    EventKind.SENT: OutgoingState.ACCEPTED,
    EventKind.DEFERRED: OutgoingState.ACCEPTED,
    EventKind.QUEUED: OutgoingState.ACCEPTED,
}
REASONED = (OutgoingState.BOUNCED, OutgoingState.COMPLAINED, OutgoingState.FAILED)


def save(provider: str, news: Iterable[ProviderEvent]) -> int:
    """Keep what a provider told us; commits. Returns how much of it is new."""
    values = [_values(provider, one) for one in news]
    new = insert_into(Event, db.engine.dialect.name).returning(Event.id)
    new = new.on_conflict_do_nothing(index_elements=["provider", "event_id"])
    number = len(db.session.connection().execute(new, values).all()) if values else 0
    db.session.commit()
    return number


def _values(provider: str, event: ProviderEvent) -> dict[str, Any]:
    values, moment = asdict(event), now()
    return values | {
        "provider": provider,
        "event_id": _name(values.pop("id")),
        "address_key": address_key(event.address),
        "at": min(event.at or moment, moment),
        "received_at": moment,
        "attempts": 0,
        "due_at": moment,
    }


def _name(event_id: str) -> str:
    """The event's id, or one made of it where it is too long to look it up by."""
    if len(event_id) <= ID_LONGEST:
        return event_id
    return hashlib.sha256(event_id.encode("utf-8", "replace")).hexdigest()


def act() -> bool:
    """Act on the event that has been due for longest; returns whether there was one.

    Any number of workers may do so at once, and to act on one twice is safe.
    """
    event = _take()
    if event is None:
        return False
    try:
        if event.kind is EventKind.INBOUND:
            arriving.send(event)
        _learn(event.id)
        _share(event.id)
    except TryLater as error:
        log.warning("Event %s has to wait: %s", event.id, error)
        due_at = max(event.due_at, now() + min(error.after or HELD, LONGEST_WAIT))
        db.session.rollback()
        write_rows(update(Event).where(Event.id == event.id).values(due_at=due_at))
        db.session.commit()
    except Exception:
        log.exception("Event %s could not be acted on", event.id)
        db.session.rollback()
    return True


def _take() -> Event | None:
    """Put off the next event and return it; commits.

    So nobody else takes it meanwhile, and it comes again if this try fails, however it fails:
    later each time, until a person has to look at it.
    """
    is_due = Event.applied_at.is_(None) & (Event.due_at <= now())
    query = select(Event).where(is_due, Event.attempts < len(WAITS))
    query = query.order_by(Event.due_at, Event.id).limit(1).with_for_update(skip_locked=True)
    event = db.session.scalar(query.execution_options(populate_existing=True))
    if event:
        event.due_at = now() + WAITS[event.attempts]
        event.attempts += 1
        db.session.flush()
        db.session.expunge(event)
    db.session.commit()
    return event


def _learn(event_id: int) -> None:
    """Let the mail that an event is about become what it became; commits."""
    event = db.session.get_one(Event, event_id)
    if row := _row(event):
        event.outgoing_id = row.id
        event.address = event.address or row.address
        event.address_key = address_key(event.address)
        db.session.flush()
        _become(row, event)
    db.session.commit()


def _row(event: Event) -> Outgoing | None:
    """The outbox row that an event is about: by our own key, or by the provider's id for it.

    It is held, so that two events of one mail are weighed one after the other.
    """
    row = _held(Outgoing.key == event.key) if event.key else None
    if row is None and event.message_id:
        theirs = (Outgoing.message_id == event.message_id) & (Outgoing.provider == event.provider)
        row = _held(theirs)
    return row


def _held(which: ColumnElement[bool]) -> Outgoing | None:
    query = select(Outgoing).where(which).order_by(Outgoing.id).limit(1).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _become(row: Outgoing, event: Event) -> None:
    if row.provider not in {"", event.provider}:
        return  # one that refused it, before another took it
    mine = (Event.outgoing_id == row.id) & (Event.provider == event.provider)
    told = db.session.scalars(select(Event).where(mine)).all()
    kinds = {one.kind for one in told}
    kind = next((kind for kind in PROVES if kind in kinds), None)
    if kind is None or (PROVES[kind] is OutgoingState.ACCEPTED and row.state in TAKEN):
        return
    last = max((one for one in told if one.kind is kind), key=lambda one: (one.at, one.event_id))
    reason = last.reason if PROVES[kind] in REASONED else ""
    claims.learn(row, PROVES[kind], reason, provider=event.provider, message_id=event.message_id)


def _share(event_id: int) -> None:
    """Let the features act on an event; commits. What it says of a forgotten person goes then."""
    event = db.session.get_one(Event, event_id)
    heard.send(event)
    if not _may_be_early(event):
        event.applied_at = now()
    if event.outgoing_id and not db.session.get_one(Outgoing, event.outgoing_id).address:
        erasing.strip(Event.id == event.id)
    db.session.commit()


def _may_be_early(event: Event) -> bool:
    """Whether the mail's own name may not be saved yet, so that it is worth a second look."""
    is_unknown = event.message_id and not event.key and event.outgoing_id is None
    return bool(is_unknown) and event.kind in PROVES and event.attempts == 1


def given_up(most: int) -> list[Event]:
    """The newest events that could not be acted on and are tried no more."""
    lost = Event.applied_at.is_(None) & (Event.attempts >= len(WAITS))
    query = select(Event).where(lost).order_by(Event.id.desc()).limit(most)
    return list(db.session.scalars(query))


def told(address: str) -> Sequence[Event]:
    """What providers told us of an address lately, oldest first."""
    mine = select(Event).where(Event.address_key == address_key(address))
    return db.session.scalars(mine.order_by(Event.at, Event.id)).all()
