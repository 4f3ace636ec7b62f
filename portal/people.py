"""Who somebody is to us, and what is held about them: features register here what they keep.

We know nobody but by an address or a number. So that is what holders are asked about.
"""

import hmac
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.addresses import address_key
from portal.extensions import Base, db, now
from portal.phones import phone_key
from portal.signing import all_keys

Row = TypeVar("Row", bound=Base)
Column = InstrumentedAttribute[str]
TRACE_LETTERS = 24
AT_ONCE = 100
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
    whole: bool = False
    """Whether a manager answers for all that is held about them: what they may hear of themselves,
    and what only the team has."""

    @classmethod
    def of(
        cls,
        addresses: Iterable[str] = (),
        numbers: Iterable[str] = (),
        *,
        asks: bool = False,
        whole: bool = False,
    ) -> Self:
        """Whoever has these addresses and numbers, in whichever form they are written."""
        found = (map(address_key, addresses), map(phone_key, numbers))
        by_address, by_number = (frozenset(keys) - {""} for keys in found)
        return cls(by_address, by_number, asks=asks, whole=whole)

    @property
    def hears(self) -> bool:
        """Whether it is also about what the team must not see otherwise."""
        return self.asks or self.whole

    def has(self, email_key: str, phone_key: str) -> bool:
        """Whether one of these is theirs."""
        return email_key in self.addresses or phone_key in self.numbers

    def traces(self) -> list[str]:
        """What the audit calls them: codes of their addresses and numbers, the present key's first.

        Nobody can turn them back without our secret (HMAC, RFC 2104).
        """
        keys = sorted(self.addresses | self.numbers)
        return [_trace(key, secret) for secret in all_keys() for key in keys]

    def is_in(self, email_key: Column, phone_key: Column) -> ColumnElement[bool]:
        """Whether a row is theirs, by its columns for an address and for a number.

        What they do not have is not asked for, so that the indexes of both are used.
        """
        known = ((email_key, self.addresses), (phone_key, self.numbers))
        return or_(false(), *(column.in_(keys) for column, keys in known if keys))


def _trace(key: str, secret: str) -> str:
    code = hmac.digest(f"person {secret}".encode(), key.encode(), "sha256")
    return f"person {code.hex()[:TRACE_LETTERS]}"


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
    files: Sequence[tuple[str, str]] = ()
    """The files that came with it: the name of each, and where the storage has it."""
    is_private: bool = False
    """Whether only they may read it, and nobody of the team."""


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
    takes: frozenset[str] = frozenset()
    """The names of other holders whose part goes with it."""
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


def erase(person: Person, names: Collection[str] = ()) -> None:
    """Erase all that can be, in the caller's transaction, or what holders of these names have."""
    for name, holder in holders.items():
        if not names or name in names:
            holder.erase(person)


def as_data(person: Person, title: str) -> dict[str, Any]:
    """All that is held, as plain data, under what it is called."""
    found = {
        holder.heading: [
            {"What": held.title, "Since": held.at, **held.tell()} for held in each(holder, person)
        ]
        for holder in sorted(holders.values(), key=lambda one: one.is_trace)
    }
    told = {heading: some for heading, some in found.items() if some}
    return {"All that we keep about": title, "Made": now(), **told}


def each(holder: Holder, person: Person) -> Iterator[Holding]:
    """All that a holder has about somebody, newest first, some at once."""
    before = None
    while some := holder.find(person, AT_ONCE, before):
        yield from some
        if len(some) < AT_ONCE:
            return
        before = some[-1].id


def to_json(told: Any) -> str:
    """What holdings tell, for people and programs to read: moments as ISO 8601 has them."""
    return json.dumps(told, indent=2, ensure_ascii=False, default=datetime.isoformat)
