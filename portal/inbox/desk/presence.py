"""Who else has a conversation open, and who is writing in it: each forgotten after a while.

Other features keep the same of what is theirs, as rows of a `kind` of their own.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from portal.extensions import db, now, write_rows
from portal.inbox.desk.models import Presence, Seen
from portal.team.models import Member

FRESH = timedelta(seconds=45)  # the page says that it is open every 15 seconds
WRITING = timedelta(seconds=20)  # and that somebody types in it, every 2 seconds


@dataclass(frozen=True)
class Colleague:
    """Somebody else who has it open."""

    name: str
    writing: bool


def here(
    place_id: int, member: Member, *, writing: bool = False, kind: type[Seen] = Presence
) -> None:
    """Note that a member has it open, or writes in it; commits."""
    moment = now()
    values = {"seen_at": moment} | ({"wrote_at": moment} if writing else {})
    mine = (kind.place_id == place_id) & (kind.member_id == member.id)
    known = write_rows(update(kind).where(mine).values(values))
    if not known.rowcount:
        db.session.add(kind(place_id=place_id, member_id=member.id, **values))
    try:
        db.session.commit()
    except IntegrityError:  # the same member, in another window, at this moment
        db.session.rollback()


def rests(place_id: int, member: Member, kind: type[Seen] = Presence) -> None:
    """Note that a member writes in it no longer; commits."""
    mine = (kind.place_id == place_id) & (kind.member_id == member.id)
    write_rows(update(kind).where(mine).values(wrote_at=None))
    db.session.commit()


def colleagues(place_id: int, member: Member, kind: type[Seen] = Presence) -> list[Colleague]:
    """Who else has it open now."""
    moment = now()
    query = (
        select(kind)
        .options(joinedload(kind.member))
        .where(kind.place_id == place_id, kind.member_id != member.id)
        .where(kind.seen_at > moment - FRESH)
        .order_by(kind.member_id)
    )
    found = db.session.scalars(query)
    return [
        Colleague(one.member.who, bool(one.wrote_at and one.wrote_at > moment - WRITING))
        for one in found
    ]
