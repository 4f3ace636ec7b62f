"""Asking somebody outside the team: what leaves is shown first, and it names nobody."""

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import emails, history, intake
from portal.inbox.desk import page, striking
from portal.inbox.desk.replies import undo_for
from portal.inbox.incoming import automatic
from portal.inbox.models import Conversation, Direction, Message
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction
from portal.ways import Way

MESSAGES_MOST = 20  # the newest, of which passages are offered
AGAIN_AFTER = timedelta(minutes=1)  # until then the same question is one press too many
QUOTED = "This was written to us, without names:"
OWN = "That is the person\u2019s own address. Answer them instead."
OURS = "That is our own address. Write a note instead."


@dataclass(frozen=True)
class Passage:
    """One paragraph of what was said; `key` is what a form calls it."""

    key: str
    text: str
    message: Message


def passages(conversation: Conversation) -> list[Passage]:
    """What the person and the team said to each other lately, paragraph by paragraph."""
    ids = [one.id for one in page.family(conversation)]
    said = [
        message
        for message in page.messages(ids)
        if message.direction is not Direction.NOTE and not message.taken_back_at
    ]
    return [
        Passage(f"{message.id}-{number}", part.strip(), message)
        for message in said[-MESSAGES_MOST:]
        for number, part in enumerate(re.split(r"\n\s*\n", message.text))
        if part.strip()
    ]


def quoted(conversation: Conversation, keys: list[str]) -> str:
    """The chosen passages as they are proposed: in their order, names struck out."""
    chosen = [one.text for one in passages(conversation) if one.key in keys]
    return striking.strike("\n\n".join(chosen), page.family(conversation))


def whole(conversation: Conversation, words: str, quote: str) -> str:
    """What the mail says: the member's own words, and what was written to us, marked as such."""
    marked = "\n".join(f"> {line}".rstrip() for line in quote.strip().splitlines())
    text = f"{words.strip()}\n\n{QUOTED}\n\n{marked}" if marked else words.strip()
    return striking.strike_keys(text, page.family(conversation))


@one_transaction
def ask(conversation: Conversation, by: Member, to: str, text: str) -> Message:
    """Mail a question to somebody outside, and note it; commits. It can be taken back for a while.

    Raises NotPossible where `to` is the person, or us. The same again at once is the same.
    """
    if address_key(to) in {one.email_key for one in page.family(conversation)}:
        raise NotPossible(OWN)
    if automatic.is_ours(to):
        raise NotPossible(OURS)
    if known := _just_asked(conversation, by, to, text):
        return known
    said = {"direction": Direction.NOTE, "way": Way.EMAIL, "author_id": by.id}
    question = Message(conversation_id=conversation.id, sender=to, text=text, **said)
    db.session.add(question)
    db.session.flush()
    sending = intake.send(conversation, emails.question(question), wait=undo_for(by))
    sending.message_id = question.id
    history.record(conversation, "asked outside", by=by)
    conversation.changed_at = now()
    return question


def _just_asked(conversation: Conversation, by: Member, to: str, text: str) -> Message | None:
    query = select(Message).where(
        Message.conversation_id == conversation.id,
        Message.author_id == by.id,
        Message.sender == to,
        Message.text == text,
        Message.taken_back_at.is_(None),
        Message.created_at > now() - AGAIN_AFTER,
    )
    return db.session.scalar(query.limit(1))
