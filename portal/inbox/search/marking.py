"""What was found, in some letters around it, with `<mark>`, safe as HTML."""

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from portal.extensions import db
from portal.inbox.search import fulltext
from portal.inbox.search.fulltext import CLOSE, OPEN
from portal.inbox.search.question import Term

EXCERPT, BEFORE = 200, 40  # letters of an excerpt, and how many of them stand before the first mark
MARKS_MOST = 100
MARKER = re.compile(f"([{OPEN}{CLOSE}])")


def excerpts(family: Mapping[int, int], terms: Sequence[Term]) -> dict[int, Markup]:
    """An excerpt for each conversation; `family` has the ids, and as which each is found."""
    if not terms or not family:
        return {}
    found: dict[int, Markup] = {}
    for match, *parts in sorted(fulltext.of(db.session).marked(terms, list(family))):
        text = _shown(*parts)
        # The conversation's own words come before those of one that was put into it.
        if text and (match == family[match] or family[match] not in found):
            found[family[match]] = excerpt(text)
    return found


def _shown(head: str, sender: str, text: str) -> str:
    """What was said, or else the lines about it that have what was looked for."""
    lines = (line for part in (sender, head) for line in part.splitlines())
    return text.strip() if OPEN in text else " · ".join(line for line in lines if OPEN in line)


def excerpt(marked: str) -> Markup:
    """The part of a text that has most marks, as HTML."""
    plain, spans = _read_marks(marked)
    starts = [start for start, _ in spans[:MARKS_MOST]] or [0]
    best = max(starts, key=lambda at: sum(at <= start < at + EXCERPT for start in starts))
    begin, end = _whole_words(plain, max(best - BEFORE, 0))
    html, at = [Markup("… ") if begin else Markup("")], begin
    for start, stop in spans:
        if begin <= start < end:
            stop = min(stop, end)  # noqa: PLW2901 - a mark ends with the excerpt at the latest
            html += [escape(plain[at:start]), Markup("<mark>{}</mark>").format(plain[start:stop])]
            at = stop
    html += [escape(plain[at:end]), Markup(" …") if end < len(plain) else Markup("")]
    return Markup("").join(html)


def _read_marks(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and where they begin and end. Any text will do."""
    plain, spans, length = [], [], 0
    inside = False
    for part in MARKER.split(marked):
        if part in {OPEN, CLOSE}:
            inside = part == OPEN
            continue
        if inside and part:
            spans.append((length, length + len(part)))
        plain.append(part)
        length += len(part)
    return "".join(plain), spans


def _whole_words(text: str, begin: int) -> tuple[int, int]:
    """Where an excerpt from about `begin` starts and ends without cutting a word, if it can."""
    if begin and (space := text.find(" ", begin, begin + BEFORE)) >= 0:
        begin = space + 1
    end = begin + EXCERPT
    if end < len(text) and (space := text.rfind(" ", begin + EXCERPT // 2, end)) >= 0:
        end = space
    return begin, min(end, len(text))
