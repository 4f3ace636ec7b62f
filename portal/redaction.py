"""What a log must not hold: people's addresses and numbers, private links, our own secrets.

No line should have them in the first place. This is for what others put into the errors that
they raise: a database quotes a row, a provider's client an address.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

SHORTEST_SECRET = 6  # what is shorter would be found in ordinary words

# What PostgreSQL says of a row that breaks a rule; it cuts each value after 64 bytes.
ROW = re.compile(r"DETAIL:.*?\)?\.(?=\n|$)|DETAIL:[^\n]*", re.DOTALL)
EMAIL = re.compile(r"[^\s<>\"'“”(),;:=/\\\[\]?&]+(?:@|%40)[^\s<>\"'“”(),;:/\\\[\]?&]+")
PHONE = re.compile(r"(?<![\w.:-])(?:\+\d|0\d)[\d ()-]{7,16}\d(?![\w.:])")
IN_QUERY = re.compile(r"(?<=[?&])(secret|token|key|code|password|email)=[^\s&\"']+", re.IGNORECASE)
# Signed as itsdangerous does it: the last part is a signature, of 20 or 32 bytes in base 64.
SIGNED = re.compile(r"(?<![\w.-])[\w-]{2,}(?:\.[\w-]{4,8})?\.(?:[\w-]{43}|[\w-]{27})(?![\w-])")
RANDOM = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{16,}(?![\w-])"
)
LEFT_OUT = (
    (ROW, "DETAIL: [a row]"),
    (IN_QUERY, r"\1=[secret]"),
    (EMAIL, "[address]"),
    (SIGNED, "[key]"),
    (RANDOM, "[key]"),
    (PHONE, "[number]"),
)


def redactor(secrets: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that puts a word for its kind in the place of each such thing in a text."""
    known = sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def redact(text: str) -> str:
        if pattern:
            text = pattern.sub("[secret]", text)
        for what, word in LEFT_OUT:
            text = what.sub(word, text)
        return text

    return redact


def secrets_in(config: Mapping[str, Any]) -> set[str]:
    """The secrets in the settings: keys, passwords in addresses, and addresses that are keys."""
    found = {config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]}
    found |= set(config["SECRET_KEY_RETIRED"])
    found |= {
        config["DEADMAN_URL"],
        config["METRICS_TOKEN"],
        config["SENTRY_DSN"],
        *config["ALERT_URLS"],
    }
    settings = [values for name, values in config["PROVIDERS"].items() if name != "local"]
    for values in settings:
        for name, text in values.items():
            if name.endswith(("key", "secret")):
                found |= set(text.split())
    urls = ("DATABASE_URL", "QUEUE_URL", "RATELIMIT_STORAGE_URI", "UPLOADS_URL")
    for url in (*(config[name] for name in urls), *(one.get("url", "") for one in settings)):
        password = urlsplit(url).password or ""
        found |= {password, unquote(password)}
    return {text for text in found if text}
