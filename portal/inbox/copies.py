"""Who got copies of answers to somebody else: their addresses, which stand beside those answers.

No index leads there: they are looked for only where somebody asks what we keep about them.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal import people
from portal.addresses import address_key
from portal.extensions import db
from portal.inbox.desk.models import Draft
from portal.inbox.models import Message, Sending
from portal.people import Holding, Person

SEPARATOR = ", "
SOMEBODY = "somebody else"


def _others(row: Message | Draft, person: Person) -> str:
    """The addresses of a message or a draft, without this person's."""
    found = row.also_to.split(SEPARATOR)
    return SEPARATOR.join(one for one in found if address_key(one) not in person.addresses)


def _sent(person: Person) -> list[Message]:
    """The answers of which they got a copy, newest first."""
    query = select(Message).where(Message.also_to != "").order_by(Message.id.desc())
    rows = db.session.scalars(query) if person.addresses else ()
    return [one for one in rows if _others(one, person) != one.also_to]


def _count(person: Person) -> int:
    return min(len(_sent(person)), people.COUNTED) if person.hears else 0


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    found = _sent(person) if person.hears else []
    return [_holding(one) for one in found if before is None or one.id < before][:most]


def _holding(message: Message) -> Holding:
    words = {"Sent": message.created_at, "To": "you, and whoever had asked us"}
    return Holding(message.id, "A copy of an answer", message.created_at, lambda: words)


def _erase(person: Person) -> None:
    """The answers stay: they are somebody else's. Their mails name this person no more."""
    rows: list[Message | Draft] = [*_sent(person)]
    rows += db.session.scalars(select(Draft).where(Draft.also_to != ""))
    for row in rows:
        others = _others(row, person)
        for sending in _mails(row) if others != row.also_to else ():
            sending.outgoing.payload = _with(sending.outgoing.payload, row.also_to, others)
        row.also_to = others


def _mails(row: Message | Draft) -> list[Sending]:
    return [one for one in (row.sending, *row.copies) if one] if isinstance(row, Message) else []


def _with(payload: dict[str, Any], was: str, others: str) -> dict[str, Any]:
    """What a mail holds, with the others in place of all who got it."""
    said = json.dumps(payload, ensure_ascii=False).replace(was, others or SOMEBODY)
    held: dict[str, Any] = json.loads(said)
    return held


HOLDER = people.Holder(
    "copies",
    "Copies of answers",
    _count,
    _find,
    _erase,
    is_trace=True,
    goes="Your address, beside answers to others of which you got a copy.",
)
