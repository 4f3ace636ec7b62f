"""Reads a day and a time as people write them: 27 November 3pm, 27/11/2030, tomorrow at noon."""

import re
from datetime import date, datetime, time, timedelta

END_OF_DAY = time(17)  # what a day without a time means
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WITH_YEAR = (
    *("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y"),
    *("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y"),
)
WITHOUT_YEAR = ("%d/%m", "%d %B", "%d %b", "%B %d", "%b %d")
NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(23, 59)}
ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")
BETWEEN = re.compile(r"[,;]|(?<=\d)t(?=\d)|\b(at|by|on|before|of|the)\b")
NAMED_DAY = re.compile(r"\b(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b")
NAMED_TIME = re.compile(r"\b(noon|midday|midnight)\b")
CLOCK = re.compile(
    r"(?<![\d./-])"
    r"(?:(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2})?(?![\d./-])|(?P<only>\d{1,2})(?=\s?[ap]\.?m\b))"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
)


def read(text: str, today: date) -> datetime | None:
    """The moment that a text names, on the local clock; None when it cannot be read.

    A day without a year is the next such day. A time without a day is today's.
    """
    words = ORDINAL.sub("", text.lower())
    words = BETWEEN.sub(" ", words)
    try:
        words, clock = _take_time(words)
        day = _read_day(" ".join(words.split()), today, any_time=clock is not None)
    except ValueError:
        return None
    return datetime.combine(day, clock or END_OF_DAY)


def _take_time(words: str) -> tuple[str, time | None]:
    """The words without the time in them, and the time. Raises ValueError for an odd one."""
    if named := NAMED_TIME.search(words):
        return words.replace(named.group(), " "), NAMED_TIMES[named.group()]
    found = CLOCK.search(words)
    if not found:
        return words, None
    hour, minute = int(found["hour"] or found["only"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a clock's face
            raise ValueError(words)
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    return words[: found.start()] + " " + words[found.end() :], time(hour, minute)


def _read_day(words: str, today: date, *, any_time: bool) -> date:
    """The day. Raises ValueError where there is none."""
    if words == "today" or (not words and any_time):
        return today
    if words == "tomorrow":
        return today + timedelta(days=1)
    if named := NAMED_DAY.fullmatch(words):
        number = next(i for i, name in enumerate(WEEK) if name.startswith(named.group()[:3]))
        return today + timedelta(days=(number - today.weekday()) % 7)
    return _read_date(" ".join(NAMED_DAY.sub(" ", words).split()), today)


def _read_date(words: str, today: date) -> date:
    tries = [(words, pattern) for pattern in WITH_YEAR]
    for year in (today.year, today.year + 1):
        tries += [(f"{words} {year}", f"{pattern} %Y") for pattern in WITHOUT_YEAR]
    found = [_parse(text, pattern) for text, pattern in tries]
    with_year = next((day for day in found[: len(WITH_YEAR)] if day), None)
    if day := with_year or next((day for day in found if day and day >= today), None):
        return day
    raise ValueError(words)


def _parse(words: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(words, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
