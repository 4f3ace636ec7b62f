"""Reads a time of day as people write it: 3pm, 12 noon, half past four, EOD, 10am GMT."""

import re
from datetime import UTC, time, tzinfo
from zoneinfo import ZoneInfo

MIDDAY, WAKING = 12, 7  # "3:30" without am or pm is in the afternoon, "9:30" is not
END_OF_DAY, LAST_MINUTE = time(17), time(23, 59)
# From when to when each part of a day lasts. Its start is meant, until that has passed.
PARTS = {
    "first thing": (time(9), time(12)),
    "morning": (time(9), time(12)),
    "lunch": (time(12), time(14)),
    "afternoon": (time(14), END_OF_DAY),
    "evening": (time(18), LAST_MINUTE),
    "night": (time(18), LAST_MINUTE),
}
WHOLE_DAY = (END_OF_DAY, LAST_MINUTE)
NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": LAST_MINUTE}
NAMED_MINUTES = {"half": 30, "quarter": 15}
ZONES: dict[str, tzinfo] = {
    **dict.fromkeys(("gmt", "utc"), UTC),
    "bst": ZoneInfo("Etc/GMT-1"),
    **dict.fromkeys(("cet", "cest"), ZoneInfo("Europe/Paris")),
    **dict.fromkeys(("est", "edt"), ZoneInfo("America/New_York")),
}

AM_PM = r"(?: ?(?P<half>[ap])m\b)"
HOUR = r"(?P<hour>1[0-2]|[1-9])"
ALONE = r"(?<![\d./:-])"  # not inside of a date
CLOSE = re.compile(r"\b(?:eod|cob|cop|(?:end|close) (?:working )?(?:day|play|business))\b")
TIMES = [
    re.compile(pattern)
    for pattern in (
        r"\b(?:12 ?)?(?P<named>noon|midday|midnight)\b",
        ALONE + r"(?P<hour>2[0-3]|[01]?\d)[:.h](?P<minute>[0-5]\d)(?::\d\d)?(?![\d./:-])"
        rf"(?:{AM_PM}| ?h(?:ou)?rs?\b)?",
        rf"{ALONE}0?{HOUR}{AM_PM}",
        rf"\b{HOUR} ?o'clock\b{AM_PM}?",
        # 1500, but not a year
        ALONE + r"(?!20[2-9]\d\b)(?P<hour>2[0-3]|[01]\d)(?P<minute>[0-5]\d)"
        r"(?: ?h(?:(?:ou)?rs?)?\b|\b(?!-))",
        rf"\b(?P<past>half) (?:past )?{HOUR}\b{AM_PM}?",
        rf"\b(?:1 )?(?P<past>quarter|\d\d?) (?P<side>past|to) {HOUR}\b{AM_PM}?",
        rf"\bat {HOUR}\b(?! ?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))",
    )
]
PART = re.compile(
    rf"(?:\b{HOUR} )?\b(?P<today>to(?=night)|this )?(?P<part>{'|'.join(PARTS)})(?:time)?\b"
)
ZONE = re.compile(rf"\b(?:{'|'.join(ZONES)})\b")

Times = tuple[time, time]
Groups = dict[str, str | None]


def take_zone(words: str) -> tuple[str, tzinfo | None]:
    """The words without a time zone in them, and the zone where there is one."""
    found = ZONE.search(words)
    return ZONE.sub(" ", words, count=1), ZONES[found.group()] if found else None


def take_time(words: str) -> tuple[str, Times | None]:
    """The words without the time in them; from when to when it is, None where none is named."""
    part = PART.search(words)
    name = part["part"] if part else ""
    if part:
        words = PART.sub(" today " if part["today"] else " ", words, count=1)
        if part["hour"]:
            return words, _moment(_clock(part.groupdict(), name))
    if CLOSE.search(words):
        return CLOSE.sub(" ", words, count=1), WHOLE_DAY
    for pattern in TIMES:
        if found := pattern.search(words):
            return pattern.sub(" ", words, count=1), _moment(_clock(found.groupdict(), name))
    return words, PARTS.get(name)


def _moment(at: time) -> Times:
    return at, at


def _clock(found: Groups, part: str) -> time:
    """The time that is named. Raises ValueError where there is none such."""
    if name := found.get("named"):
        return NAMED_TIMES[name]
    typed, half = found["hour"] or "", found.get("half")
    hour, minutes = int(typed), int(found.get("minute") or 0)
    is_late = hour < WAKING and not typed.startswith("0") and part != "morning"
    if half and hour <= MIDDAY:
        hour = hour % MIDDAY + MIDDAY * (half == "p")
    elif is_late or (hour < MIDDAY and part in {"afternoon", "evening", "night"}):
        hour += MIDDAY
    if past := found.get("past"):
        minutes = NAMED_MINUTES.get(past) or int(past)
    if found.get("side") == "to":
        minutes = -minutes
    return time(*divmod(hour * 60 + minutes, 60))
