"""What adapters share to read mail that came in: every value in it is what a stranger wrote."""

import binascii
import hashlib
import json
import math
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from portal.addresses import to_unicode
from portal.providers.headers import one_line
from portal.providers.values import Address, EventKind, InboundAttachment, ProviderEvent
from portal.providers.webhooks import charsets

LINE_LONGEST = 300
ADDRESS_LONGEST = 5000  # letters, with the name; where more stand there, nobody knows what is cut
HEADER_LONGEST = 2000  # of what is kept beside a mail, which has it whole
HEAD_LONGEST = 100_000  # of a header that is read, such as one with many addresses
NAME_LONGEST = 2000  # of a file: its end says what it is
DEEPEST = 20
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
ASIDE = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)')
ANGLED = re.compile(r"<([^<>]*)>")
SEPARATORS = re.compile(r"[\s<>()\[\],;:\"]+")
# An encoded word (RFC 2047); programs write spaces in them, and cut letters in two.
WORD = r"=\?[^?\s]{1,60}\?[bqBQ]\?[^?]*\?="
WORDS = re.compile(rf"{WORD}(?:\s*{WORD})*")
# Where a mail came to; the last ones whatever it says itself.
TO = frozenset(
    {"to", "cc", "resent-to", "resent-cc"}
    | {"delivered-to", "x-original-to", "envelope-to", "x-envelope-to"}
)
# Marks that turn the direction of what follows: they make a name read as another.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def text(value: Any) -> str:
    """A text that any database and page can hold; nothing if it is not a text."""
    if not isinstance(value, str):
        return ""
    lines = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return lines.encode("utf-8", "replace").decode()


def line(value: Any, longest: int = LINE_LONGEST) -> str:
    """A short text on one line, such as a name or a subject."""
    return one_line(TURNS.sub("", text(value)[: 4 * longest]))[:longest].strip()


def tree(value: Any, depth: int = 0) -> Any:
    """What JSON gave us, as any database can keep it. What lies too deep is left out."""
    match value:
        case str():
            return text(value)
        case float() if not math.isfinite(value):
            return None
        case dict() | list() if depth == DEEPEST:
            return None
        case dict():
            return {text(key): tree(below, depth + 1) for key, below in value.items()}
        case list():
            return [tree(below, depth + 1) for below in value]
    return value


def unhidden(value: str) -> str:
    """A header as text; the library hides bytes beyond ASCII in it as half pairs."""
    return charsets.decode(value[:HEAD_LONGEST].encode("utf-8", "surrogateescape"))


def decoded(value: str) -> str:
    """A header's words, whatever their charset, and however its program wrote them."""
    return WORDS.sub(lambda row: _words(row.group()), unhidden(value))


def _words(row: str) -> str:
    """What encoded words in a row say; what belongs to one charset is read at once."""
    found = (one.split("?")[1:4] for one in re.findall(WORD, row))
    pairs = ((label.partition("*")[0], _bytes(kind, letters)) for label, kind, letters in found)
    groups = groupby(pairs, key=lambda pair: pair[0].lower())
    return "".join(charsets.decode(b"".join(b for _, b in them), label) for label, them in groups)


def _bytes(kind: str, letters: str) -> bytes:
    content = letters.encode()
    if kind in "qQ":
        return binascii.a2b_qp(content, header=True)
    try:
        return binascii.a2b_base64(content + b"==")
    except binascii.Error:
        return content


def address(value: str) -> Address:
    """The address in a text like `Name <name@example.org>`; an empty one if there is none.

    It is the last one in angle brackets (RFC 5322, 3.4): those in the name, in
    quotes or in a comment are words, which anybody may choose.
    """
    words = one_line(TURNS.sub("", text(value)[: ADDRESS_LONGEST + 1]))
    plain = words if len(words) <= ADDRESS_LONGEST else ""
    for _ in range(DEEPEST):  # a comment may be in a comment
        plain = ASIDE.sub(lambda aside: " " * len(aside[0]), plain)
    plain = "" if ASIDE.search(plain) else plain
    angled = [one for one in ANGLED.finditer(plain) if ADDRESS.search(one[1])]
    start, place = (angled[-1].start(), angled[-1][1]) if angled else (len(words), plain)
    found = ADDRESS.findall(place)
    if not found:
        return Address("", line(words))
    if not angled:
        start = plain.rindex(found[-1])
    return Address(to_unicode(found[-1]), line(words[:start].strip('<" ')))


def header_pairs(value: Any) -> list[tuple[str, str]]:
    """The headers in a JSON object; one that a mail has several times comes as a list."""
    pairs = value.items() if isinstance(value, dict) else ()
    return [
        (line(name), line(one, HEADER_LONGEST))
        for name, found in pairs
        for one in (found if isinstance(found, list) else [found])
        if isinstance(one, str)
    ]


def file(name: Any, base64: Any, kind: Any = "") -> InboundAttachment:
    """A file whose content came as base64, line breaks or not; as it came where it is none."""
    try:
        content = b64decode("".join(text(base64).split()), validate=True)
    except (binascii.Error, ValueError):
        content = text(base64).encode()
    return InboundAttachment(line(name, NAME_LONGEST), content, kind=line(kind))


def recipients(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The addresses that a mail says it came to, in its headers, and on its envelope if it says."""
    words = (
        word for name, value in headers if name.lower() in TO for word in SEPARATORS.split(value)
    )
    return [email for word in words if (email := address(word).email)]


def event(  # noqa: PLR0913 - what an event may have
    item: dict[str, Any],
    kind: EventKind,
    *,
    email: Any = None,
    key: Any = None,
    message_id: Any = None,
    at: datetime | None = None,
    reason: Any = None,
) -> ProviderEvent:
    """What a provider told us, as an event; texts are as the provider wrote them."""
    return ProviderEvent(
        id=digest(item),
        kind=kind,
        address=address(text(email)).email,
        key=line(key),
        message_id=line(message_id),
        at=at,
        reason=line(reason),
        original=tree(item),
    )


def digest(item: Mapping[str, Any] | str) -> str:
    """A name for an event that has none of its own: made of all that it says."""
    content = item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
