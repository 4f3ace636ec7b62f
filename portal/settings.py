"""What every installation can set: each setting's default, and how its text is read.

`.env.example` explains each in a line. The settings of a provider are its adapter's.
"""

import re
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal import places
from portal.addresses import to_ascii
from portal.ways import REPLY_WAYS

MOST = 10**9  # of what is counted; more would be too large for a date, or for a database
MOST_DAYS = 36500
USUAL_PORTS = {"http": 80, "https": 443}


SHORTEST_TOKEN = 16  # characters


class Setting(NamedTuple):
    """A setting's default, the function that reads it, and what it must be.

    What may hold a password is shown to nobody.
    """

    default: str = ""
    parse: Callable[[str], Any] = str
    needs: str = "text"
    is_secret: bool = False


def _flag(text: str) -> bool:
    if text.lower() not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ValueError(text)
    return text.lower() in {"1", "true", "yes", "on"}


def _natural(text: str, least: int = 0, most: int = MOST) -> int:
    if not least <= (number := int(text)) <= most:
        raise ValueError(text)
    return number


def _some(text: str) -> int:
    return _natural(text, 1)


def _period(text: str) -> int:
    return _natural(text, 1, MOST_DAYS)


def _year(text: str) -> int:
    return _natural(text, 365, MOST_DAYS)  # the database keeps a year, whatever is set


def _two_months(text: str) -> int:
    return _natural(text, 60, MOST_DAYS)


def _seconds(text: str) -> float:
    if not 0 <= (number := float(text)) <= MOST:
        raise ValueError(text)
    return number


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"[\s\\]", text):
        raise ValueError(text)
    return text


def _origin(text: str) -> str:
    """Read a web address that has a host alone, as browsers write it (RFC 6454, 6.2)."""
    parts = urlsplit(_web_address(text))
    host = to_ascii((parts.hostname or "").lower())
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(text)
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host) or parts.port == 0:
        raise ValueError(text)
    name = f"[{host}]" if ":" in host else host
    is_usual = parts.port in {None, USUAL_PORTS[parts.scheme]}
    return f"{parts.scheme}://{name}" + ("" if is_usual else f":{parts.port}")


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(text)
    return text


def _token(text: str) -> str:
    if text and (len(text) < SHORTEST_TOKEN or len(text.split()) > 1):
        raise ValueError(text)
    return text


def _log_format(text: str) -> str:
    if text not in {"plain", "json"}:
        raise ValueError(text)
    return text


def _email(text: str) -> str:
    address = parseaddr(text)[1]
    if address != text or not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise ValueError(text)
    return address


def _place(read: Callable[[str], str], needs: str) -> Setting:
    """A setting that may hold a password, such as where something is."""
    return Setting(parse=_if_set(read), needs=needs, is_secret=True)


def _if_set(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: text and parse(text)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read `words=words; words=…`, as they are shown."""
    pairs = [part.partition("=") for part in text.split(";") if part.strip()]
    found = [(label.strip(), how.strip()) for label, _, how in pairs]
    if not all(label and how for label, how in found):
        raise ValueError(text)
    return found


def _help_lines(text: str) -> list[tuple[str, str, str]]:
    """Read `words=number; words=sms:number; …`: the words, what is shown, and where it leads."""
    found = []
    for words, number in _pairs(text):
        is_link = number.startswith(("tel:", "sms:", "https://"))
        shown = re.sub(r"^(tel|sms|https):(//)?|\?.*", "", number) if is_link else number
        digits = re.sub(r"[^+\d]", "", number)
        found.append((words, shown, number if is_link else digits and f"tel:{digits}"))
    return found


def _choices(text: str) -> dict[str, str]:
    """Read `key=Words that people see; key=…`, keeping the order."""
    pairs = _pairs(text)
    choices = dict(pairs)
    keys_fit = all(re.fullmatch(r"[a-z0-9-]{1,40}", key) for key in choices)
    if not keys_fit or len(choices) != len(pairs):
        raise ValueError(text)
    return choices


def _ways(text: str) -> dict[str, str]:
    """Read choices among the ways to answer that the portal knows."""
    ways = _choices(text)
    if not ways or not ways.keys() <= REPLY_WAYS.keys():
        raise ValueError(text)
    return ways


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error


def _link(text: str) -> tuple[str, str]:
    label, _, url = text.partition("=")
    return label.strip(), _web_address(url.strip())


def _days(text: str) -> tuple[int, ...]:
    days = tuple(_period(day) for day in text.split())
    if list(days) != sorted(set(days)) or not days:
        raise ValueError(text)
    return days


A_FILE, A_REDIS = "sqlite:///path", "redis://host/0"
A_DATABASE = "postgresql+psycopg://user:password@host/name"

SETTINGS: dict[str, Setting] = {
    "DEVELOPMENT": Setting("0", _flag, "1 or 0"),
    "VAR_DIR": Setting("var", places.folder, "a folder"),
    "SECRET_KEY": Setting(),
    "SECRET_KEY_RETIRED": Setting(parse=str.split),
    "SECRET_KEY_FALLBACKS": Setting(parse=str.split),
    "DATABASE_URL": _place(places.database, f"{A_FILE} or {A_DATABASE}"),
    "QUEUE_URL": _place(places.queue, f"{A_FILE}, {A_REDIS} or {A_DATABASE}"),
    "UPLOADS_URL": _place(places.files, "a folder, or s3://bucket/prefix"),
    "JOURNAL_DIR": Setting(parse=_if_set(places.folder), needs="a folder"),
    "JOURNAL_DAYS": Setting("90", _some, "a whole number of days, 1 or more"),
    "DISK_RESERVE_MB": Setting("2000", _natural, "a whole number of megabytes"),
    "FILES_SITE_MB": Setting("200000", _some, "a whole number of megabytes, 1 or more"),
    "FILES_UNSENT_MB": Setting("40000", _some, "a whole number of megabytes, 1 or more"),
    "FILES_NETWORK_MB": Setting("10000", _some, "a whole number of megabytes, 1 or more"),
    "RATELIMIT_ENABLED": Setting("1", _flag, "1 or 0"),
    "RATELIMIT_TIMES": Setting("1", _some, "a whole number, 1 or more"),
    "RATELIMIT_STORAGE_URI": _place(places.counts, f"{A_FILE} or {A_REDIS}"),
    "FORM_MIN_SECONDS": Setting("2", _seconds, "a number of seconds"),
    "TRUSTED_PROXIES": Setting("0", _natural, "a whole number"),
    "EMBED_ORIGINS": Setting(
        parse=lambda text: [_origin(origin) for origin in text.split()],
        needs="web addresses like https://example.org, with spaces between",
    ),
    "MAIL_PROVIDER": Setting(),
    "MAIL_FALLBACK": Setting(),
    "CAMPAIGNS": Setting("1", _flag, "1 or 0"),
    "ISSUE_SECOND_YES": Setting("1", _flag, "1 or 0"),
    "UNPROVED_MAILS_PER_HOUR": Setting("300", _some, "a whole number, 1 or more"),
    "MAIL_SANDBOX": Setting("0", _flag, "1 or 0"),
    "AUDIENCE_PROVIDER": Setting(),
    "SITE_URL": Setting(
        "https://www.getyourselfactive.org", _origin, "a web address like https://example.org"
    ),
    "ORG_NAME": Setting("Get Yourself Active"),
    "MAIL_FROM": Setting("newsletter@getyourselfactive.org", _email, "an email address"),
    "TEAM_MAIL_FROM": Setting(parse=_if_set(_email), needs="an email address"),
    "TEAM_EMAIL": Setting("media@getyourselfactive.org", _email, "an email address"),
    "INBOUND_EMAIL": Setting(parse=_if_set(_email), needs="an email address"),
    "INBOUND_MAX_MB": Setting("75", _natural, "a whole number of megabytes"),
    "ATTACHMENT_MAX_MB": Setting("10", _natural, "a whole number of megabytes"),
    "ALERT_URLS": Setting(parse=str.split),
    "LOG_FORMAT": Setting("plain", _log_format, "plain or json"),
    "DEADMAN_URL": _place(_address, "a web address like https://example.org/1"),
    "METRICS_TOKEN": _place(_token, "16 characters or more, without spaces"),
    "SENTRY_DSN": Setting(),
    "WORKER_SILENT_SECONDS": Setting("300", _some, "a whole number of seconds, 1 or more"),
    "REPLY_WAYS": Setting(
        "; ".join(f"{way}={words}" for way, words in REPLY_WAYS.items()),
        _ways,
        f"choices among {', '.join(REPLY_WAYS)}, like: email=By email; phone=By phone",
    ),
    "SPAM_DAYS": Setting("30", _period, "a whole number of days, 1 or more"),
    "AUDIT_DAYS": Setting("1095", _year, "a whole number of days, 365 or more"),
    "HELD_SIGNUP_DAYS": Setting("90", _period, "a whole number of days, 1 or more"),
    "CLOSED_DAYS": Setting("730", _period, "a whole number of days, 1 or more"),
    "STORY_ENDED_DAYS": Setting("365", _period, "a whole number of days, 1 or more"),
    "LEFT_DAYS": Setting("730", _period, "a whole number of days, 1 or more"),
    "STAFF_DAYS": Setting("365", _period, "a whole number of days, 1 or more"),
    "RECIPIENT_DAYS": Setting("365", _period, "a whole number of days, 1 or more"),
    "SENT_DAYS": Setting("90", _two_months, "a whole number of days, 60 or more"),
    "PROMISE_WORKING_DAYS": Setting("3", _natural, "a whole number of days"),
    "TIME_ZONE": Setting("Europe/London", _zone, "a time zone like Europe/London"),
    "SOCIAL_LINK": Setting(
        "Get Yourself Active on X=https://x.com/GetYrselfActive",
        _link,
        "words and a web address, like: Find us on Example=https://example.org/us",
    ),
    "TOPICS": Setting(
        "activities=Activities and events; stories=Stories from Disabled people; "
        "ideas=Ideas for moving at home; taking-part=Having your say",
        _choices,
        "choices like: news=Our news; events=Events near you",
    ),
    "FORMATS": Setting(
        "standard=Standard, with pictures; plain=Plain text; large=Large print; "
        "easy-read=Easy Read, where we have it",
        _choices,
        "choices like: standard=Standard; plain=Plain text",
    ),
    "STORY_TOPICS": Setting(
        "getting-started=Getting started; at-home=Moving at home; outdoors=Outdoors; "
        "water=In the water; sport=Sport and teams; dance=Dance; wheels=On wheels; "
        "support=Finding support; having-your-say=Having your say; wellbeing=Feeling well",
        _choices,
        "choices like: water=In the water; dance=Dance",
    ),
    "STORY_DRAFT_DAYS": Setting("60", _period, "a whole number of days, 1 or more"),
    "STORY_REMIND_DAYS": Setting("7 21", _days, "numbers of days that grow, like 7 21"),
    "STORY_CHECK_DAYS": Setting("365", _period, "a whole number of days, 1 or more"),
    "STORY_FILE_MAX_MB": Setting("500", _some, "a whole number of megabytes, 1 or more"),
    "STORY_PICTURE_MAX_MB": Setting("25", _some, "a whole number of megabytes, 1 or more"),
    "STORY_FILES_MOST": Setting("20", _some, "a whole number, 1 or more"),
    "CLAMD_SOCKET": Setting("", _if_set(places.scanner), "a path, or host:port (IPv4)"),
    "HELP_LINES": Setting(
        "If anybody is in danger now, call=999; To text the emergency services, first register by "
        "sending “register” to=sms:999?body=register; With text relay, call=18000; "
        "Samaritans, at any time, call=116 123; To text somebody who listens, at any time, "
        "send SHOUT to=sms:85258?body=SHOUT",
        _help_lines,
        "words and numbers like: In danger, call=999; To text, send SHOUT to=sms:85258?body=SHOUT",
    ),
}
