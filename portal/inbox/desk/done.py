"""What was just done, as the next page says it, and how long it can be undone."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from flask import redirect, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox.desk import query
from portal.inbox.desk.view import InboxView
from portal.inbox.models import Conversation, Direction, Message
from portal.team.access import member
from portal.team.models import Member
from portal.web import lead_to, number_in

GOES_ON = "inbox goes on"  # the session's: whether the next one opens after an answer


@dataclass(frozen=True)
class Done:
    """A deed, the conversation that it was done to, and what undoes it."""

    word: str
    conversation: Conversation
    answer: Message | None
    """One that can be taken back."""
    batch: str
    """Of changes that can be put back."""


def just_done(here: Conversation) -> Done | None:
    """What the address of this page says was done, here or in the conversation `of`."""
    word, other = request.args.get("done"), number_in(request.args.get("of"))
    if not word:
        return None
    conversation = (db.session.get(Conversation, other) if other else None) or here
    is_mailed = word.startswith(("answered", "asked"))
    answer = _answer_to_undo(conversation, member()) if is_mailed else None
    return Done(word, conversation, answer, request.args.get("batch", "").replace("\0", ""))


def _answer_to_undo(conversation: Conversation, by: Member) -> Message | None:
    """The newest answer of a member's, if it can be taken back."""
    newest = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.author_id == by.id)
        .where(Message.direction == Direction.OUTGOING, Message.taken_back_at.is_(None))
        .order_by(Message.id.desc())
    )
    found: Message | None = db.session.scalar(newest.limit(1))
    mail = found.sending.outgoing if found and found.sending else None
    if mail:
        return found if mail.state is OutgoingState.WAITING and not mail.attempts else None
    return found if found and found.corrections is not None else None


def seconds_left(mail: Outgoing) -> int:
    """For how long a mail that waits can still be taken back: 0 when it may leave any moment."""
    return max(ceil((mail.due_at - now()).total_seconds()), 0)


def goes_on() -> bool:
    """Whether the member went on to the next one after their last answer."""
    return bool(session.get(GOES_ON))


def next_one(conversation: Conversation) -> Conversation | None:
    """What follows in the list that led to a conversation."""
    return query.next_one(InboxView.of_list(request.args), conversation, member())


def address_of(conversation: Conversation, **said: Any) -> str:
    """The page of a conversation in the list that led here."""
    place = InboxView.of_list(request.args).opening(conversation)
    return url_for("inbox.conversation", conversation_id=conversation.id, list=place, **said)


def list_address() -> str:
    """The list that led here."""
    view = InboxView.of_list(request.args)
    values: dict[str, Any] = view.args(after=view.after)
    return url_for("inbox.conversations", **values)


def go_on(done: str, conversation: Conversation, following: Conversation | None) -> Response:
    """To the next conversation, which says what was done to the one before."""
    if following is None:
        return back(conversation, done, last="yes")
    return lead_to(address_of(following, done=done, of=conversation.id))


def back(conversation: Conversation, done: str, **more: Any) -> Response:
    """To the conversation's page, which says what was done; for a form that stands on it."""
    return redirect(_said_on(conversation, done=done, **more), 303)


def lead_back(conversation: Conversation, done: str) -> Response:
    """The same, for a form that has a page of its own."""
    return lead_to(_said_on(conversation, done=done))


def _said_on(conversation: Conversation, **said: Any) -> str:
    return url_for("inbox.conversation", conversation_id=conversation.id, **said)
