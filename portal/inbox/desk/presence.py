"""Who else has a conversation open, and who is writing in it: each forgotten after a while."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from portal.extensions import db, now, write_rows
from portal.inbox.desk.models import Presence
from portal.team.models import Member

FRESH = timedelta(seconds=45)  # the page says that it is open every 15 seconds
WRITING = timedelta(seconds=20)  # and that somebody types in it, every 2 seconds


@dataclass(frozen=True)
class Colleague:
    """Somebody else who has the conversation open."""

    name: str
    writing: bool


def here(conversation_id: int, member: Member, *, writing: bool = False) -> None:
    """Note that a member has the conversation open, or writes in it; commits."""
    moment = now()
    values = {"seen_at": moment} | ({"wrote_at": moment} if writing else {})
    mine = (Presence.conversation_id == conversation_id) & (Presence.member_id == member.id)
    known = write_rows(update(Presence).where(mine).values(values))
    if not known.rowcount:
        db.session.add(Presence(conversation_id=conversation_id, member_id=member.id, **values))
    try:
        db.session.commit()
    except IntegrityError:  # the same member, in another window, at this moment
        db.session.rollback()


def rests(conversation_id: int, member: Member) -> None:
    """Note that a member writes in it no longer; commits."""
    mine = (Presence.conversation_id == conversation_id) & (Presence.member_id == member.id)
    write_rows(update(Presence).where(mine).values(wrote_at=None))
    db.session.commit()


def colleagues(conversation_id: int, member: Member) -> list[Colleague]:
    """Who else has it open now."""
    moment = now()
    query = (
        select(Presence)
        .options(joinedload(Presence.member))
        .where(Presence.conversation_id == conversation_id, Presence.member_id != member.id)
        .where(Presence.seen_at > moment - FRESH)
        .order_by(Presence.member_id)
    )
    found = db.session.scalars(query)
    return [
        Colleague(one.member.who, bool(one.wrote_at and one.wrote_at > moment - WRITING))
        for one in found
    ]
