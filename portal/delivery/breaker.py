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
from sqlalchemy import ColumnElement, delete, func, literal, select, update

from portal import words
from portal.delivery.alerts import alert, alert_again
from portal.delivery.models import Outgoing, Pause
from portal.extensions import db, insert_into, now, write_rows
from portal.providers.errors import (
    LONGEST_WAIT,
    Busy,
    Denied,
    StillAtWork,
    TryLater,
    Uncertain,
    UsedUp,
)

log = logging.getLogger(__name__)

FAILURES = 5  # in a row, before a provider rests
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
DOUBLINGS = 10  # more would be longer than any rest
DENIED = timedelta(minutes=15)  # a person has to mend that, and then starts the worker again
BUSY = timedelta(seconds=10)  # where the provider does not say for how long
PROBE = timedelta(minutes=2)  # that a probe may take; after that another may try
ALL = select(Pause.__table__)
NOBODY_RESTS = ~select(Pause.lane).exists()
SOMEBODY = select(func.count()).select_from(Pause).scalar_subquery().label("somebody_rests")


def lane(provider: Any, row: Outgoing) -> str:
    """What rests together: of one provider, one kind of rows."""
    return f"{provider.name} {row.kind}"


def rests(name: ColumnElement[str]) -> ColumnElement[bool]:
    """In SQL: whether the provider of that name takes no row of that kind now."""
    mine = Pause.lane == name.concat(" ").concat(Outgoing.kind)
    resting = select(Pause.lane).where(mine, Pause.until > now())
    return resting.correlate(Outgoing).exists()


def pauses() -> dict[str, Pause]:
    """Who rests, or is to be tried again, by lane: usually nobody."""
    found = db.session.connection().execute(ALL).mappings()
    # The session does not know these: another worker may end the rest meanwhile.
    return {pause["lane"]: Pause(**pause) for pause in found}


def move(pause: Pause, until: datetime) -> bool:
    """Let a rest end at another moment, if no other worker has changed it; commits."""
    mine = (Pause.lane == pause.lane) & (Pause.until == pause.until)
    moved = write_rows(update(Pause).where(mine).values(until=until)).rowcount > 0
    db.session.commit()
    pause.until = until
    return moved


def succeeded(name: str, pause: Pause | None, *, somebody_rests: bool) -> None:
    """Note that a provider took a row; in the caller's transaction.

    That ends its rest, also where the row left before that began. But where the provider only
    asked for a rest, only the row that tries again ends it.
    """
    _failures()[name] = 0
    if pause or somebody_rests:
        mine = Pause.lane == name
        mine &= Pause.since == pause.since if pause else Pause.failures > 0
        if write_rows(delete(Pause).where(mine)).rowcount:
            log.warning("%s works again", name)


def failed(name: str, error: TryLater | Uncertain, pause: Pause | None) -> None:
    """Note a failure that may be the provider's; commits if it rests now."""
    if isinstance(error, StillAtWork):
        return
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
            return
        case _:
            rest = min(SHORTEST * 2 ** min(pause.failures if pause else 0, DOUBLINGS), LONGEST)
    moment, is_used_up, counts = now(), isinstance(error, UsedUp), int(not isinstance(error, Busy))
    renewed_at = moment + error.after if isinstance(error, UsedUp) and error.after else None
    told = {"until": moment + rest, "reason": str(error)}
    told |= {"used_up": is_used_up, "renewed_at": renewed_at}
    new = insert_into(Pause, db.engine.dialect.name)
    new = new.values(lane=name, since=moment, failures=counts, **told)
    more = told | {"failures": Pause.failures + counts}
    # Several rows were under way when it failed: that counts once.
    again = (Pause.until <= moment) | literal(pause is not None)
    rests = new.on_conflict_do_update(index_elements=["lane"], set_=more, where=again)
    if write_rows(rests.returning(Pause.lane)).first():
        log.error("%s rests for %s: %s", name, rest, error)
    _tell(name.partition(" ")[0], error, rest, renewed_at)
    db.session.commit()


def _tell(
    provider: str, error: TryLater | Uncertain, rest: timedelta, renewal: datetime | None
) -> None:
    """Queue an alert about a rest, unless the provider is only busy, and not for long."""
    look = "On the server, “flask delivery status” says what is wrong."
    if isinstance(error, UsedUp):
        when = f" (on {words.moment(renewal)})" if renewal else ""
        title = f"What our plan with {provider} allows is used up"
        text = f"Nothing is lost. It waits, and goes out when the plan is renewed{when}"
        alert(title, f"{text} or you buy more. {look}", once=f"{title} {words.day(now())}")
    elif not isinstance(error, Busy) or rest > LONGEST:
        alert_again(
            f"The portal cannot hand mail or contacts to {provider}",
            f"Nothing is lost. It waits, and goes out when that works again. {look}",
            f"rests {provider}",
        )


def clear() -> None:
    """Let every provider be tried at once; commits. For a person who has mended something."""
    _failures().clear()
    db.session.execute(delete(Pause))
    db.session.commit()


def _failures() -> Counter[str]:
    counter: Counter[str] = current_app.extensions.setdefault("provider_failures", Counter())
    return counter
