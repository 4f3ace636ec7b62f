"""The circuit breaker: a provider that fails again and again rests, and its rows wait.

After a few failures in a row no row is handed to it for a while; then one row
tries (the probe), and either the rest ends or the next one is longer. What
each worker process counts is its own; that a provider rests is in the
database, for all of them.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal import words
from portal.delivery.alerts import alert, alert_again
from portal.delivery.models import Action, Outgoing, Pause, Urgency
from portal.extensions import db, now, write_rows
from portal.providers.errors import LONGEST_WAIT, Busy, Denied, TryLater, Uncertain, UsedUp

log = logging.getLogger(__name__)

FAILURES = 5  # in a row, before a provider rests
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
DOUBLINGS = 10  # more would be longer than any rest
DENIED = timedelta(minutes=15)  # a person has to mend that, and then starts the worker again
BUSY = timedelta(seconds=10)  # where the provider does not say for how long
PROBE = timedelta(minutes=2)  # that a probe may take; after that another may try
ALL = select(Pause.__table__)
NOBODY_RESTS = ~select(Pause.lane).exists()
IS_CONTACT = Outgoing.action.in_((Action.UPSERT, Action.UNSUBSCRIBE))
# Providers count imports and erasures apart from single contacts: nobody waits an hour to be
# unsubscribed because so many were erased.
MAIL, CONTACTS, IMPORTS, ERASURES = "mail", "contacts", "imports", "erasures"
KINDS = {
    MAIL: Outgoing.action == Action.EMAIL,
    CONTACTS: IS_CONTACT & (Outgoing.urgency != Urgency.BULK),
    IMPORTS: IS_CONTACT & (Outgoing.urgency == Urgency.BULK),
    ERASURES: Outgoing.action == Action.ERASE,
}


def lane(provider: Any, row: Outgoing) -> str:
    """What rests together: of one provider, one of `KINDS`."""
    match row.action:
        case Action.EMAIL:
            kind = MAIL
        case Action.ERASE:
            kind = ERASURES
        case _:
            kind = IMPORTS if row.urgency == Urgency.BULK else CONTACTS
    return f"{provider.name} {kind}"


def pauses() -> dict[str, Pause]:
    """Who rests now, by lane: usually nobody."""
    found = db.session.connection().execute(ALL).mappings()
    # The session does not know these: another worker may end the rest meanwhile.
    return {pause["lane"]: Pause(**pause) for pause in found}


def admits(pause: Pause | None) -> bool:
    """Whether a row may go: nobody rests, or this row is the one that tries again; commits then."""
    if pause is None:
        return True
    moment = now()
    return pause.until <= moment and _move(pause, moment + PROBE)


def give_back(pause: Pause) -> None:
    """Let another row try, because the one that was to try could not go; commits."""
    _move(pause, now())


def _move(pause: Pause, until: datetime) -> bool:
    """Let the rest end then, if no other worker has changed it; commits."""
    mine = (Pause.lane == pause.lane) & (Pause.until == pause.until)
    moved = write_rows(update(Pause).where(mine).values(until=until).returning(Pause.lane)).first()
    db.session.commit()
    pause.until = until
    return moved is not None


def succeeded(name: str, pause: Pause | None) -> None:
    """Note that a provider took a row; commits if that ends a rest."""
    _failures()[name] = 0
    _successes()[name] = now()
    if pause:
        _end(pause)


def outlasted(found: dict[str, Pause]) -> dict[str, Pause]:
    """Those rests that no success of ours has ended; commits if one has.

    A row that left before its provider began to rest may be taken after that. Where the provider
    only asked for a rest, that says nothing.
    """
    taken = _successes()
    ended = {
        name
        for name, pause in found.items()
        if pause.failures and taken.get(name, pause.since) > pause.since
    }
    for name in ended:
        _end(found[name])
    return {name: pause for name, pause in found.items() if name not in ended}


def _end(pause: Pause) -> None:
    """End a rest, unless another worker has begun it anew; commits."""
    mine = (Pause.lane == pause.lane) & (Pause.since == pause.since)
    db.session.execute(delete(Pause).where(mine))
    db.session.commit()
    log.warning("%s works again", pause.lane)


def failed(name: str, error: TryLater | Uncertain, pause: Pause | None) -> timedelta | None:
    """Note a failure that may be the provider's; commits if it rests now. Returns for how long."""
    failures = _failures()
    failures[name] += 1
    match error:
        case Busy():
            rest = min(error.after or BUSY, LONGEST_WAIT)
        case UsedUp():
            rest = DENIED  # somebody may buy more before it is renewed
        case Denied():
            rest = max(error.after or DENIED, DENIED)
        case _ if failures[name] < FAILURES and pause is None and not error.rests:
            return None
        case _:
            rest = min(SHORTEST * 2 ** min(pause.failures if pause else 0, DOUBLINGS), LONGEST)
    try:
        _rest(name, rest, error, is_probe=pause is not None)
        _tell(name.partition(" ")[0], error, rest)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()  # another worker has just said the same
    return rest


def _rest(name: str, rest: timedelta, error: TryLater | Uncertain, *, is_probe: bool) -> None:
    moment = now()
    pause = db.session.get(Pause, name, with_for_update=True, populate_existing=True)
    if pause and not is_probe and pause.until > moment:
        return  # several rows were under way when it failed: that counts once
    if pause is None:
        pause = Pause(lane=name, since=moment, failures=0)
        db.session.add(pause)
    pause.failures += not isinstance(error, Busy)
    pause.until, pause.reason = moment + rest, str(error)
    pause.used_up, pause.renewed_at = isinstance(error, UsedUp), _renewal(error)
    db.session.flush()  # that another worker said it first must be seen here, not by the alert
    log.error("%s rests for %s: %s", name, rest, error)


def _renewal(error: TryLater | Uncertain) -> datetime | None:
    return now() + error.after if isinstance(error, UsedUp) and error.after else None


def _tell(provider: str, error: TryLater | Uncertain, rest: timedelta) -> None:
    """Queue an alert about a rest, unless the provider is only busy, and not for long."""
    look = "On the server, “flask delivery status” says what is wrong."
    if isinstance(error, UsedUp):
        renewal = _renewal(error)
        when = f" (on {words.moment(renewal)})" if renewal else ""
        title = f"What our plan with {provider} allows is used up"
        text = f"Nothing is lost: it waits and goes by itself once the plan is renewed{when}"
        alert(title, f"{text} or you buy more. {look}", once=f"{title} {words.day(now())}")
    elif not isinstance(error, Busy) or rest > LONGEST:
        alert_again(
            f"The portal cannot hand mail or contacts to {provider}",
            f"Nothing is lost: it waits and goes by itself once that is mended. {look}",
            f"rests {provider}",
        )


def clear() -> None:
    """Let every provider be tried at once; commits. For a person who has mended something."""
    _failures().clear()
    _successes().clear()
    db.session.execute(delete(Pause))
    db.session.commit()


def _failures() -> Counter[str]:
    counter: Counter[str] = current_app.extensions.setdefault("provider_failures", Counter())
    return counter


def _successes() -> dict[str, datetime]:
    """When a provider took a row of this process last, by lane."""
    moments: dict[str, datetime] = current_app.extensions.setdefault("provider_successes", {})
    return moments
