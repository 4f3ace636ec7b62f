"""Somebody may be in danger: a conversation is urgent until a person has looked into it."""

from datetime import UTC, datetime

from sqlalchemy import select

from portal.extensions import db, now
from portal.inbox import history
from portal.inbox.models import Change, Conversation, Rank
from portal.team.models import Member
from portal.words import local

WORDS = "Urgent: somebody may be in danger"


def note_words(conversation: Conversation) -> None:
    """Words came that suggest danger: it is urgent until `clear`, in the caller's transaction."""
    _make_due(conversation, "danger")
    conversation.danger_at, conversation.rank = now(), Rank.URGENT


def keep_due(conversation: Conversation) -> None:
    """Where somebody may be in danger, what waits for the team again is due today again."""
    if conversation.danger_at:
        _make_due(conversation, "still urgent")


def _make_due(conversation: Conversation, why: str) -> None:
    """Make it due today; history has when it was due otherwise."""
    end_of_today = local(now()).replace(hour=23, minute=59, second=0, microsecond=0)
    due_at = min(conversation.due_at, end_of_today.astimezone(UTC))
    is_news = conversation.danger_at is None or due_at != conversation.due_at
    before = conversation.due_at.isoformat() if is_news else None
    history.record(conversation, why, before=before)
    conversation.due_at = due_at


def clear(conversation: Conversation, by: Member, reason: str) -> None:
    """A person found nobody in danger: it waits as it would without, in the caller's transaction.

    A day that somebody has set meanwhile stays.
    """
    if conversation.danger_at is None:
        return
    conversation.danger_at = None
    has_deadline = conversation.deadline_at or conversation.deadline_words
    conversation.rank = Rank.DEADLINE if has_deadline else Rank.USUAL
    query = select(Change.what, Change.before).where(
        Change.conversation_id == conversation.id,
        Change.what.in_(("danger", "still urgent", "due_at")),
        Change.before.is_not(None),
    )
    last = db.session.execute(query.order_by(Change.id.desc()).limit(1)).first()
    if last and last.what != "due_at":
        conversation.due_at = max(conversation.due_at, datetime.fromisoformat(last.before))
    history.record(conversation, "danger cleared", after=reason, by=by)
