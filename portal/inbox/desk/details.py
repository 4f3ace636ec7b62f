"""Who somebody is, what they want and how they are reached: corrected by an editor."""

from collections.abc import Mapping
from typing import Any

from blinker import Signal

from portal.addresses import address_key
from portal.extensions import now
from portal.inbox import history, intake
from portal.inbox.desk import edits
from portal.inbox.desk.edits import Was
from portal.inbox.models import Conversation, Rank
from portal.team.models import Member
from portal.transaction import one_transaction

REACH = ("reply_by", "email", "phone", "postal", "helper")
URGENT = ("kind", "deadline_at", "deadline_words")
# What the history names alone. Whoever has an address to erase would not find it under another.
PERSONAL = (*("subject", "name", "outlet", "needs"), *REACH[1:])
CORRECTED = ("kind", "subject", "name", "outlet", "needs", "deadline_at", "deadline_words", *REACH)

# Sent with a conversation, how the person is to be reached (`reach`, by the names of REACH) and
# `by` whom, in the same transaction, before it is written: a feature that has it in its own place
# too writes that, and answers whether it noted the way in the history.
reached = Signal()


@one_transaction
def change_details(conversation: Conversation, by: Member, was: Was, **wanted: Any) -> None:
    """Save what a member corrected against what they saw; commits. Raises Conflict.

    `wanted` may have what CORRECTED names. Another kind or deadline makes it as urgent as if it
    had come so, unless somebody had set another time to answer by.
    """
    changed = edits.meant(conversation, was, wanted)
    if any(name in changed for name in REACH):
        reach(conversation, by, changed)
    if any(name in changed for name in URGENT):
        _hurry(conversation, by, changed)
    _write(conversation, by, changed)


def reach(conversation: Conversation, by: Member, changed: Mapping[str, Any]) -> None:
    """Reach the person another way, in the caller's transaction."""
    before = conversation.reply_by
    wanted = {name: changed.get(name, getattr(conversation, name)) for name in REACH}
    is_noted = any(noted for _, noted in reached.send(conversation, reach=wanted, by=by))
    for name, value in wanted.items():
        setattr(conversation, name, value)
    if wanted["reply_by"] != before and not is_noted:
        history.record(conversation, "reply_by", str(before), str(wanted["reply_by"]), by=by)
    conversation.email_key = address_key(conversation.email)


def _write(conversation: Conversation, by: Member, changed: Mapping[str, Any]) -> None:
    named = [name for name in PERSONAL if name in changed]
    if named:
        for name in named:
            setattr(conversation, name, changed[name])
        history.record(conversation, "details", after=named, by=by)
        conversation.changed_at = now()
    edits.apply(conversation, by, {n: it for n, it in changed.items() if n not in PERSONAL})


def _hurry(conversation: Conversation, by: Member, changed: Mapping[str, Any]) -> None:
    """Make it as urgent as its new kind and deadline are. Where there is danger, that stays."""
    _, usual = intake.urgency(conversation, conversation.created_at)
    is_usual = conversation.due_at == usual
    edits.apply(conversation, by, {name: changed[name] for name in URGENT if name in changed})
    rank, due_at = intake.urgency(conversation, conversation.created_at)
    if conversation.rank != Rank.URGENT:
        conversation.rank = rank
    if due_at < conversation.due_at or (is_usual and conversation.rank != Rank.URGENT):
        edits.apply(conversation, by, {"due_at": due_at})
    conversation.alerted_at = None
