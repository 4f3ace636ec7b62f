"""What somebody outside answers to a question of the team's: a note, whoever sends it.

A question is a note too, which left as a mail (`is_outside`). What the person is sent or
shown is made of other messages, so neither can reach them.
"""

from datetime import timedelta

from portal.extensions import db, now
from portal.inbox import history, intake
from portal.inbox.models import Conversation, Direction, Message
from portal.ways import Way

TAKEN_FOR = timedelta(days=60)
"""How long answers to a question are taken."""


def is_outside(message: Message) -> bool:
    """Whether it is a question to somebody outside, whom `sender` names, or what they answered."""
    return message.direction is Direction.NOTE and message.way is Way.EMAIL


def takes_answers(question: Message) -> bool:
    """Whether a question, or an answer in its thread, may be answered: it is young, and left."""
    is_left = is_outside(question) and not question.taken_back_at and bool(question.text)
    return is_left and question.created_at > now() - TAKEN_FOR


def keep_answer(conversation: Conversation, text: str, *, sender: str, automatic: bool) -> Message:
    """Note what somebody outside answered, and tell the team, in the caller's transaction."""
    note = Message(
        conversation_id=conversation.id,
        direction=Direction.NOTE,
        way=Way.EMAIL,
        sender=sender,
        text=text,
        automatic=automatic,
    )
    db.session.add(note)
    conversation.changed_at = now()
    history.record(conversation, "automatic" if automatic else "answered from outside")
    is_told = automatic or intake.heed(conversation, text, what="outside")
    if not is_told and conversation.state not in intake.UNSURE:
        intake.wake(conversation)
        intake.tell_team(conversation, "outside")
    db.session.flush()
    return note
