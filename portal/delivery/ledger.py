"""The ledger: what was saved, and where all of it is.

What is still open is counted in the outbox itself. What was saved, and what
came to an end, is counted when it happens: by triggers, that write an entry
in the same transaction (`migrations/versions/0013_ledger.py`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Text,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    union_all,
)

from portal import words
from portal.delivery import batches, brake, breaker, claims, routing
from portal.delivery.claims import blocked
from portal.delivery.models import (
    KEPT,
    OPEN,
    TAKEN,
    TO_DO,
    UNFINISHED,
    Event,
    LedgerEntry,
    Outgoing,
    OutgoingState,
    Pause,
    Urgency,
)
from portal.extensions import db, now, write_rows

SAVED = "saved"
MANY = 1000  # entries, after which they are summed up
HOUR = timedelta(hours=1)
OVERDUE = timedelta(minutes=5)  # a working worker and its sweep never leave a row for so long


@dataclass(frozen=True)
class Ledger:
    """How many rows there are in all, how many in each state, and how many nobody looks after."""

    saved: int
    states: dict[OutgoingState, int]
    overdue: int
    failing: int = 0
    """How many failed in the last hour: by a refusal, or as a provider has told."""
    unheard: int = 0
    """How many events wait for longer than a working worker lets them, or were given up."""
    braked: int = 0
    """How many mails wait because so many left in the last hour (`brake`)."""
    resting: tuple[str, ...] = ()
    """Who takes nothing for now, and why, each in a sentence."""

    @property
    def accepted(self) -> int:
        """Rows that a provider has taken, whatever came of them later."""
        return sum(self.states[state] for state in TAKEN)

    @property
    def waiting(self) -> int:
        """Rows that will still be sent."""
        return sum(self.states[state] for state in UNFINISHED)

    @property
    def balances(self) -> bool:
        """Whether every row that was saved is accounted for."""
        ended = (OutgoingState.FAILED, OutgoingState.UNCERTAIN, OutgoingState.CANCELLED)
        return self.saved == self.accepted + self.waiting + sum(self.states[s] for s in ended)

    def troubles(self) -> Iterator[str]:
        """What a person should look at, each in a sentence."""
        if not self.balances:
            yield f"The ledger does not balance: {self.saved} saved, {self.states}."
        yield from self.resting
        if self.overdue:
            yield f"Rows that should have gone: {self.overdue}. Is “flask worker” running?"
        if self.braked:
            yield (
                "Mails to people who have not confirmed that wait for their hour: "
                f"{self.braked}. See “flask delivery held”."
            )
        if self.unheard:
            yield f"News from providers that was not acted on: {self.unheard}. The log says why."
        if failed := self.states[OutgoingState.FAILED]:
            yield f"Rows that failed: {failed}. See them with “flask delivery status”."
        if uncertain := self.states[OutgoingState.UNCERTAIN]:
            yield f"Rows that may or may not have been sent: {uncertain}. A person must decide."


def _rests(pause: Pause) -> str:
    """That a provider takes nothing, and until when: no moment that has passed is named."""
    if pause.used_up:
        when = f", until {words.moment(pause.renewal)}" if pause.renewal else ""
        since = words.moment(pause.since)
        what = f"Our plan for {pause.lane} has been used up since {since}{when}"
    elif pause.until > now():
        what = f"Nothing goes to {pause.lane} until {words.clock(pause.until)}"
    else:
        what = f"Nothing goes to {pause.lane} before one row has tried whether it works again"
    return f"{what}; what waits is kept. {pause.reason}"


def read() -> Ledger:
    """Count the outbox as it stands now."""
    opened = select(cast(Outgoing.state, Text), func.count()).where(Outgoing.is_in(*OPEN))
    noted = select(LedgerEntry.account, func.sum(LedgerEntry.number))
    # One statement, so that both counts see the same moment.
    both = union_all(opened.group_by(Outgoing.state), noted.group_by(LedgerEntry.account))
    counts = Counter({row[0]: int(row[1]) for row in db.session.execute(both)})
    failed = Outgoing.is_open(OutgoingState.FAILED) & (Outgoing.finished_at > now() - HOUR)
    return Ledger(
        counts[SAVED],
        {state: counts[state] for state in OutgoingState},
        overdue=overdue(),
        failing=_count(failed),
        unheard=_count(Event.applied_at.is_(None) & (Event.due_at < now() - OVERDUE)),
        braked=brake.held(),
        resting=tuple(_rests(pause) for pause in breaker.pauses().values()),
    )


def overdue() -> int:
    """How many rows a working worker would have sent by now."""
    late = now() - OVERDUE
    waits = Outgoing.is_in(*TO_DO) & (Outgoing.due_at < late) & ~blocked() & routing.can_go()
    waits &= ~brake.concerns() | brake.lets_go(OVERDUE)
    waits &= (Outgoing.urgency != Urgency.BULK) | (batches.is_let() & ~_bulk_left(late))
    # Each has an index of its own, which neither database takes for both at once.
    return _count(waits) + _count(claims.is_abandoned(OVERDUE))


def _bulk_left(since: datetime) -> ColumnElement[bool]:
    """Whether some of what is very many has left since then: the rest waits for its turn."""
    left = (Outgoing.urgency == Urgency.BULK) & (Outgoing.finished_at > since)
    return exists().where(left, text(KEPT)).correlate(None)


def _count(which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(which)) or 0


def carry_forward() -> None:
    """Put few entries in the place of many; commits."""
    entries = delete(LedgerEntry).returning(LedgerEntry.account, LedgerEntry.number)
    taken = write_rows(entries).all()
    if len(taken) <= MANY:
        db.session.rollback()
        return
    sums: Counter[str] = Counter()
    for entry in taken:
        sums[entry.account] += entry.number
    db.session.execute(insert(LedgerEntry), [{"account": one, "number": sums[one]} for one in sums])
    db.session.commit()
