"""What the worker does: deliver a row, sweep up what was forgotten, watch the ledger."""

import logging
import random
from datetime import datetime, timedelta
from typing import Any

from huey import crontab
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import later
from portal.delivery import claims, erasing, ledger, routing
from portal.delivery.alerts import alert
from portal.delivery.models import Action, Outgoing, OutgoingState
from portal.extensions import db, huey, now
from portal.providers.errors import Busy, Denied, Refused, Suppressed, TryLater, Uncertain
from portal.providers.values import Contact, Email, Receipt

log = logging.getLogger(__name__)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# How long to wait after each failed try: about three days in all, then a person decides.
BACK_OFF = (
    *(5 * SECOND, 20 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR),
    *(12 * HOUR,) * 5,
)
LONGEST_WAIT = 24 * HOUR  # however long a provider asks us to wait
JITTER = 0.2  # so that rows put off together do not come back together
SWEEP_AFTER = 30 * SECOND  # what the queue has not brought by then, the sweep does
SWEEP_AT_ONCE = 2000
PROBERS = 20  # rows of which one tries whether a provider works again
ALERT_AGAIN = 6 * HOUR
KEEP_ADDRESSES = timedelta(days=90)  # of finished rows; the privacy page says so


@huey.task()  # type: ignore[untyped-decorator]
def deliver(row_id: int) -> None:
    """Hand one row to its provider and save the answer. Safe to run any number of times."""
    way = routing.find(row_id)
    if way is None:
        db.session.commit()
        return  # its provider rests: the sweep brings it back
    row = claims.claim(row_id)
    if row is None:
        way.give_back(row_id)
        return
    _attempt(row, way)
    # Only now: a row from before the commit above was held up by this one, a later one is not.
    follower = claims.next_after(row)
    db.session.commit()
    if follower:
        tell_queue(follower)


def _attempt(row: Outgoing, way: routing.Route) -> None:
    """Call the provider once, if that is still right, and save what came of it."""
    provider = way.to(row)
    if _may_double(row, provider, row.unsure_since, now()):
        claims.settle(
            row, OutgoingState.UNCERTAIN, reason="Its key ran out before it could be sent again"
        )
    elif provider is None:
        claims.settle(row, OutgoingState.CANCELLED, reason="AUDIENCE_PROVIDER is “none” by now")
    else:
        _send(provider, row, way)
        return
    way.give_back(row.id)


def _send(provider: Any, row: Outgoing, way: routing.Route) -> None:
    try:
        receipt = _call(provider, row)
    except (TryLater, Uncertain) as error:
        _put_off(provider, row, error, way)
    except Refused as error:
        _refused(provider, row, error)
    except Exception as error:
        log.exception("The adapter broke on outbox row %s", row.id)
        broke = Uncertain(f"The adapter broke: {type(error).__name__}")
        _put_off(provider, row, broke, way)
    else:
        taken = {"provider": provider.name, "message_id": receipt.message_id, "reason": ""}
        claims.settle(row, OutgoingState.ACCEPTED, **taken)
        if row.action is Action.ERASE:
            erasing.forget_up_to(row)
        if way.succeeded(provider, row):
            send_waiting()


def _put_off(provider: Any, row: Outgoing, error: TryLater | Uncertain, way: routing.Route) -> None:
    """Let a row wait. Where its provider takes nothing at all now, that was no try of the row's."""
    rest = way.failed(provider, row, error)
    if rest:
        later.ask("what waits for the provider", probe, after=rest)
    if rest is None or not isinstance(error, Busy | Denied):
        _try_again(row, provider, error)
        return
    wait = later.AT_ONCE if routing.has_other(row) else rest
    values = {"attempts": row.attempts - 1, "due_at": now() + wait, "reason": str(error)}
    claims.settle(row, OutgoingState.WAITING, **values)
    tell_queue(row.id, wait)


def _refused(provider: Any, row: Outgoing, error: Refused) -> None:
    """Give up on a row, unless another provider may take what this one does not want."""
    fallback = None if isinstance(error, Suppressed) else routing.after_refusal(provider, row)
    if fallback is None:
        claims.settle(row, OutgoingState.FAILED, provider=provider.name, reason=str(error))
        return
    afresh = {"due_at": now(), "attempts": 0, "provider": fallback.name, "reason": str(error)}
    claims.settle(row, OutgoingState.WAITING, **afresh)
    tell_queue(row.id)


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


def _try_again(row: Outgoing, provider: Any, error: TryLater | Uncertain) -> None:
    """Let the row wait, longer each time, where another try cannot do the thing twice.

    Contact calls may always be repeated. A mail of which an earlier try may
    have been taken (`unsure_since`) goes again only while the provider still
    knows our key; otherwise a person decides. And it goes to no other one.
    """
    unsure_since, asked, may_have_it = row.unsure_since, timedelta(0), True
    if isinstance(error, Uncertain):
        unsure_since = unsure_since or claims.left_at(row)
    else:
        asked, may_have_it = error.after or asked, error.left or unsure_since is not None
    bound = provider.name if provider and may_have_it else row.provider
    values = {"unsure_since": unsure_since, "provider": bound, "reason": str(error)}
    if row.attempts > len(BACK_OFF):
        state = OutgoingState.UNCERTAIN if row.is_mail and unsure_since else OutgoingState.FAILED
        values["reason"] = f"Gave up after {row.attempts} tries. {error}"
        claims.settle(row, state, **values)
        return
    wait = BACK_OFF[row.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    wait = max(wait, min(asked, LONGEST_WAIT))
    due_at = now() + wait
    if _may_double(row, provider, unsure_since, due_at):
        claims.settle(row, OutgoingState.UNCERTAIN, **values)
        return
    claims.settle(row, OutgoingState.WAITING, due_at=due_at, **values)
    tell_queue(row.id, wait)


def _may_double(
    row: Outgoing, provider: Any, unsure_since: datetime | None, moment: datetime
) -> bool:
    """Whether a mail that may have arrived could arrive twice if it were sent at that moment."""
    if not row.is_mail or unsure_since is None:
        return False
    knows_it = provider and row.provider in {"", provider.name}
    lasts: timedelta | None = provider.key_lasts if knows_it else None
    return moment > unsure_since + (lasts or timedelta(0))


def tell_queue(row_id: int, wait: timedelta = later.AT_ONCE) -> bool:
    """Ask the queue to deliver a row; returns whether it takes it. The sweep finds lost ones."""
    return later.ask(f"outbox row {row_id}", deliver, row_id, after=wait)


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
    for row in claims.abandoned():
        stopped = Uncertain("The worker stopped before it could save the answer")
        _try_again(row, routing.usual(row), stopped)
    send_waiting(SWEEP_AFTER)


@huey.task()  # type: ignore[untyped-decorator]
def probe() -> None:
    """When a provider has rested: let the first row try. If it is taken, all others follow."""
    for row_id in claims.due(now(), PROBERS, routing.stands_still()):
        tell_queue(row_id)


def send_waiting(late: timedelta = timedelta(0)) -> None:
    """Queue the rows that should have gone so long ago, as many as the queue can take at once."""
    if huey.pending_count() > SWEEP_AT_ONCE:
        return  # the worker is behind, not forgetful
    for row_id in claims.due(now() - late, SWEEP_AT_ONCE, routing.stands_still()):
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
