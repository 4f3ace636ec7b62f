"""What the worker does: deliver a row, sweep up dead claims, watch the ledger."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import current_app
from huey import crontab
from sqlalchemy import select

from portal import journal, metrics
from portal.delivery import (
    brake,
    breaker,
    calling,
    claims,
    erasing,
    late,
    ledger,
    restored,
    routing,
    sent,
)
from portal.delivery.alerts import alert_again
from portal.delivery.models import Action, Outgoing, OutgoingState, Urgency
from portal.extensions import db, huey, now
from portal.providers.errors import (
    LONGEST_WAIT,
    Busy,
    Denied,
    ProviderError,
    Refused,
    Suppressed,
    TryLater,
    Uncertain,
)
from portal.providers.protocols import ContactImporter, MailBatcher
from portal.providers.values import Email, Receipt

log = logging.getLogger(__name__)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# How long to wait after each failed try: about three days in all, then a person decides.
BACK_OFF = (
    *(5 * SECOND, 20 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR),
    *(12 * HOUR,) * 5,
)
MANY = 10  # rows that fail within an hour: then the fault is hardly theirs
MOST_AT_ONCE = 500  # contacts in one call, whatever the provider takes
JITTER = 0.2  # so that rows put off together do not come back together
LOOKED_UP = HOUR  # a step that may have been done is looked for, and not done again; then a person


def deliver(row: Outgoing, way: routing.Route) -> None:
    """Call the provider, if that is still right, and save what came of it; the caller commits."""
    provider = way.provider
    if _may_double(row, provider, row.unsure_since, now()):
        is_mail = row.is_mail
        why = "Its key ran out before it could be sent again" if is_mail else row.reason
        claims.settle(row, OutgoingState.UNCERTAIN, reason=why)
    elif state := sent.before(row):
        claims.settle(row, state, reason=sent.WHY)
    elif provider is None:
        claims.settle(row, OutgoingState.CANCELLED, reason="AUDIENCE_PROVIDER is “none” by now")
    else:
        _send_noted([row, *_more(row, provider)], way)
        return
    _let_another_try(way)


def _let_another_try(way: routing.Route) -> None:
    """Where a row was to try whether a provider works again, and does not, another may."""
    if way.pause:
        breaker.move(way.pause, now())


def _more(row: Outgoing, provider: Any) -> list[Outgoing]:
    """What goes in the same call: of very many as much as the provider takes at once."""
    most = 1
    if row.urgency == Urgency.BULK and _are_mails(row, provider):
        most = provider.most_mails
    elif (row.action, row.urgency) == (Action.UPSERT, Urgency.BULK) and isinstance(
        provider, ContactImporter
    ):
        most = provider.most_at_once
    return claims.take_more(row, min(most, MOST_AT_ONCE) - 1) if most > 1 else []


def _send_noted(rows: list[Outgoing], way: routing.Route) -> None:
    """Make the call once the journal has the rows: what may have left must never leave again."""
    try:
        sent.note(sent.LEAVING, rows)
    except OSError as error:
        for row in rows:
            reason = TryLater(f"The journal could not be written: {error.strerror}")
            _wait(row, reason, due_at=now() + MINUTE)
    else:
        _send(rows, way)


def _are_mails(row: Outgoing, provider: Any) -> bool:
    """Whether a row is a mail of very many, for which the provider has a call of its own."""
    return row.is_mail and row.batch_id is not None and isinstance(provider, MailBatcher)


def _send(rows: list[Outgoing], way: routing.Route) -> None:
    """Make one call for these rows: nearly always it is one."""
    if _are_mails(rows[0], way.provider):
        _send_mails(rows, way)
    else:
        _note(rows, way, _outcome(rows, lambda: calling.call(way.provider, rows)))


def _send_mails(rows: list[Outgoing], way: routing.Route) -> None:
    """Hand mails over in one call; each has a fate of its own."""
    made = [(row, _outcome([row], partial(late.mail, row))) for row in rows]
    mails = [(row, mail) for row, mail in made if isinstance(mail, Email)]
    for row, error in made:
        if not isinstance(error, Email):
            _note([row], way, error)
    if not mails:
        return
    left, call = [row for row, _ in mails], [(mail, row.key) for row, mail in mails]
    found = _outcome(left, lambda: way.provider.send_many(call))
    if isinstance(found, list):
        for row, one in zip(left, found, strict=True):
            _note([row], way, one)
    else:
        _note(left, way, found)


def _outcome(rows: list[Outgoing], call: Callable[[], Any]) -> Any:
    """What a call gave, or what it raised."""
    try:
        return call()
    except (late.Unwanted, ProviderError) as error:
        return error
    except Exception as error:
        log.exception("The adapter broke on outbox row %s", rows[0].id)
        words = f"The adapter broke: {type(error).__name__}"
        return Refused(words) if len(rows) > 1 and not rows[0].is_mail else Uncertain(words)


def _note(rows: list[Outgoing], way: routing.Route, outcome: Any) -> None:
    word = "taken" if isinstance(outcome, Receipt) else type(outcome).__name__.lower()
    metrics.count("portal_provider_calls", way.provider.name, word)
    match outcome:
        case late.Unwanted():
            sent.note(sent.STAYED, rows)
            claims.settle(rows[0], OutgoingState.CANCELLED, reason=str(outcome))
            _let_another_try(way)
        case TryLater() | Uncertain():
            _put_off(rows, way, outcome)
        case Refused():
            _refused(rows, way.provider, outcome)
        case _:
            _taken(rows, way, outcome)


def _taken(rows: list[Outgoing], way: routing.Route, receipt: Receipt) -> None:
    name = way.provider.name
    if receipt.held:
        alert_again(
            f"{name} keeps mail back",
            f"It took the mail and sends it once that is changed there: {receipt.held}.",
            about=f"held {name}",
        )
    taken = {"provider": name, "message_id": receipt.message_id, "reason": receipt.held}
    sent.note(sent.LEFT, rows)
    rests = [claims.settle(row, OutgoingState.ACCEPTED, **taken) for row in rows]
    if rows[0].action is Action.ERASE:
        erasing.forget_up_to(rows[0])
    breaker.succeeded(way.lane, way.pause, somebody_rests=any(rests))


def _put_off(rows: list[Outgoing], way: routing.Route, error: TryLater | Uncertain) -> None:
    """Let rows wait. Where their provider takes nothing at all now, that was no try of theirs."""
    if isinstance(error, TryLater):
        sent.note(sent.STAYED, rows)
    may_rest = rows[0].action is not Action.ALERT  # each of ALERT_URLS is a service of its own
    if may_rest:
        breaker.failed(way.lane, error, way.pause)
    for row in rows:
        if may_rest and isinstance(error, Busy | Denied):
            _wait(row, error)  # until the rest ends, however that comes, or for another provider
        else:
            _try_again(row, way.provider, error)


def _refused(rows: list[Outgoing], provider: Any, error: Refused) -> None:
    """Give up on a row, unless another provider may take what this one does not want."""
    sent.note(sent.STAYED, rows)
    fallback = None if isinstance(error, Suppressed) else routing.after_refusal(provider, rows[0])
    for row in rows:
        if len(rows) > 1:  # one of them may be why: each goes alone
            _wait(row, error, urgency=Urgency.CONTACT)
        elif fallback:
            _wait(row, error, attempts=0, provider=fallback.name)
        else:
            claims.settle(row, OutgoingState.FAILED, provider=provider.name, reason=str(error))


def _wait(row: Outgoing, error: ProviderError, **values: Any) -> None:
    """Let a row go again as soon as it may; this was no try of it."""
    usual = {"attempts": row.attempts - 1, "due_at": now(), "reason": str(error)}
    claims.settle(row, OutgoingState.WAITING, **usual | values)


def _try_again(row: Outgoing, provider: Any, error: TryLater | Uncertain) -> None:
    """Let the row wait, longer each time, where another try cannot do the thing twice.

    Contact calls may always be repeated, and most steps. A mail of which an earlier try may
    have been taken (`unsure_since`) goes again only while the provider still
    knows our key; otherwise a person decides. And it goes to no other one.
    """
    unsure_since, after, left = row.unsure_since, None, True
    if isinstance(error, Uncertain):
        unsure_since = unsure_since or claims.left_at(row)
    else:
        after, left = error.after, error.left
    bound = provider.name if provider and (left or unsure_since) else row.provider
    values = {"unsure_since": unsure_since, "provider": bound, "reason": str(error)}
    if row.attempts > len(BACK_OFF):
        state = OutgoingState.UNCERTAIN if row.is_once and unsure_since else OutgoingState.FAILED
        values["reason"] = f"Gave up after {row.attempts} tries. {error}"
        claims.settle(row, state, **values)
        return
    wait = BACK_OFF[row.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    due_at = now() + max(wait, min(after or wait, LONGEST_WAIT))
    doubtful = _may_double(row, provider, unsure_since, due_at)
    state = OutgoingState.UNCERTAIN if doubtful else OutgoingState.WAITING
    claims.settle(row, state, due_at=due_at, **values)


def _may_double(
    row: Outgoing, provider: Any, unsure_since: datetime | None, moment: datetime
) -> bool:
    """Whether what may have been done could be done twice if it were tried at that moment."""
    if not row.is_once or unsure_since is None:
        return False
    if not row.is_mail:
        return moment > unsure_since + LOOKED_UP
    return moment > unsure_since + routing.key_lasts(row, provider)


@huey.periodic_task(crontab())  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every minute: give up the claims of dead workers, and what a wrong clock has put off.

    And say why the brake keeps what it keeps.
    """
    for row in claims.detached(select(Outgoing).where(claims.is_abandoned())):
        stopped = Uncertain("The worker stopped before it could save the answer")
        _try_again(row, routing.usual(row), stopped)
        db.session.commit()
    claims.hurry(claims.NEW)  # a wrong clock may have put them off
    brake.note()
    ledger.carry_forward()


@huey.periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def watch_ledger() -> None:
    """Every ten minutes: log in plain words what the team should look at.

    What means that mail stands still, or that the books are wrong, is an alert
    too, in each quarter of a day once.
    """
    book = ledger.read()
    for trouble in book.troubles():
        log.error(trouble)
    if book.overdue or book.failing >= MANY or not book.balances:
        alert_again(
            "Mail from the portal needs a person",
            "On the server, “flask delivery status” says what is wrong. "
            f"Rows that should have gone: {book.overdue}. "
            f"Rows that failed in the last hour: {book.failing}. "
            f"The ledger {'balances' if book.balances else 'does not balance'}.",
            about="ledger",
        )
    db.session.commit()


@huey.periodic_task(crontab(minute="20", hour="3"))  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """Every night: drop the addresses of what was finished long ago, and the old journal."""
    erasing.forget_finished(now() - timedelta(days=current_app.config["SENT_DAYS"]))
    journal.drop_old()
    restored.forget()
