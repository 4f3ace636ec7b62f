"""The inbox as CSV: one line for each conversation, written as it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from portal import audit, spreadsheets
from portal.audit import Deed
from portal.extensions import db
from portal.inbox import history
from portal.inbox.figures.numbers import DAY
from portal.inbox.models import Conversation
from portal.team.models import Member
from portal.words import start_of

AT_ONCE = 500
# Each column: its heading, and which of a conversation's values it shows.
COLUMNS: dict[str, Callable[[Conversation], Any]] = {
    "reference": lambda one: one.reference,
    "kind": lambda one: one.kind,
    "about": lambda one: one.about,
    "state": lambda one: one.state,
    "subject": lambda one: one.subject,
    "name": lambda one: one.name,
    "email": lambda one: one.email,
    "phone": lambda one: one.phone,
    "post": lambda one: one.postal,
    "answer by": lambda one: one.reply_by,
    "helper": lambda one: one.helper,
    "needs": lambda one: one.needs,
    "outlet": lambda one: one.outlet,
    "deadline": lambda one: one.deadline_at or one.deadline_words,
    "due": lambda one: one.due_at,
    "looked after by": lambda one: one.owner.who if one.owner else "",
    "tags": lambda one: ", ".join(one.labels),
    "mail trouble": lambda one: one.trouble,
    "came": lambda one: one.created_at,
    "first opened": lambda one: one.opened_at,
    "first answered": lambda one: one.answered_at,
}


@dataclass(frozen=True)
class Selection:
    """Which conversations: empty means any. The days are those on which they came."""

    kind: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """What a conversation must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.kind:
            found.append(Conversation.kind == self.kind)
        if self.state:
            found.append(Conversation.state == self.state)
        if self.since:
            found.append(Conversation.created_at >= start_of(self.since))
        if self.until:
            found.append(Conversation.created_at < start_of(self.until + DAY))
        return found

    @property
    def filters(self) -> dict[str, str]:
        """What it asks for, as history keeps it."""
        wanted = {"kind": self.kind, "state": self.state, "from": self.since, "to": self.until}
        return {name: str(value) for name, value in wanted.items() if value}


def export(selection: Selection, by: Member) -> Iterator[str]:
    """Note who took what; commits. Returns the lines of the file, to be read once."""
    query = select(func.count()).select_from(Conversation).where(*selection.conditions)
    number = db.session.scalar(query)
    history.record(None, "exported", after={**selection.filters, "count": number}, by=by)
    chosen = ", ".join(f"{name} {value}" for name, value in selection.filters.items())
    audit.note(Deed.EXPORTED, "the inbox", f"{number} conversations. {chosen}".rstrip(". "))
    db.session.commit()
    return spreadsheets.lines(COLUMNS, lambda after: _some(selection.conditions, after))


def _some(conditions: list[ColumnElement[bool]], after: int) -> list[tuple[int, list[str]]]:
    """The next few lines, with the ids of their conversations."""
    query = (
        select(Conversation)
        .where(Conversation.id > after, *conditions)
        .options(joinedload(Conversation.owner), selectinload(Conversation.tags))
        .order_by(Conversation.id)
        .limit(AT_ONCE)
    )
    values = COLUMNS.values()
    return [(one.id, [_text(of(one)) for of in values]) for one in db.session.scalars(query)]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")
