"""Search: words in, the best of the newest conversations out.

All words must be there: in the subject, the sender, the tags, the reference
or any message. What each database does for it is in `fulltext`. A page takes
as long with a million conversations as with a thousand, because no more than
the newest finds are looked at; `docs/decisions/search.md` says what that means.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup
from sqlalchemy import ColumnElement, func, select

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.inbox.search import fulltext, marking, widening
from portal.inbox.search.question import Question, Term, read
from portal.near_words import NearWords

LOOKED_AT = 500  # the newest finds, before the other filters
FEW = 1000  # a folder with no more is gone through as a whole
SHOWN = 200
ENOUGH = 10  # finds of the very words: with fewer, those that begin so count too
OUT_OF_TURN = 1000  # so many conversations may have come before one with a lower number

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Found:
    """The ids of what was found, best first."""

    ids: list[int]
    only_newest: bool = False
    """Whether there is more, older than what was looked at."""
    terms: tuple[Term, ...] = field(default=(), compare=False)
    """What was looked for in the end."""
    missing: Sequence[NearWords] = field(default=(), compare=False)
    """Words that are nowhere, and those near them that were taken for them."""
    unread: str = ""
    """A day in the question that nobody can read: it was not asked for."""


def find(words: str, wanted: Conditions = (), *, newest: bool = False) -> Found:
    """The conversations with all these words for which every condition in `wanted` holds.

    The first condition says in which folder; no word in `words` is an error.
    What was put into another conversation is found as that other one. Where few
    have the very words, those with words that begin so follow; a word that is
    nowhere stands for those near it. With `newest` what changed last comes first.
    """
    asked = read(words)
    wanted, missing = [*wanted, *_dates(asked)], list[NearWords]()
    best, more = _best(asked, wanted)
    if asked.terms and len(best) < ENOUGH:
        terms, missing = widening.widen(asked.terms)
        if terms != asked.terms:
            asked = replace(asked, terms=terms)
            others, more = _best(asked, wanted)
            best = [*dict.fromkeys((*best, *others))]
    if newest:
        query = select(Conversation.id).where(Conversation.id.in_(best))
        last = query.order_by(Conversation.changed_at.desc(), Conversation.id.desc())
        best = list(db.session.scalars(last))
    return Found(best, more, asked.terms, missing, asked.unread)


def excerpts(ids: Iterable[int], found: Found) -> dict[int, Markup]:
    """What was found in each conversation: some letters around it, with `<mark>`, safe as HTML."""
    return marking.excerpts(_family(ids), found.terms)


def _dates(asked: Question) -> list[ColumnElement[bool]]:
    came = Conversation.created_at
    before = [came < asked.before] if asked.before else []
    return [*before, *([came >= asked.after] if asked.after else [])]


def _best(asked: Question, wanted: Conditions) -> tuple[list[int], bool]:
    """What fits best, and whether there is more."""
    terms, words_in, more = asked.terms, fulltext.of(db.session), False
    if terms:
        matches = words_in.newest(terms, LOOKED_AT + 1, _first_after(asked))
    else:
        matches = _newest(wanted) if asked.before or asked.after else []
    if len(matches) > LOOKED_AT:
        folder = _few(wanted[0]) if terms and wanted else []
        more = not folder
        matches = words_in.among(terms, folder) if folder else matches[:LOOKED_AT]
    roots = _roots(matches)
    newest = sorted(words_in.fitting(set(roots.values()), wanted), reverse=True)
    best = dict.fromkeys(newest[:SHOWN], 0.0)
    ranked = [one for one in matches if roots[one] in best] if terms else []
    for match, rank in words_in.ranks(terms, ranked):
        best[roots[match]] = max(best[roots[match]], rank)
    ids = sorted(best, key=lambda one: (best[one], one), reverse=True)
    return ids, more or len(newest) > SHOWN


def _newest(wanted: Conditions) -> list[int]:
    """The newest that came when they had to, for a question without words."""
    query = select(Conversation.id).where(*wanted).order_by(Conversation.created_at.desc())
    return list(db.session.scalars(query.limit(LOOKED_AT + 1)))


def _first_after(asked: Question) -> int | None:
    """The number from which on all came too late; None where none did.

    Conversations mostly come in the order of their numbers, though one can be noted later.
    """
    if not asked.before:
        return None
    came = Conversation.created_at
    query = select(Conversation.id).where(came < asked.before).order_by(came.desc())
    newest = query.limit(OUT_OF_TURN).subquery()
    return (db.session.scalar(select(func.max(newest.c.id))) or 0) + 1


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
