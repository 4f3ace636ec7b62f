"""What the page of one conversation shows."""

import re

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.addresses import address_key
from portal.extensions import db
from portal.inbox.desk.models import SavedReply
from portal.inbox.models import Change, Conversation, Direction, Message, Original, Sending
from portal.team.models import Member

ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"'@]+\w")
# What is no reason to think an answer over: how an item is sorted, and what nobody said.
QUIET = (
    *("opened", "owner_id", "tags", "due_at", "snoozed_until", "woken", "sent again"),
    *("draft replaced", "link revoked", "still urgent"),
)
NEWEST = 100  # messages and changes that a page shows; the earlier ones are one link away


def find(conversation_id: int) -> Conversation | None:
    """A conversation with what its page needs."""
    options = (joinedload(Conversation.owner), selectinload(Conversation.tags))
    return db.session.get(Conversation, conversation_id, options=options)


def family(conversation: Conversation) -> list[Conversation]:
    """A conversation, those that were put into it, and those into them."""
    found = level = [conversation]
    while level:
        into = Conversation.merged_into_id.in_([one.id for one in level])
        level = list(db.session.scalars(select(Conversation).where(into).order_by(Conversation.id)))
        found = [*found, *level]
    return found


def messages(ids: list[int], *, everything: bool = False) -> list[Message]:
    """The messages of these conversations in their order; without `everything` only the newest."""
    query = (
        select(Message)
        .where(Message.conversation_id.in_(ids))
        .options(
            joinedload(Message.author),
            selectinload(Message.attachments),
            joinedload(Message.original).load_only(Original.address, Original.reply_to),
            joinedload(Message.sending).joinedload(Sending.outgoing),
            selectinload(Message.copies).joinedload(Sending.outgoing),
        )
        .order_by(Message.id.desc())
    )
    if not everything:
        query = query.limit(NEWEST + 1)
    return list(db.session.scalars(query))[::-1]


def other_addresses(message: Message) -> list[str]:
    """Addresses in the name beside a mail's sender: it did not come from there."""
    known = address_key(message.original.address) if message.original else ""
    found = ADDRESS.findall(message.sender) if known else []
    return [one for one in found if address_key(one) != known]


def changes(ids: list[int], *, since: int = 0, everything: bool = False) -> list[Change]:
    """Who did what in these conversations since a change, newest first."""
    query = (
        select(Change)
        .where(Change.conversation_id.in_(ids), Change.id > since)
        .options(joinedload(Change.member))
        .order_by(Change.id.desc())
    )
    return list(db.session.scalars(query if everything else query.limit(NEWEST)))


def saved_replies() -> list[SavedReply]:
    """The answers that are given often, by title."""
    return list(db.session.scalars(select(SavedReply).order_by(SavedReply.title)))


def last_change(ids: list[int], but_of: Member | None = None) -> int:
    """The number of the newest change in these conversations, a member's own left out."""
    query = select(func.max(Change.id)).where(Change.conversation_id.in_(ids))
    if but_of:
        query = query.where(or_(Change.member_id.is_(None), Change.member_id != but_of.id))
    return db.session.scalar(query) or 0


def is_news(conversation: Conversation, seen: int) -> bool:
    """Whether something was said or found out in it, or in what was put in, since a change."""
    ids = [one.id for one in family(conversation)]
    query = select(Change.id).where(Change.conversation_id.in_(ids), Change.id > seen)
    return db.session.scalar(query.where(Change.what.not_in(QUIET)).limit(1)) is not None


def has_sent(conversation: Conversation, by: Member, text: str) -> bool:
    """Whether these words stand in an answer of theirs that was not taken back."""
    answers = (Message.direction == Direction.OUTGOING) & Message.taken_back_at.is_(None)
    theirs = (Message.conversation_id == conversation.id) & (Message.author_id == by.id)
    query = select(Message.id).where(theirs, answers, Message.text.contains(text, autoescape=True))
    return db.session.scalar(query.limit(1)) is not None


def has_done(what: str, conversation: Conversation, by: Member, page_seen: int | None) -> bool:
    """Whether a member has done it since their page was made: what it sends now comes too late."""
    if page_seen is None:
        return False
    mine = (Change.conversation_id == conversation.id) & (Change.member_id == by.id)
    query = select(Change.id).where(mine, Change.what == what, Change.id > page_seen)
    return db.session.scalar(query.limit(1)) is not None
