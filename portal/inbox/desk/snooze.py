"""Until when a conversation can be hidden by one press."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from portal.extensions import now
from portal.words import DAYS_A_WEEK, local, start_of

HIDE = "hide "  # what a button does, before the key of a choice
MORNING = time(9)
MORNINGS = {"tomorrow": "Until tomorrow", "monday": "Until next Monday"}
HOURS = 2


@dataclass(frozen=True)
class Until:
    """A moment to hide something until, with its words."""

    key: str
    words: str
    moment: datetime


def choices() -> list[Until]:
    """The moments that people mean most, soonest first; each is after now."""
    return [
        Until("hours", f"For {HOURS} hours", now() + timedelta(hours=HOURS)),
        *(Until(key, f"{words} 9:00", _morning(key)) for key, words in MORNINGS.items()),
    ]


def until(key: str) -> datetime | None:
    """The moment of a choice; None for what is no choice."""
    return next((one.moment for one in choices() if one.key == key), None)


def _morning(key: str) -> datetime:
    """Nine o'clock on the team's clocks, tomorrow or on the next Monday."""
    today = local(now()).date()
    days = 1 if key == "tomorrow" else DAYS_A_WEEK - today.weekday()
    return start_of(today + timedelta(days=days), MORNING)
