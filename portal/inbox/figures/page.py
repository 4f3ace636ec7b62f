"""The dashboard: the team's figures, ready to be drawn and read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app

from portal.inbox.figures import numbers
from portal.inbox.models import Kind
from portal.words import HOUR, count, start_of

DAYS_SHOWN = 10  # working days: from here on nobody minds the tenths


@dataclass(frozen=True)
class Week:
    """What happened in a week that begins on `monday`."""

    monday: date
    name: str
    wait: numbers.Wait | None
    signups: int


@dataclass(frozen=True)
class Board:
    """All that the dashboard shows."""

    queue: numbers.WaitingFigures
    weeks: list[Week]
    kinds: dict[Kind, numbers.Wait | None]
    overall: numbers.Wait | None
    signups: int
    held_signups: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        waits = self.queue.waiting or self.queue.held or self.held_signups
        return not (waits or self.overall or self.signups)

    def days(self, what: str) -> list[float]:
        """The `median` or `ninetieth` of each week in working days; 0 for a week without one."""
        return [getattr(week.wait, what) / numbers.DAY if week.wait else 0 for week in self.weeks]


def board() -> Board:
    """The figures as they are now."""
    mondays = numbers.weeks()
    answered = numbers.answered_by_week(mondays)
    ends = [start_of(day) for day in (*mondays, mondays[-1] + numbers.WEEK)]
    newsletter = current_app.extensions["newsletter_figures"]
    signups = newsletter.signups(ends)
    every = [one for week in answered.values() for one in week]
    return Board(
        queue=numbers.queue(),
        weeks=[
            Week(monday, _name(monday, mondays), _wait(answered[monday]), number)
            for monday, number in zip(mondays, signups, strict=True)
        ],
        kinds={kind: _wait(one for one in every if one[0] is kind) for kind in Kind},
        overall=_wait(every),
        signups=sum(signups),
        held_signups=newsletter.held(),
    )


def _wait(answered: Iterable[numbers.Answered]) -> numbers.Wait | None:
    return numbers.wait(length for _, length in answered)


def _name(monday: date, mondays: list[date]) -> str:
    """The week in plain words: This week, Last week, Week of 3 March."""
    if monday == mondays[-1]:
        return "This week"
    return "Last week" if monday == mondays[-2] else f"Week of {monday.day} {monday:%B}"


def length(time: timedelta) -> str:
    """How long somebody waited, in words: under an hour, 5 hours, 2.5 days."""
    if time < HOUR:
        return "under an hour"
    if time < numbers.DAY:
        return count(int(time / HOUR), "hour")
    days = time / numbers.DAY
    shown = f"{days:.1f}".removesuffix(".0") if days < DAYS_SHOWN else f"{days:.0f}"
    return f"{shown} {'day' if shown == '1' else 'days'}"


def number(value: int) -> str:
    """A count in words: 12, or 1,000 or more."""
    return f"{value:,}" + (" or more" if value >= numbers.MOST else "")
