"""The rows of the list that a view asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, tuple_, union_all
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db, now
from portal.inbox import search
from portal.inbox.desk import first_words
from portal.inbox.desk.view import FOLDERS, ME, NOBODY, InboxView, place_of, read_place
from portal.inbox.models import Change, Conversation, Tag
from portal.team.models import Member
from portal.web import number_in
from portal.words import next_day

PAGE = 50
MOST = 500  # conversations that are changed at once
COUNTED = 999  # a folder with more says 999+: nobody needs the number, and it would cost one


@dataclass(frozen=True)
class ListedConversations:
    """One page of the list."""

    rows: list[Conversation]
    first_words: dict[int, str]
    excerpts: dict[int, Markup]
    next_page: str
    """What `after` must be for the page after this one; empty at the end."""
    found: search.Found | None = None
    """What a search says of what it found."""


def show(view: InboxView, member: Member) -> ListedConversations:
    """The rows of a view, as the member sees it."""
    return _found(view, member) if view.q else _listed(view, member)


def next_one(view: InboxView, conversation: Conversation, member: Member) -> Conversation | None:
    """What follows a conversation in the list that led to it; None at its end.

    It may have left the list meanwhile, or moved in it: the place where it stood counts.
    """
    if view.q:
        return _next_found(view, conversation, member)
    place = read_place(view.at) or read_place(place_of(view, conversation))
    query = _after(select(Conversation).where(*_conditions(view, member)), view, place)
    others = query.where(Conversation.id != conversation.id).limit(1)
    found: Conversation | None = db.session.scalar(others)
    return found


def return_to(view: InboxView, conversation: Conversation, member: Member) -> int:
    """Which row to go back to: that of the conversation, or if it left the list the next one."""
    fits = select(Conversation.id).where(*_conditions(view, member))
    if db.session.scalar(fits.where(Conversation.id == conversation.id)) is not None:
        return conversation.id
    following = next_one(view, conversation, member)
    return following.id if following else conversation.id


def all_that_fit(view: InboxView, member: Member) -> list[int]:
    """The ids of all that fit a view, also beyond its page; at most MOST."""
    if view.q:
        return _find(view, member).ids
    query = _after(select(Conversation).where(*_conditions(view, member)), view).limit(MOST)
    return list(db.session.scalars(query.with_only_columns(Conversation.id)))


def counts(member: Member) -> dict[str, str]:
    """How many conversations lie in each folder, in words: "12", or "999+"."""
    lying = {folder: and_(*_folder(folder, member)) for folder in FOLDERS if folder != "all"}
    numbers = count_up_to(COUNTED + 1, lying)
    return {
        folder: str(number) if number <= COUNTED else f"{COUNTED}+"
        for folder, number in numbers.items()
    }


def count_up_to(most: int, wanted: Mapping[str, ColumnElement[bool]]) -> dict[str, int]:
    """How many conversations fit each condition; what has more than `most` says `most`."""
    parts = []
    for name, condition in wanted.items():
        some = select(literal(1)).where(condition).limit(most).subquery()
        number = select(func.count()).select_from(some).scalar_subquery()
        parts.append(select(literal(str(name)), number))
    return {row[0]: row[1] for row in db.session.execute(union_all(*parts))}


def latest() -> int:
    """The number of the newest change in the whole inbox: the state that a list was made from."""
    return db.session.scalar(select(func.max(Change.id))) or 0


def changed_since(change_id: int, most: int = PAGE) -> list[Conversation]:
    """Up to `most` conversations in which something happened since then, newest first."""
    query = (
        select(Change.conversation_id)
        .where(Change.id > change_id, Change.conversation_id.is_not(None))
        .group_by(Change.conversation_id)
        .order_by(func.max(Change.id).desc())
        .limit(most)
    )
    ids = db.session.scalars(query).all()
    return list(db.session.scalars(_rows().where(Conversation.id.in_(ids))))


def all_tags(most: int = 200) -> list[str]:
    """The tags in use, for the filter and for completing what is typed."""
    # From each name to the next one in the index; all rows would be gone through otherwise.
    names = select(func.min(Tag.name).label("name")).cte("names", recursive=True)
    following = select(func.min(Tag.name)).where(Tag.name > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    query = select(names.c.name).where(names.c.name.is_not(None)).limit(most)
    return list(db.session.scalars(query))


def _rows() -> Select[Any]:
    return select(Conversation).options(
        selectinload(Conversation.tags), joinedload(Conversation.owner)
    )


def _listed(view: InboxView, member: Member) -> ListedConversations:
    query = _after(_rows().where(*_conditions(view, member)), view, read_place(view.after))
    rows = list(db.session.scalars(query.limit(PAGE + 1)))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    end = place_of(view, rows[-1]) if more else ""
    return ListedConversations(rows, first_words.of(rows), {}, end)


def _after(
    query: Select[Any], view: InboxView, place: tuple[Any, ...] | None = None
) -> Select[Any]:
    """The rows in the view's order, from a place in it on."""
    if view.order == "urgent":
        keys = (Conversation.rank, Conversation.due_at, Conversation.id)
        query = query.where(tuple_(*keys) > tuple_(*place)) if place else query
        return query.order_by(*keys)
    newest = (Conversation.changed_at, Conversation.id)
    query = query.where(tuple_(*newest) < tuple_(*place[1:])) if place else query
    return query.order_by(*(key.desc() for key in newest))


def _conditions(view: InboxView, member: Member) -> list[ColumnElement[bool]]:
    wanted = _folder(view.folder, member)
    if view.kind:
        wanted.append(Conversation.kind == view.kind)
    if view.owner == NOBODY:
        wanted.append(Conversation.owner_id.is_(None))
    elif view.owner:
        wanted.append(Conversation.owner_id == owner_id(view, member))
    if view.tag:
        tagged = (Tag.name == view.tag.lower()) & (Tag.conversation_id == Conversation.id)
        wanted.append(exists(1).where(tagged))
    if view.needs:
        wanted.append(Conversation.needs != "")
    if view.trouble:
        wanted.append(Conversation.trouble != "")
    return wanted


def _folder(folder: str, member: Member) -> list[ColumnElement[bool]]:
    """What lies in a folder, or on a member's desk for today."""
    if folder == "all":
        return [Conversation.folder != "merged"]
    if folder != "today":
        return [Conversation.folder == folder]
    mine = Conversation.owner_id == member.id
    return [Conversation.folder == "active", mine, Conversation.due_at < next_day(now())]


def owner_id(view: InboxView, member: Member) -> int | None:
    """Whose conversations the view shows; None for everybody's and for nobody's."""
    return member.id if view.owner == ME else number_in(view.owner)


def _found(view: InboxView, member: Member) -> ListedConversations:
    """What a search finds, best first. Its pages are counted: no search goes on for ever."""
    found = _find(view, member)
    start = number_in(view.after) or 0
    hits = found.ids[start : start + PAGE]
    rows = {row.id: row for row in db.session.scalars(_rows().where(Conversation.id.in_(hits)))}
    return ListedConversations(
        [rows[hit] for hit in hits if hit in rows],
        {},
        search.excerpts(hits, found),
        str(start + PAGE) if len(found.ids) > start + PAGE else "",
        found,
    )


def _find(view: InboxView, member: Member) -> search.Found:
    return search.find(view.q, _conditions(view, member), newest=view.sort == "newest")


def _next_found(view: InboxView, conversation: Conversation, member: Member) -> Conversation | None:
    """The next find of a search; the first one where the conversation is no find any more."""
    ids = _find(view, member).ids
    following = ids[ids.index(conversation.id) + 1 :] if conversation.id in ids else ids
    return db.session.get(Conversation, following[0]) if following else None
