"""Reads a day and a time as people write them: 27 November 3pm, 27/11/2030, next Tuesday, EOD.

What is not understood to the last word is not read at all: no answer is better than a wrong one.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import Enum
from typing import NamedTuple

from portal import clocks
from portal.clocks import Groups
from portal.letters import normal_form

LONGEST = 100  # letters: what is longer says more than a moment
ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)
JUST_PASSED = timedelta(days=31)  # a day without a year that passed so lately may be meant
CENTURY, LEAP = 2000, 8  # no more than eight years lie between two leap days
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = (
    *("a|an|one|next(?= hour)", "two|a couple of", "three", "four", "five", "six", "seven"),
    *("eight", "nine", "ten", "eleven", "twelve"),
)

NAMED_DAY = r"(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|r|rs|rsday|nesday|urday)?"
MONTH = (
    "(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    "(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
)
NUMBER_OF_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
DATES = (
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)",
    r"(?P<day>\d\d?)(?P<mark>[/.-])(?P<month>\d\d?)(?:(?P=mark)(?P<year>\d{4}|\d\d))?",
    rf"{NUMBER_OF_DAY}[ -]?{MONTH}(?:[ -](?P<year>\d{{4}}|\d\d))?",
    rf"{MONTH} {NUMBER_OF_DAY}(?: (?P<year>\d{{4}}))?",
)
AHEAD = "(?:(?:in|within|next) )*"
FROM_WHEN = "(?: today|(?P<ago> ago))?"
FOUND_WEEKDAY = re.compile(rf"\b{NAMED_DAY}\b")
SPAN = re.compile(
    rf"{AHEAD}(?P<number>\d{{1,3}}|half(?: 1)?) ?"
    r"(?P<unit>m|h)(?:ins?|inutes?|ours?|rs?)?"
)
FILLING = re.compile(
    r"[,;()!?*\u2013\u2014]|(?<=\d)t(?=\d)|(?<= )-(?= )|(?<=[a-z])\.(?= |$)|'s?(?= time)|"
    r"\b(?:my|our|deadline|is|it's|its|due|no later than|(?:at the )?latest|please|sharp|from now|"
    r"or (?:before|earlier|sooner)|first thing(?= .*morning)|(?:in )?the|of|by|on|before|for|"
    r"(?:(?:uk|london|local) )?time)\b"
)


class Doubt(Enum):
    """Why somebody is asked what they mean."""

    WEEKDAY = "the weekday is not that of the date"
    NEXT = "“next” may mean this week or the week after"
    YEAR = "no year is named, and this year's day has just passed"
    PAST = "it has passed"


class Reading(NamedTuple):
    """A moment as it was read."""

    at: datetime
    """On the clocks of the `now` that it was read with."""
    has_time: bool = True
    """Whether a time was named; else the end of the working day is meant."""
    doubt: Doubt | None = None
    others: tuple[datetime, ...] = ()
    """What else it may mean where it is in doubt."""


class _Day(NamedTuple):
    """A day as it was read, before its time is known."""

    day: date
    doubt: Doubt | None = None
    others: tuple[date, ...] = ()
    is_weekly: bool = False
    """Whether the same words are true a week later."""


def read(text: str, now: datetime) -> Reading | None:
    """The moment that a text names; None when it cannot be read.

    `now` knows its time zone: those clocks are meant, unless the text names others.
    A day without a time is END_OF_DAY, a day without a year the next such day, a time
    without a day today's. What has passed is read too, and is in doubt.
    """
    if len(text) > LONGEST or not (words := _plain(text)):
        return None
    if span := SPAN.fullmatch(words):
        return Reading(_later(span, now))
    try:
        words, zone = clocks.take_zone(words)
        words, times = clocks.take_time(words)
        words = _squeeze(re.sub(r"\bat\b", " ", words))
        day = _read_day(words, now.date()) if words or times else None
        return _reading(day, times, now, zone or now.tzinfo) if day else None
    except (ValueError, OverflowError):
        return None


def _plain(text: str) -> str:
    """The words in lower case, numbers as digits, without what says nothing of the moment."""
    words = normal_form("NFKC", text).lower().replace("\u2019", "'")
    words = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", words)
    for number, names in enumerate(NUMBERS, 1):
        words = re.sub(rf"\b(?:{names})\b", str(number), words)
    return _squeeze(FILLING.sub(" ", words))


def _squeeze(words: str) -> str:
    return " ".join(words.split())


def _later(span: re.Match[str], now: datetime) -> datetime:
    """A number of minutes or hours from now, also on the days when the clocks change."""
    number = 0.5 if span["number"].startswith("half") else int(span["number"])
    length = timedelta(minutes=number) if span["unit"] == "m" else timedelta(hours=number)
    return (now.astimezone(UTC) + length).astimezone(now.tzinfo)


def _read_day(words: str, today: date) -> _Day | None:
    """The day that all the words name. Raises ValueError for a date that is none."""
    for pattern, meaning in DAYS:
        if found := pattern.fullmatch(words):
            return meaning(found.groupdict(), today)
    named = FOUND_WEEKDAY.search(words)
    rest = _squeeze(FOUND_WEEKDAY.sub(" ", words, count=1))
    day = _read_day(rest, today) if named else None
    return _with_weekday(day, WEEKDAYS.index(named["weekday"]), today) if day and named else None


def _with_weekday(day: _Day, weekday: int, today: date) -> _Day:
    """The day, in doubt where it is another weekday than the one that is named beside it."""
    if day.doubt is Doubt.YEAR:  # the number may be wrong, and the weekday right
        return day._replace(others=(_weekday({"weekday": WEEKDAYS[weekday]}, today).day,))
    if day.doubt or day.day.weekday() == weekday:
        return day
    nearest = day.day + ((weekday - day.day.weekday() + 3) % 7 - 3) * ONE_DAY
    return _Day(day.day, Doubt.WEEKDAY, (nearest,) if nearest >= today else ())


def _day(found: Groups, today: date) -> _Day:
    """Today, tomorrow, or the day after that."""
    return _Day(today + ONE_DAY * sum(bool(word) for word in found.values()))


def _day_past(found: Groups, today: date) -> _Day:
    """Yesterday, or the day before that."""
    return _Day(today - ONE_DAY * sum(bool(word) for word in found.values()))


def _days(found: Groups, today: date) -> _Day:
    """In so many days or weeks, or so many ago."""
    length = {"d": ONE_DAY, "w": ONE_WEEK, "f": 2 * ONE_WEEK}[(found["unit"] or "")[0]]
    return _Day(today + int(found["number"] or 0) * (-length if found["ago"] else length))


def _weekday(found: Groups, today: date) -> _Day:
    """The next such weekday, or that of a week that is named."""
    this_week = today + (WEEKDAYS.index(found["weekday"] or "") - today.weekday()) * ONE_DAY
    coming = this_week if this_week >= today else this_week + ONE_WEEK
    which = found.get("which") or ""
    if which == "next" and this_week > today:
        return _Day(this_week + ONE_WEEK, Doubt.NEXT, (this_week,))
    days = {
        "last": coming - ONE_WEEK,
        "last week": this_week - ONE_WEEK,
        "this week": this_week,
        **dict.fromkeys(("next", "next week"), this_week + ONE_WEEK),
        **dict.fromkeys(("week", "1 week"), coming + ONE_WEEK),
    }
    return _Day(days.get(which, coming), is_weekly=not which)


def _end_of_week(found: Groups, today: date) -> _Day:
    """The Friday of this week or the next."""
    return _weekday({"weekday": "fri", "which": f"{found['which'] or 'this'} week"}, today)


def _end_of_month(found: Groups, today: date) -> _Day:
    """The last day of this month, or of the next one with that name."""
    month = MONTHS.index(found["month"]) + 1 if found.get("month") else today.month
    year = today.year + (month < today.month)
    return _Day(date(year + month // 12, month % 12 + 1, 1) - ONE_DAY)


def _date(found: Groups, today: date) -> _Day:
    """A date; without a year the next such. Raises ValueError where there is none."""
    name, number = found["month"] or "", int(found["day"] or 0)
    month = int(name) if name.isdecimal() else MONTHS.index(name) + 1
    if year := found.get("year"):
        return _Day(date(int(year) + CENTURY * (len(year) == len("26")), month, number))
    day = _next_of(today, number, {month})
    last = date(day.year - 1, month, min(number, 28))
    is_near = today - JUST_PASSED < last < today
    return _Day(day, Doubt.YEAR if is_near else None)


def _of_month(found: Groups, today: date) -> _Day:
    """The 30th: of this month, or else of the next that has one."""
    return _Day(_next_of(today, int(found["day"] or 0), set(range(1, 13))))


def _next_of(today: date, number: int, months: set[int]) -> date:
    """The next day with that number in one of the months. Raises ValueError where none is."""
    for ahead in range(12 * LEAP + 1):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        with suppress(ValueError):
            if month + 1 in months and (day := date(year, month + 1, number)) >= today:
                return day
    raise ValueError(number)


def _reading(day: _Day, times: clocks.Times | None, now: datetime, zone: tzinfo | None) -> Reading:
    """The moment of a day, and what to ask about it."""
    start, end = times or clocks.WHOLE_DAY
    today = now.astimezone(zone).date()

    def moment(day: date) -> datetime:
        at = datetime.combine(day, start, zone)
        return (datetime.combine(day, end, zone) if day == today and at < now else at).astimezone(
            now.tzinfo
        )

    at = moment(day.day)
    if at < now and day.is_weekly:
        at = moment(day.day + ONE_WEEK)
    doubt, others = day.doubt, day.others
    if at < now:
        doubt, others = Doubt.PAST, others or (today + ONE_DAY,) * (day.day == today)
    return Reading(at, times is not None, doubt, tuple(moment(other) for other in others))


DAYS = [
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"(?:today)?", _day),
        (r"(?P<after>day after )?(?P<tomorrow>tomorrow|tmrw|tmw|tomorow|tommorow|tommorrow)", _day),
        (r"(?P<before>day )?(?P<yesterday>yesterday)", _day_past),
        (rf"{AHEAD}(?P<number>\d{{1,3}}) (?P<unit>day|week|fortnight)s?{FROM_WHEN}", _days),
        (rf"(?P<which>1 week|(?:this|next|last) week) {NAMED_DAY}", _weekday),
        (rf"(?:(?P<which>this|next|last) )?(?:coming )?{NAMED_DAY}", _weekday),
        (rf"{NAMED_DAY} (?P<which>(?:this|next|last) week|next|last|week)", _weekday),
        (r"end (?:(?P<which>this|next) )?week", _end_of_week),
        (rf"end (?:this )?(?:month|{MONTH})", _end_of_month),
        *((date, _date) for date in DATES),
        (r"(?P<day>\d\d?)(?:st|nd|rd|th)", _of_month),
    )
]
