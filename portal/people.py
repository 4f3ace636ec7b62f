"""Who somebody is to us, and what is held about them: features register here what they keep.

We know nobody but by an address or a number. So that is what holders are asked about.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.addresses import address_key
from portal.extensions import Base, db
from portal.phones import phone_key

Row = TypeVar("Row", bound=Base)
Column = InstrumentedAttribute[str]
COUNTED = 1000  # holdings: what is more is not counted


@dataclass(frozen=True)
class Person:
    """Somebody, by the keys of their addresses and numbers."""

    addresses: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    asks: bool = False
    """Whether they ask themselves. Then they hear also of what the team must not see."""
    beside: frozenset[int] = frozenset()
    """Conversations that are known already, so that nothing of them is found."""

    @classmethod
    def of(
        cls, addresses: Iterable[str] = (), numbers: Iterable[str] = (), *, asks: bool = False
    ) -> Self:
        """Whoever has these addresses and numbers, in whichever form they are written."""
        found = (map(address_key, addresses), map(phone_key, numbers))
        by_address, by_number = (frozenset(keys) - {""} for keys in found)
        return cls(by_address, by_number, asks)

    def is_in(self, email_key: Column, phone_key: Column) -> ColumnElement[bool]:
        """Whether a row is theirs, by its columns for an address and for a number.

        What they do not have is not asked for, so that the indexes of both are used.
        """
        known = ((email_key, self.addresses), (phone_key, self.numbers))
        return or_(false(), *(column.in_(keys) for column, keys in known if keys))


@dataclass(frozen=True)
class Holding:
    """One thing that is held about somebody."""

    id: int
    title: str
    at: datetime
    tell: Callable[[], dict[str, Any]]
    """All of it, by what it is called: texts, numbers, moments, and lists and dicts of these."""
    standing: str = ""
    """How it stands, in a few words."""
    address: str = ""
    """Which address or number it was found by, as it is written there."""
    conversation_id: int | None = None
    """The line in the inbox that it belongs to."""
    url: str = ""
    """Where it can be seen: by the team, or by the person where they ask."""


@dataclass(frozen=True)
class Holder:
    """One kind of thing that a feature holds about people."""

    name: str
    heading: str
    count: Callable[[Person], int]
    """How many there are, no further than COUNTED."""
    find: Callable[[Person, int, int | None], Sequence[Holding]]
    """So many at most, newest first; only those before the one with an id, where that is given."""
    erase: Callable[[Person], None]
    """Erase what can be, in the caller's transaction."""
    is_trace: bool = False
    """Whether it is what other things leave behind: people see it last."""
    goes: str = ""
    """What erasing takes away, in words for the person."""
    kept: str = ""
    """Why something may be left after that, in words for the person."""


@dataclass(frozen=True)
class Holdings:
    """What one holder has about somebody."""

    holder: Holder
    number: int
    newest: Sequence[Holding] = field(default=())


def count(model: type[Base], which: ColumnElement[bool]) -> int:
    """How many rows there are, no further than COUNTED."""
    some = select(model.__table__.c.id).where(which).limit(COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def newest(
    model: type[Row], which: ColumnElement[bool], most: int, before: int | None
) -> Sequence[Row]:
    """The newest rows as a holder finds them."""
    number = model.__table__.c.id
    query = select(model).where(which).order_by(number.desc()).limit(most)
    return db.session.scalars(query if before is None else query.where(number < before)).all()


holders: dict[str, Holder] = {}


def register(holder: Holder) -> None:
    """Let a feature be asked about people, after those that were registered before."""
    holders[holder.name] = holder


def gather(person: Person, most: int) -> list[Holdings]:
    """What each holder has about somebody, with its newest ones; holders without any left out."""
    found = (_of(holder, person, most) for holder in holders.values())
    return sorted((one for one in found if one.number), key=lambda one: one.holder.is_trace)


def _of(holder: Holder, person: Person, most: int) -> Holdings:
    newest = holder.find(person, most, None)
    return Holdings(holder, len(newest) if len(newest) < most else holder.count(person), newest)


def erase(person: Person) -> None:
    """Erase all that can be, in the caller's transaction."""
    for holder in holders.values():
        holder.erase(person)


def to_json(told: Any) -> str:
    """What holdings tell, for people and programs to read: moments as ISO 8601 has them."""
    return json.dumps(told, indent=2, ensure_ascii=False, default=datetime.isoformat)
