"""What the worker does: deliver a row, sweep up what was forgotten, watch the ledger."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from huey import crontab
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.delivery import erasing, ledger, outbox
from portal.delivery.alerts import alert
from portal.delivery.models import Action, Outgoing, State
from portal.extensions import db, huey, now
from portal.providers.base import (
    Contact,
    Email,
    Receipt,
    Refused,
    TryLater,
    Uncertain,
)

log = logging.getLogger(__name__)

PROVIDERS = {Action.EMAIL: "mail_provider", Action.ALERT: "alert_provider"}

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# How long to wait after each failed try: about three days in all, then a person decides.
BACK_OFF = (
    *(5 * SECOND, 20 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR),
    *(12 * HOUR,) * 5,
)
LONGEST_WAIT = 24 * HOUR  # however long a provider asks us to wait
JITTER = 0.2  # so that rows put off together do not come back together
SWEEP_AFTER = 30 * SECOND  # what the queue has not brought by then, the sweep does
SWEEP_AT_ONCE = 500
ALERT_AGAIN = 6 * HOUR
KEEP_ADDRESSES = timedelta(days=90)  # of finished rows; the privacy page says so


@huey.task()  # type: ignore[untyped-decorator]
def deliver(row_id: int) -> None:
    """Hand one row to its provider and save the answer. Safe to run any number of times."""
    row = outbox.claim(row_id)
    if row is None:
        return
    _attempt(row)
    follower = outbox.next_after(row)
    db.session.commit()
    if follower:
        tell_queue(follower)


def _attempt(row: Outgoing) -> None:
    """Call the provider once, if that is still right, and save what came of it."""
    provider = current_app.extensions[PROVIDERS.get(row.action, "audience_provider")]
    if provider is None:
        outbox.settle(row, State.CANCELLED, reason="AUDIENCE_PROVIDER is “none” by now")
    elif _may_double(row, row.unsure_since, now()):
        outbox.settle(row, State.UNCERTAIN, reason="Its key ran out before it could be sent again")
    else:
        _send(provider, row)


def _send(provider: Any, row: Outgoing) -> None:
    try:
        receipt = _call(provider, row)
    except TryLater as error:
        _try_again(row, str(error), row.unsure_since, error.after)
    except Refused as error:
        outbox.settle(row, State.FAILED, reason=str(error))
    except Uncertain as error:
        _try_again(row, str(error), row.unsure_since or outbox.left_at(row))
    except Exception as error:
        log.exception("The adapter broke on outbox row %s", row.id)
        unsure_since = row.unsure_since or outbox.left_at(row)
        _try_again(row, f"The adapter broke: {type(error).__name__}", unsure_since)
    else:
        outbox.settle(
            row, State.ACCEPTED, provider=provider.name, message_id=receipt.message_id, reason=""
        )
        if row.action is Action.ERASE:
            erasing.forget_up_to(row)


def _call(provider: Any, row: Outgoing) -> Receipt:
    """Make the one call that the row stands for, with no transaction open."""
    receipt: Receipt
    match row.action:
        case Action.EMAIL:
            receipt = provider.send(Email.from_json(row.payload), row.key)
        case Action.UPSERT:
            receipt = provider.upsert(Contact.from_json(row.payload))
        case Action.UNSUBSCRIBE:
            receipt = provider.unsubscribe(row.address)
        case Action.ERASE:
            receipt = provider.erase(row.address)
        case Action.ALERT:
            receipt = provider.send(**row.payload)
    return receipt


def _try_again(
    row: Outgoing, reason: str, unsure_since: datetime | None, after: timedelta | None = None
) -> None:
    """Let the row wait, longer each time, where another try cannot do the thing twice.

    Contact calls may always be repeated. A mail of which an earlier try may
    have been taken (`unsure_since`) goes again only while the provider still
    knows our key; otherwise a person decides.
    """
    if row.attempts > len(BACK_OFF):
        state = State.UNCERTAIN if row.is_mail and unsure_since else State.FAILED
        outbox.settle(row, state, reason=f"Gave up after {row.attempts} tries. {reason}")
        return
    wait = BACK_OFF[row.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    wait = max(wait, min(after or timedelta(0), LONGEST_WAIT))
    due_at = now() + wait
    if _may_double(row, unsure_since, due_at):
        outbox.settle(row, State.UNCERTAIN, unsure_since=unsure_since, reason=reason)
        return
    outbox.settle(row, State.WAITING, due_at=due_at, unsure_since=unsure_since, reason=reason)
    tell_queue(row.id, wait)


def _may_double(row: Outgoing, unsure_since: datetime | None, moment: datetime) -> bool:
    """Whether a mail that may have arrived could arrive twice if it were sent at that moment."""
    if not row.is_mail or unsure_since is None:
        return False
    lasts: timedelta | None = current_app.extensions["mail_provider"].key_lasts
    return moment > unsure_since + (lasts or timedelta(0))


def tell_queue(row_id: int, wait: timedelta | None = None) -> bool:
    """Ask the queue to deliver a row. If the queue is down, the sweep will find the row.

    Returns whether the queue has taken it.
    """
    try:
        if wait:
            deliver.schedule((row_id,), delay=wait.total_seconds())
        else:
            deliver(row_id)
    except Exception:
        log.exception("QUEUE_URL does not answer; the sweep will find outbox row %s", row_id)
        return False
    return True


@event.listens_for(Session, "after_commit")
def _hand_over(session: Session) -> None:
    """Tell the queue about the rows that this commit made."""
    if session.in_nested_transaction():
        return  # only a savepoint ends; the rows are not there for others yet
    for row_id, wait in session.info.pop("outgoing", []):
        if not tell_queue(row_id, wait):
            break  # one failure is slow enough


@event.listens_for(Session, "after_rollback")
def _drop(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("outgoing", None)


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every minute: give up dead workers' claims, and queue what the queue has lost."""
    for row in outbox.abandoned():
        unsure_since = row.unsure_since or outbox.left_at(row)
        _try_again(row, "The worker stopped before it could save the answer", unsure_since)
    if huey.pending_count() > SWEEP_AT_ONCE:
        return  # the worker is behind, not forgetful
    for row_id in outbox.due(now() - SWEEP_AFTER, SWEEP_AT_ONCE):
        tell_queue(row_id)


@huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def watch_ledger() -> None:
    """Every ten minutes: log in plain words what the team should look at.

    What means that mail stands still, or that the books are wrong, is an alert
    too, in each quarter of a day once.
    """
    book = ledger.read()
    for trouble in book.troubles():
        log.error(trouble)
    if book.overdue or not book.balances:
        quarter = int(now().timestamp() // ALERT_AGAIN.total_seconds())
        alert(
            "Mail from the portal needs a person",
            "On the server, “flask delivery status” says what is wrong. "
            f"Rows that should have gone: {book.overdue}. "
            f"The ledger {'balances' if book.balances else 'does not balance'}.",
            once=f"ledger {quarter}",
        )
    db.session.commit()


@huey.periodic_task(crontab(minute="20", hour="3"))  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """Every night: drop the addresses from rows that were finished long ago."""
    erasing.forget_finished(now() - KEEP_ADDRESSES)
