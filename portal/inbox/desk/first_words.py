"""What each row of the list says of its conversation's newest message."""

from collections.abc import Sequence

from sqlalchemy import func, select

from portal.extensions import db
from portal.inbox.models import Conversation, Direction, Message

READ = 300  # letters of a message that are looked at
SHOWN = 120


def of(conversations: Sequence[Conversation]) -> dict[int, str]:
    """The first words of each one's newest message, less what its subject says already."""
    subjects = {one.id: one.subject for one in conversations}
    newest = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(subjects), Message.direction != Direction.NOTE)
        .where(Message.taken_back_at.is_(None))
        .group_by(Message.conversation_id)
    )
    query = select(
        Message.conversation_id, Message.direction, func.substr(Message.text, 1, READ)
    ).where(Message.id.in_(newest))
    return {
        number: _said(direction, text, subjects[number])
        for number, direction, text in db.session.execute(query)
    }


def _said(direction: Direction, text: str, subject: str) -> str:
    """On one line. A form's subject is how its text begins: nobody reads that twice."""
    words = " ".join(text.split())
    begins = " ".join(subject.split()).removesuffix("…")
    if direction is Direction.OUTGOING:
        return f"We: {words[:SHOWN]}"
    return words.removeprefix(begins).lstrip(" .,!?…")[:SHOWN]
