"""What adapters share to read mail that came in: every value in it is what a stranger wrote."""

from __future__ import annotations

import binascii
import math
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from portal.providers.headers import one_line
from portal.providers.values import Address, InboundAttachment

LINE_LONGEST = 300
NAME_LONGEST = 2000  # of a file: its end says what it is
DEEPEST = 20
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
# Where a mail came to, whatever its To says.
ENVELOPE = frozenset({"delivered-to", "x-original-to", "envelope-to", "x-envelope-to"})
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


def address(value: str) -> Address:
    """The address in a text like `Name <name@example.org>`; an empty one if there is none."""
    words = line(value)
    found = ADDRESS.search(words)
    if not found:
        return Address("", words)
    return Address(found.group(), words[: found.start()].rstrip(" <").strip('" '))


def header_pairs(value: Any) -> list[tuple[str, str]]:
    """The headers in a JSON object; one that a mail has several times comes as a list."""
    pairs = value.items() if isinstance(value, dict) else ()
    return [
        (line(name), line(one))
        for name, found in pairs
        for one in (found if isinstance(found, list) else [found])
        if isinstance(one, str)
    ]


def file(name: Any, base64: Any) -> InboundAttachment:
    """A file whose content came as base64, with or without line breaks; empty if it is none."""
    try:
        content = b64decode("".join(text(base64).split()), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    return InboundAttachment(line(name, NAME_LONGEST), content, size=len(content))


def envelope(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The addresses that a mail was delivered to, from its headers."""
    found = (address(value).email for name, value in headers if name.lower() in ENVELOPE)
    return [email for email in found if email]
