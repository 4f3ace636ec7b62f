"""Moments and numbers in the words of a page, and how hard a text is to read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from flask import Flask, current_app

from portal.extensions import now

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
# A row of full stops is looked at once, from its start.
SENTENCE_END = re.compile(r"(?<![.!?:\u2026])[.!?:\u2026]+(?=\s|$)|[\u3002\uff01\uff1f]+|\n+")
SPELLED = "no one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
DAYS_A_WEEK, DAYS_A_YEAR = 7, 365
LONG_WORD = 6  # letters: what has more is a long word
# Björnsson's own steps (C. H. Björnsson, Läsbarhet, 1968), in words for an editor.
LIX_STEPS = ((30, "very easy"), (40, "easy"), (50, "medium"), (60, "hard"))


def local(moment: datetime) -> datetime:
    """The moment on the clocks of TIME_ZONE."""
    return moment.astimezone(current_app.config["TIME_ZONE"])


def start_of(that: date, at: time = time.min) -> datetime:
    """The start of a day, or that time of it, on the clocks of TIME_ZONE."""
    return datetime.combine(that, at, current_app.config["TIME_ZONE"]).astimezone(UTC)


def next_day(moment: datetime) -> datetime:
    """When the next day begins, on the clocks of TIME_ZONE."""
    return start_of(local(moment).date() + DAY)


def day(moment: datetime) -> str:
    """Such as 3 March 2030."""
    at = local(moment)
    return f"{at.day} {at:%B %Y}"


def moment(moment: datetime) -> str:
    """Such as 3 March 2030 at 14:05."""
    return f"{day(moment)} at {local(moment):%H:%M}"


def deadline(at: datetime) -> str:
    """A moment with its weekday, such as Sunday 3 March 2030 at 14:05."""
    return f"{local(at):%A} {moment(at)}"


def clock(at: datetime) -> str:
    """The time of a moment, with its day where that is not today: 14:05, 3 March 2030 at 14:05."""
    return f"{local(at):%H:%M}" if day(at) == day(now()) else moment(at)


def near(moment: datetime) -> str:
    """A moment as people say it: today 14:05, tomorrow 12:00, Friday 9:00, 3 Mar, 3 Mar 2030.

    A weekday is one of the six before or after today; which, the words around it say.
    """
    at, today = local(moment), local(now())
    distance = (at.date() - today.date()).days
    if abs(distance) <= 1:
        return f"{('yesterday', 'today', 'tomorrow')[distance + 1]} {at.hour}:{at:%M}"
    if abs(distance) < DAYS_A_WEEK:
        return f"{at:%A} {at.hour}:{at:%M}"
    return f"{at.day} {at:%b}" if at.year == today.year else f"{at.day} {at:%b %Y}"


def ago(moment: datetime) -> str:
    """How long ago, or how soon, in one unit: 5 minutes ago, in 2 days."""
    distance = now() - moment
    text = span(abs(distance))
    if text == "now":
        return text
    return f"{text} ago" if distance > timedelta(0) else f"in {text}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down."""
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if number := length // unit:
            return count(number, word)
    return "now"


def seconds(number: int) -> str:
    """Some seconds in words, from a minute on in the nearest minute: 30 seconds, 2 minutes."""
    if number < MINUTE.seconds:
        return count(number, "second")
    return count(round(number / MINUTE.seconds), "minute")


def count(number: int, word: str, many: str = "") -> str:
    """A number with its word: 1 day, 2 days."""
    return f"{number} {word if number == 1 else many or word + 's'}"


def days(number: int) -> str:
    """So many days, or the years that they are: 90 days, 1 year, 2 years."""
    years, rest = divmod(number, DAYS_A_YEAR)
    return count(years, "year") if years and not rest else count(number, "day")


def spelled(number: int) -> str:
    """A small number as a word: three. From 13 on in digits."""
    return SPELLED[number] if number < len(SPELLED) else str(number)


def times(number: int) -> str:
    """How often: once, twice, three times."""
    return {1: "once", 2: "twice"}.get(number, f"{spelled(number)} times")


def per(length: timedelta) -> str:
    """A length of time behind "once": a day, an hour, in 2 days."""
    words = span(length)
    if not words.startswith("1 "):
        return f"in {words}"
    return f"{'an' if words == '1 hour' else 'a'} {words[2:]}"


def lix(text: str) -> int | None:
    """The reading index LIX; None for a text without words.

    Words in a sentence plus long words in a hundred, a long word having more
    than six letters (C. H. Björnsson, Läsbarhet, 1968). Under 30 is very easy.
    """
    words = WORD.findall(text)
    if not words:
        return None
    sentences = sum(1 for part in SENTENCE_END.split(text) if WORD.search(part))
    long_words = sum(1 for word in words if len(word) > LONG_WORD)
    return round(len(words) / sentences + 100 * long_words / len(words))


def reading_level(text: str) -> str:
    """How hard a text is to read, in words: `38, easy`. Empty for a text without words."""
    index = lix(text)
    if index is None:
        return ""
    return f"{index}, " + next((words for top, words in LIX_STEPS if index < top), "very hard")


def init_app(app: Flask) -> None:
    """Let templates say these things."""
    said = (day, moment, deadline, clock, near, ago, span, seconds, count, days, local)
    app.jinja_env.filters |= {function.__name__: function for function in said}
    app.jinja_env.tests["over"] = lambda moment: moment < now()
    app.jinja_env.globals["periods"] = {}


def show_periods(app: Flask, **periods: Callable[[], object]) -> None:
    """Let pages and mails say numbers and periods of ours: `a mail {{ periods.mail_pause() }}`.

    Each is a function that puts the constant or the setting into words when a page is
    made, so that a page says what the code does. A name that is not known raises.
    """
    known: dict[str, Callable[[], object]] = app.jinja_env.globals["periods"]  # type: ignore[assignment]
    known.update(periods)
