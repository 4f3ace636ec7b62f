"""What providers tell us: kept first, then acted on by a task.

What became of a mail is worked out from the set of all that was told of it,
so neither the order of events nor a repeat of one makes a difference.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from blinker import Signal
from huey import crontab
from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.delivery import outbox
from portal.delivery.models import TAKEN, Event, Outgoing, State
from portal.delivery.tasks import BACK_OFF
from portal.extensions import db, huey, now
from portal.providers.base import EventKind, ProviderEvent

log = logging.getLogger(__name__)

# Sent with an event, in the transaction that acts on it: the features do their part.
heard = Signal()

AT_ONCE = 200
LOST_AFTER = timedelta(seconds=30)  # what the queue has not brought by then, the sweep does
# What one event proves of a mail; the first of these that was told is the mail's fate.
PROVES = {
    EventKind.COMPLAINED: State.COMPLAINED,
    EventKind.BOUNCED: State.BOUNCED,
    EventKind.DELIVERED: State.DELIVERED,
    EventKind.SOFT_BOUNCED: State.BOUNCED,
    EventKind.REJECTED: State.FAILED,
    EventKind.SENT: State.ACCEPTED,
    EventKind.DEFERRED: State.ACCEPTED,
    EventKind.QUEUED: State.ACCEPTED,
}
REASONED = (State.BOUNCED, State.COMPLAINED, State.FAILED)


def fate(kinds: Collection[EventKind]) -> State | None:
    """What became of a mail of which these things were told; None where they say nothing of it."""
    return next((state for kind, state in PROVES.items() if kind in kinds), None)


def save(provider: str, told: Iterable[ProviderEvent]) -> int:
    """Keep what a provider told us, and queue what is new; commits. Returns how many are new."""
    values = [_values(provider, one) for one in told]
    ids: list[int] = []
    for start in range(0, len(values), AT_ONCE):
        ids += db.session.scalars(_insert(values[start : start + AT_ONCE]))
    db.session.commit()
    if ids:
        _tell_queue(ids)
    return len(ids)


def _values(provider: str, event: ProviderEvent) -> dict[str, Any]:
    moment = now()
    return {
        "provider": provider,
        "event_id": event.id,
        "kind": event.kind,
        "address": event.address,
        "address_key": event.address.lower(),
        "key": event.key,
        "message_id": event.message_id,
        "at": min(event.at, moment) if event.at else moment,
        "reason": event.reason,
        "original": event.original,
        "received_at": moment,
        "attempts": 0,
        "due_at": moment,
    }


def _insert(values: list[dict[str, Any]]) -> Any:
    kind = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    new = kind.insert(Event).values(values)
    return new.on_conflict_do_nothing(index_elements=["provider", "event_id"]).returning(Event.id)


def _tell_queue(ids: list[int]) -> None:
    try:
        apply_events(ids)
    except Exception:
        log.exception("QUEUE_URL does not answer; the sweep will find the events")


@huey.task()  # type: ignore[untyped-decorator]
def apply_events(ids: list[int]) -> None:
    """Act on events. Safe to run any number of times."""
    for event_id in ids:
        try:
            _apply(event_id)
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("Event %s could not be acted on", event_id)
            _try_again(event_id)


def _apply(event_id: int) -> None:
    event = db.session.get(Event, event_id, with_for_update=True, populate_existing=True)
    if event is None or event.applied_at:
        return
    event.applied_at = now()
    if row := _row(event):
        event.outgoing_id = row.id
        event.address = event.address or row.address
        event.address_key = event.address.lower()
        db.session.flush()
        _learn(row)
    heard.send(event)


def _row(event: Event) -> Outgoing | None:
    """The outbox row that an event is about: by our own key, or by the provider's id for it."""
    names = [Outgoing.key == event.key] if event.key else []
    if event.message_id:
        names.append(
            (Outgoing.message_id == event.message_id) & (Outgoing.provider == event.provider)
        )
    if not names:
        return None
    # Held until the end, so that two events of one mail are weighed one after the other.
    query = select(Outgoing).where(or_(*names)).with_for_update()
    found: Outgoing | None = db.session.scalar(
        query.limit(1), execution_options={"populate_existing": True}
    )
    return found


def _learn(row: Outgoing) -> None:
    told = db.session.scalars(select(Event).where(Event.outgoing_id == row.id)).all()
    state = fate({one.kind for one in told})
    if state is None or (state is State.ACCEPTED and row.state in TAKEN):
        return
    last = max((one for one in told if PROVES.get(one.kind) is state), key=lambda one: one.at)
    reason = last.reason if state in REASONED else ""
    outbox.learn(row.id, state, reason)


def _try_again(event_id: int) -> None:
    """Put an event off, longer each time; after the last time a person has to look at it."""
    event = db.session.get(Event, event_id)
    if event:
        wait = BACK_OFF[min(event.attempts, len(BACK_OFF) - 1)]
        event.attempts += 1
        event.due_at = now() + wait
        db.session.commit()


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def sweep_events() -> None:
    """Every minute: act on what the queue has lost, and on what failed before."""
    late = Event.applied_at.is_(None) & (Event.due_at < now() - LOST_AFTER)
    few_tries = Event.attempts <= len(BACK_OFF)
    query = select(Event.id).where(late, few_tries).order_by(Event.id).limit(AT_ONCE)
    ids = list(db.session.scalars(query))
    db.session.commit()
    if ids:
        _tell_queue(ids)


def not_applied() -> int:
    """How many events were given up."""
    query = select(Event.id).where(Event.applied_at.is_(None), Event.attempts > len(BACK_OFF))
    return len(db.session.scalars(query).all())
