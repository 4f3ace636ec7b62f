"""Search: words in, the best of the newest conversations out, and excerpts with marks.

All words must be there: in the subject, the sender, the tags, the reference
or any message. What each database does for it is in `fulltext`. A page takes
as long with a million conversations as with a thousand, because no more than
the newest finds are looked at; `docs/decisions/search.md` says what that means.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, select

from portal import phones
from portal.addresses import to_ascii, to_unicode
from portal.extensions import db
from portal.inbox.models import Conversation
from portal.inbox.search import fulltext
from portal.inbox.search.fulltext import CLOSE, OPEN, Terms

LOOKED_AT = 500  # the newest finds, before the other filters
FEW = 1000  # a folder with no more is gone through as a whole
SHOWN = 200
WORDS_MOST, WORD_LONGEST, TEXT_LONGEST = 10, 254, 10_000
EXCERPT, BEFORE = 200, 40  # letters of an excerpt, and how many of them stand before the first mark
MARKS_MOST = 100

AROUND = "<>()[],;:.\"'"  # an address that was copied
NUMBER = re.compile(r"[\d+()./-]*\d[\d+()./-]*|[+()./-]+")  # or a part of one

MARKER = re.compile(f"([{OPEN}{CLOSE}])")
GAP = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class Found:
    """The ids of what was found, best first."""

    ids: list[int]
    only_newest: bool = False
    """Whether there is more, older than what was looked at."""


def find(words: str, wanted: Sequence[ColumnElement[bool]] = ()) -> Found:
    """The conversations with all these words for which every condition in `wanted` holds.

    The first condition says in which folder; no word in `words` is an error.
    What was put into another conversation is found as that other one.
    """
    terms = read(words)
    if not terms:
        return Found([])
    words_in = fulltext.of(db.session)
    matches, more = words_in.newest(terms, LOOKED_AT + 1), False
    if len(matches) > LOOKED_AT:
        folder = _few(wanted[0]) if wanted else []
        more = not folder
        matches = words_in.among(terms, folder) if folder else matches[:LOOKED_AT]
    roots = _roots(matches)
    newest = sorted(words_in.fitting(set(roots.values()), wanted), reverse=True)
    best = dict.fromkeys(newest[:SHOWN], 0.0)
    for match, rank in words_in.ranks(terms, [one for one in matches if roots[one] in best]):
        best[roots[match]] = max(best[roots[match]], rank)
    ids = sorted(best, key=lambda one: (best[one], one), reverse=True)
    return Found(ids, more or len(newest) > SHOWN)


def excerpts(ids: Iterable[int], words: str) -> dict[int, Markup]:
    """What was found in each conversation: some letters around it, with `<mark>`, safe as HTML."""
    terms, family = read(words), _family(ids)
    if not terms or not family:
        return {}
    found: dict[int, Markup] = {}
    marked = sorted(fulltext.of(db.session).marked(terms, list(family)))
    for match, head, text in marked:
        part = text if OPEN in text else GAP.sub(" · ", head.strip())
        # The conversation's own words come before those of one that was put into it.
        if OPEN in part and (match == family[match] or family[match] not in found):
            found[family[match]] = excerpt(part)
    return found


def read(words: str) -> Terms:
    """The words that somebody typed, each as the parts that a database would make of it.

    An address is looked for in both of its forms, a phone number in each in which it is written.
    """
    text = unicodedata.normalize("NFC", words[:TEXT_LONGEST])
    typed = (word[:WORD_LONGEST] for word in text.split()[:WORDS_MOST])
    return [ways for forms in _forms(typed) if (ways := [*filter(None, map(_parts, forms))])]


def _forms(words: Iterable[str]) -> Iterator[Sequence[str]]:
    """Each word in its forms. Those of which a phone number is made stand for it together."""
    for is_number, found in groupby(words, lambda word: NUMBER.fullmatch(word) is not None):
        run = [*found]
        if is_number and (forms := phones.written(" ".join(run))):
            yield forms
        else:
            yield from map(_in_both_forms, run)


def _in_both_forms(word: str) -> Sequence[str]:
    bare = word.strip(AROUND)
    return [*dict.fromkeys((to_ascii(bare), to_unicode(bare)))] if "@" in bare else [word]


def _parts(form: str) -> list[str]:
    return "".join(map(_letter, form)).split()


def _letter(char: str) -> str:
    """The character, if it can be part of a word, and a space for any other."""
    return char if char.isalnum() or unicodedata.category(char).startswith("M") else " "


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


def _few(folder: ColumnElement[bool]) -> list[int]:
    """All ids in a folder, and of what was put into those; none if they are many."""
    query = select(Conversation.id).where(folder).limit(FEW + 1)
    ids = list(db.session.scalars(query))
    return list(_family(ids)) if len(ids) <= FEW else []


def _family(ids: Iterable[int]) -> dict[int, int]:
    """Each id, and those that were put into it, with the id that they are found as."""
    family = {one: one for one in ids}
    level = list(family)
    while level:
        into = Conversation.merged_into_id
        rows = db.session.execute(select(Conversation.id, into).where(into.in_(level)))
        new = {child: family[parent or 0] for child, parent in rows if child not in family}
        family |= new
        level = list(new)
    return family


def _roots(ids: Sequence[int]) -> dict[int, int]:
    """Each id with that of the conversation that it was put into in the end; mostly its own."""
    roots = {one: one for one in ids}
    level = set(ids)
    while level:
        query = select(Conversation.id, Conversation.merged_into_id)
        rows = db.session.execute(query.where(Conversation.id.in_(level)))
        up = {child: parent for child, parent in rows if parent}
        roots = {one: up.get(root, root) for one, root in roots.items()}
        level = set(up.values())
    return roots
