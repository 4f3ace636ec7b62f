"""What the words in a list's cells mean: of a state, a date, topics, a format."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

from portal.newsletter.transfer.columns import plain


class There(StrEnum):
    """How somebody stands in a list that comes from elsewhere."""

    SUBSCRIBED = "subscribed"
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    NO_YES = "no-yes"
    """They are known there, and never said yes."""


STANDINGS = {
    There.SUBSCRIBED: "They get it",
    There.LEFT: "They left: never write to them",
    There.BOUNCED: "Mail to them came back",
    There.COMPLAINED: "They marked it as spam: never write to them",
    There.NO_YES: "They never said yes: leave them out",
}
# The words of Mailchimp, Brevo, MailerLite, Mailjet, of other programs, and of our own export.
STATE_WORDS: dict[There, tuple[str, ...]] = {
    There.SUBSCRIBED: (
        *("subscribed", "active", "enabled", "confirmed", "opted in", "opt in", "optin", "optedin"),
        *("yes", "y", "true", "1", "ok", "valid", "double opt in", "single opt in", "subscriber"),
        *("explicit", "implicit", "available", "whitelisted", "is subscribed", "current"),
    ),
    There.LEFT: (
        *("unsubscribed", "unsubscribe", "unsub", "left", "opted out", "opt out", "optout"),
        *("optedout", "blocklisted", "blacklisted", "blocked", "suppressed", "excluded", "no", "n"),
        *("false", "0", "not subscribed", "removed", "do not email", "do not mail", "cancelled"),
        *("canceled", "withdrawn", "disabled"),
    ),
    There.BOUNCED: (
        *("bounced", "bounce", "cleaned", "hard bounced", "hard bounce", "hardbounce"),
        *("hardbounced", "rejected", "dead"),
        *("soft bounced", "soft bounce", "softbounce", "softbounced", "invalid", "undeliverable"),
    ),
    There.COMPLAINED: (
        *("complained", "complaint", "complainer", "spam", "junk", "spam complaint", "abuse"),
        *("marked as spam", "reported as spam", "spammed"),
    ),
    There.NO_YES: (
        *("unconfirmed", "not confirmed", "nonsubscribed", "non subscribed", "transactional"),
        *("pending", "waiting", "never subscribed", "awaiting confirmation", "archived"),
        *("unverified", "invited", "none"),
    ),
}
BY_WORD = {word: standing for standing, words in STATE_WORDS.items() for word in words}
# Mailchimp says in a file's name who is in it.
IN_NAMES = {
    "nonsubscribed": There.NO_YES,
    "non subscribed": There.NO_YES,
    "unsubscribed": There.LEFT,
    "cleaned": There.BOUNCED,
    "bounced": There.BOUNCED,
    "unconfirmed": There.NO_YES,
}
NOTHING = frozenset({"", "no", "n", "false", "0", "null", "none", "na", "n a"})
# Numbers of days since 30 December 1899, as Excel keeps a date: 1990 to 2100.
EXCEL_BEGAN, EXCEL_DAYS = datetime(1899, 12, 30), range(32874, 73051)  # noqa: DTZ001 - as typed
UNIX = range(631152000, 4102444800)
SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
SLASHED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d)(.*)")
YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?!\d)(.*)")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3})[a-z]*[.,]?[\s-]+(\d{4})(.*)", re.DOTALL
)
MONTH_DAY = re.compile(
    r"([a-z]{3})[a-z]*\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})(.*)", re.DOTALL
)
WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+")
TIME = re.compile(
    r"[\st,]*(?:at\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,6})\d*)?)?\s*([ap])?\.?m?\.?\s*"
    r"(z|utc|gmt|[+-]\d{2}:?\d{2})?\s*"
)
CENTURY = 2000
MONTHS_A_YEAR = 12
BETWEEN = re.compile(r"\s*(?:[,;|/\n]|:::)\s*")


def standing(word: str) -> There | None:
    """What a word says of a state; None where we do not know the word."""
    return BY_WORD.get(plain(word))


def is_said(cell: str) -> bool:
    """Whether a cell says that something is so: a yes, or the moment when it came to be."""
    return plain(cell) not in NOTHING


def standing_by_name(name: str) -> There:
    """How those stand of whom a list says nothing, by the name of its file."""
    words = f" {plain(name)} "
    return next((kind for word, kind in IN_NAMES.items() if f" {word} " in words), There.SUBSCRIBED)


def says_which_is_first(cell: str) -> bool | None:
    """Whether in a date of three numbers the day is first; None where it may be either."""
    found = SLASHED.fullmatch(cell.strip())
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    if (first > MONTHS_A_YEAR) == (second > MONTHS_A_YEAR):
        return None
    return first > MONTHS_A_YEAR


def moment(cell: str, zone: tzinfo, *, day_first: bool) -> datetime | None:
    """The moment that a cell names, in any usual way; None where it names none."""
    text = WEEKDAY.sub("", " ".join(cell.lower().split()))
    if SERIAL.fullmatch(text):
        days = float(text.replace(",", "."))
        found = EXCEL_BEGAN + timedelta(days=days)
        return _in(zone, found) if int(days) in EXCEL_DAYS else None
    if text.isdecimal() and text.isascii() and len(text) in {10, 13}:
        seconds = int(text[:10])
        return datetime.fromtimestamp(seconds, UTC) if seconds in UNIX else None
    parts = _parts(text, day_first=day_first)
    try:
        return _made(*parts, zone) if parts else None
    except (ValueError, OverflowError):
        return None


def _parts(text: str, *, day_first: bool) -> tuple[int, int, int, str] | None:
    """Year, month, day and the rest of a text."""
    if found := YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]), found[4]
    if found := SLASHED.fullmatch(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        is_day_first = says_which_is_first(text)  # this date may say it by itself
        is_day_first = day_first if is_day_first is None else is_day_first
        day, month = (first, second) if is_day_first else (second, first)
        return year if year >= 100 else CENTURY + year, month, day, found[4]  # noqa: PLR2004
    if found := DAY_MONTH.fullmatch(text):
        return int(found[3]), _month(found[2]), int(found[1]), found[4]
    if found := MONTH_DAY.fullmatch(text):
        return int(found[3]), _month(found[1]), int(found[2]), found[4]
    return None


def _month(name: str) -> int:
    return MONTHS.index(name) + 1 if name in MONTHS else 0


def _made(year: int, month: int, day: int, rest: str, zone: tzinfo) -> datetime:
    if not rest.strip():
        return _in(zone, datetime(year, month, day))  # noqa: DTZ001 - it gets its zone there
    if not (time := TIME.fullmatch(rest)):
        raise ValueError(rest)
    hour, minute, second = (int(part or 0) for part in time.groups()[:3])
    if half := time[5]:
        hour = hour % 12 + (12 if half == "p" else 0)
    part = int((time[4] or "").ljust(6, "0"))
    naive = datetime(year, month, day, hour, minute, second, part)  # noqa: DTZ001 - as above
    if not time[6]:
        return _in(zone, naive)
    offset = "+00:00" if time[6] in {"z", "utc", "gmt"} else time[6]
    return datetime.fromisoformat(f"{naive.isoformat()}{offset}").astimezone(UTC)


def _in(zone: tzinfo, naive: datetime) -> datetime:
    return naive.replace(tzinfo=zone).astimezone(UTC)


def choices(cell: str, offered: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The keys of what a cell chooses, by key or words; and what in it is none of them."""
    if not cell:
        return [], []
    found, unknown = _choices(cell, tuple(offered.items()))
    return [*found], [*unknown]


@lru_cache(maxsize=1000)
def _choices(cell: str, offers: tuple[tuple[str, str], ...]) -> tuple[list[str], list[str]]:
    """Most people of a list chose what others chose too."""
    offered = dict(offers)
    by_words = {plain(words): key for key, words in offered.items()}
    by_words |= {plain(key): key for key in offered}
    found: list[str] = []
    unknown: list[str] = []
    for key, words in offered.items():  # one with a comma in it
        if BETWEEN.search(words):
            cell = re.sub(re.escape(words), key, cell, flags=re.IGNORECASE)
    for part in filter(None, (part.strip(" \"'*\u201c\u201d") for part in BETWEEN.split(cell))):
        if plain(part) in by_words:
            found.append(by_words[plain(part)])
        elif any(word in offered for word in part.split()):  # our own export has spaces between
            found += (word for word in part.split() if word in offered)
            unknown += (word for word in part.split() if word not in offered)
        else:
            unknown.append(part)
    return list(dict.fromkeys(found)), unknown
