"""How the team is doing, in numbers that name nobody.

Each query walks an index and has an end, so that a page costs what waits and
not what was ever kept. What is counted stops at MOST; what is timed is timed
on a sample of the newest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import delete, literal, select, text, union_all

from portal import delivery
from portal.extensions import db, now
from portal.inbox.desk.query import count_up_to
from portal.inbox.figures.models import FirstAnswer
from portal.inbox.intake import working_days_after
from portal.inbox.models import (
    IN_DANGER,
    IN_TROUBLE,
    IS_YOUNG,
    Conversation,
    Kind,
    Rank,
)
from portal.transaction import one_transaction
from portal.words import local, next_day, start_of

SAMPLE = 500
WEEK_SAMPLE = 200
MOST = 1000  # a count that reaches this says “1,000 or more”
WEEKS = 12
DEADLINE_DAYS = 2  # how far ahead press deadlines are counted
DAY, WEEK = timedelta(days=1), timedelta(days=7)
WORKING_WEEK = timedelta(days=5)
MONDAY = datetime(1970, 1, 5)  # noqa: DTZ001 - a day on the wall


@dataclass(frozen=True)
class Wait:
    """How long a group of people waited for a first answer, in working time."""

    number: int
    median: timedelta
    ninetieth: timedelta


@dataclass(frozen=True)
class WaitingFigures:
    """What waits for the team now."""

    kinds: dict[Kind, int]
    oldest: datetime | None
    overdue: int
    due_today: int
    deadlines: int
    """Press enquiries whose deadline is in the next two days, or has to be read by a person."""
    held: int
    trouble: int
    danger: int
    young: int
    mails: int
    """Emails to people who have not confirmed that wait, because so many left in the last hour."""

    @property
    def waiting(self) -> int:
        """How many wait, of every kind."""
        return sum(self.kinds.values())


WAITED = Conversation.answered_at != Conversation.created_at  # else the team wrote first
# Asked for each contact form: past the ORM it costs half.
COUNTED = select(FirstAnswer.__table__)
Answered = tuple[Kind, timedelta]
"""The kind of a conversation, and how long it waited for a first answer."""


def first_answer() -> FirstAnswer | None:
    """How soon the newest answers came, as it was counted last; None while nothing was answered."""
    found = db.session.connection().execute(COUNTED).mappings().first()
    return FirstAnswer(**found) if found else None


@one_transaction
def count_answers() -> None:
    """Count how soon the newest answers came, and who still waits though the time is over."""
    rows = db.session.execute(
        select(Conversation.created_at, Conversation.answered_at)
        .where(Conversation.answered_at.is_not(None), WAITED)
        .order_by(Conversation.answered_at.desc())
        .limit(SAMPLE)
    )
    times = [(came, answered) for came, answered in rows if answered]
    if not times:
        db.session.execute(delete(FirstAnswer))
        return
    days = current_app.config["PROMISE_WORKING_DAYS"]
    in_time = sum(answered <= working_days_after(came, days) for came, answered in times)
    looked_at = len(times) + _waiting_beyond(days)
    db.session.merge(
        FirstAnswer(
            id=1,
            answered=looked_at,
            median_days=round(median(working_time(*pair) / DAY for pair in times), 1),
            within_promise=100 * in_time // looked_at,
        )
    )


def _waiting_beyond(days: int) -> int:
    """How many wait for a first answer longer than that many working days; at most SAMPLE.

    What is held, spam or closed waits for none.
    """
    waiting = Conversation.folder.in_(("active", "waiting")) & Conversation.answered_at.is_(None)
    came = (
        select(Conversation.created_at)
        .where(waiting, Conversation.created_at < now() - days * DAY)
        .order_by(Conversation.created_at)
        .limit(SAMPLE)
    )
    return sum(working_days_after(one, days) < now() for one in db.session.scalars(came))


def working_time(start: datetime, end: datetime) -> timedelta:
    """The time between two moments without Saturdays and Sundays, on the team's calendar."""
    zone = current_app.config["TIME_ZONE"]
    return max(_worked(end, zone) - _worked(start, zone), timedelta(0))


def _worked(moment: datetime, zone: ZoneInfo) -> timedelta:
    """The working time from a Monday long ago until then."""
    weeks, rest = divmod(moment.astimezone(zone).replace(tzinfo=None) - MONDAY, WEEK)
    return weeks * WORKING_WEEK + min(rest, WORKING_WEEK)


def queue() -> WaitingFigures:
    """What waits for the team at this moment."""
    moment = now()
    midnight = next_day(moment)
    active = Conversation.folder == "active"
    ranked = active & Conversation.rank.in_(list(Rank))  # so that the index leads to `due_at`
    soon = Conversation.deadline_at.between(moment, moment + DEADLINE_DAYS * DAY)
    deadline = soon | (Conversation.deadline_words != "")
    here = Conversation.folder.in_(("active", "held"))
    found = count_up_to(
        MOST,
        {kind: active & (Conversation.kind == kind) for kind in Kind}
        | {
            "overdue": ranked & (Conversation.due_at < moment),
            "due_today": ranked & Conversation.due_at.between(moment, midnight),
            "deadlines": here & (Conversation.kind == Kind.PRESS) & deadline,
            "held": Conversation.folder == "held",
            "trouble": active & text(IN_TROUBLE),
            "danger": here & text(IN_DANGER),
            "young": here & text(IS_YOUNG),
        },
    )
    kinds = {kind: found.pop(kind) for kind in Kind}
    came = select(Conversation.created_at).where(active).order_by(Conversation.created_at)
    return WaitingFigures(
        kinds, db.session.scalar(came.limit(1)), **found, mails=delivery.mails_held()
    )


def weeks() -> list[date]:
    """The Mondays of the last weeks, this one last."""
    today = local(now()).date()
    monday = today - today.weekday() * DAY
    return [monday - number * WEEK for number in reversed(range(WEEKS))]


def answered_by_week(mondays: Sequence[date]) -> dict[date, list[Answered]]:
    """Up to WEEK_SAMPLE conversations that got their first answer in each week."""
    kind_of, came_at = Conversation.kind, Conversation.created_at
    answered_at = Conversation.answered_at
    parts = []
    for number, monday in enumerate(mondays):
        newest = (
            select(literal(number), kind_of, came_at, answered_at)
            .where(answered_at >= start_of(monday), WAITED)
            .where(answered_at < start_of(monday + WEEK))
            .order_by(answered_at.desc())
            .limit(WEEK_SAMPLE)
        )
        parts.append(select(newest.subquery()))
    found: dict[date, list[Answered]] = {monday: [] for monday in mondays}
    for number, kind, came, answered in db.session.execute(union_all(*parts)):
        found[mondays[number]].append((kind, working_time(came, answered)))
    return found


def wait(times: Iterable[timedelta]) -> Wait | None:
    """How long these waits were; None where there are none."""
    days = [length / DAY for length in times]
    if not days:
        return None
    ninetieth = quantiles(days, n=10, method="inclusive")[-1] if len(days) > 1 else days[0]
    return Wait(len(days), median(days) * DAY, ninetieth * DAY)
