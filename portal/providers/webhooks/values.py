"""What adapters share to read mail that came in: every value in it is what a stranger wrote."""

import binascii
import hashlib
import json
import math
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.addresses import to_unicode
from portal.providers.headers import one_line
from portal.providers.values import (
    Address,
    EventKind,
    InboundAttachment,
    InboundEmail,
    ProviderEvent,
)

LINE_LONGEST = 300
ADDRESS_LONGEST = 5000  # letters, with the name; where more stand there, nobody knows what is cut
NAME_LONGEST = 2000  # of a file: its end says what it is
DEEPEST = 20
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
ASIDE = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)')
ANGLED = re.compile(r"<([^<>]*)>")
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
    """The address in a text like `Name <name@example.org>`; an empty one if there is none.

    It is the last one in angle brackets (RFC 5322, 3.4): those in the name, in
    quotes or in a comment are words, which anybody may choose.
    """
    words = one_line(TURNS.sub("", text(value)[: ADDRESS_LONGEST + 1]))
    plain, before = words if len(words) <= ADDRESS_LONGEST else "", ""
    while plain != before:  # a comment may be in a comment
        plain, before = ASIDE.sub(lambda aside: " " * len(aside[0]), plain), plain
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


def mail(
    sender: Address, recipients: Iterable[str], headers: Iterable[tuple[str, str]], **fields: Any
) -> InboundEmail:
    """A mail that came in; `fields` are of `InboundEmail`, as the provider wrote them.

    Without `message_id` it is that of the headers.
    """
    pairs = tuple(headers)
    own = next((value for name, value in pairs if name.lower() == "message-id"), "")
    return InboundEmail(
        sender=sender,
        recipients=tuple(dict.fromkeys(filter(None, (*recipients, *envelope(pairs))))),
        subject=line(fields["subject"]),
        text=text(fields["text"]),
        html=text(fields["html"]),
        message_id=line(fields["message_id"]) if "message_id" in fields else own,
        headers=pairs,
        attachments=tuple(fields["attachments"]),
        original=tree(fields["original"]),
    )


def digest(item: Mapping[str, Any] | str) -> str:
    """A name for an event that has none of its own: made of all that it says."""
    content = item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
