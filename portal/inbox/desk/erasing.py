"""Forgetting a person and all that was said with them, wherever the inbox has it."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from blinker import Signal
from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, or_, select

from portal import audit, delivery, journal, later
from portal.audit import Deed
from portal.extensions import db, now, write_rows
from portal.inbox import history, intake
from portal.inbox.desk import page, services
from portal.inbox.desk.models import Draft, NoteDraft
from portal.inbox.incoming import attachments
from portal.inbox.models import (
    Change,
    Conversation,
    ConversationState,
    Kind,
    Message,
    Original,
    Rank,
    Sending,
)
from portal.inbox.search import forgetting
from portal.retention import services as retention
from portal.team import kept
from portal.team.models import Member
from portal.transaction import one_transaction

PERSONAL = (
    *("name", "email", "email_key", "phone", "postal", "helper", "needs", "outlet"),
    "deadline_words",
)
# Sent with a conversation that is being erased, in the same transaction: the feature that it
# belongs to erases its part.
erased = Signal()
MAIL_ERASED = journal.JournalKind("mail-erased", Message)
CONVERSATION_ERASED = journal.JournalKind("conversation-erased", Conversation)


def erase(conversation: Conversation, by: Member | None = None) -> None:
    """Forget the person and all that was said, for good; the bare line stays; commits."""
    _erase(conversation, by)
    finish()


@one_transaction
def _erase(conversation: Conversation, by: Member | None) -> None:
    audit.note(Deed.ERASED, f"conversation {conversation.id}")
    forget(conversation, by)


def finish() -> None:
    """After the commit of an erasure: drop its words from the search's index."""
    later.ask("an index with erased words", forgetting.forget_words)


def has_words() -> ColumnElement[bool]:
    """Conversations of which anything that was said is there: as their index has it."""
    erased_at = Conversation.erased_at
    return or_(erased_at.is_(None), erased_at < Conversation.changed_at)


def spam_over(at: datetime) -> ColumnElement[bool]:
    """Conversations that, at a moment, were marked as spam long ago.

    One in which somebody may be in danger waits for a person, and one that a person keeps.
    """
    ends = at - timedelta(days=current_app.config["SPAM_DAYS"])
    old = (Conversation.folder == "spam") & (Conversation.changed_at < ends)
    is_kept = retention.is_kept("conversations", Conversation.id)
    return and_(old, has_words(), Conversation.danger_at.is_(None), ~is_kept)


def end_spam(conversation: Conversation) -> None:
    """Erase what was spam, in the caller's transaction.

    The bare line stays among the spam: it was never a conversation.
    """
    forget(conversation)
    conversation.state, conversation.erased_at = ConversationState.SPAM, now()


def forget(conversation: Conversation, by: Member | None = None) -> None:
    """Erase a conversation in the caller's transaction.

    What was put together with it goes too, where the same person said it; never another story.
    """
    together = _put_together(conversation)
    family = [one for one in together if _says_the_same(one, conversation)]
    for one in (conversation, *family):
        _forget(one, by)
    others = [one for one in together if one not in family]
    if not conversation.merged_into_id and any(map(_is_left, others)):
        conversation.erased_at = None  # what others said in it ends with it, in its time


def forget_alone(conversation: Conversation) -> None:
    """Do as `forget` does, with nothing of what was put together with it."""
    _forget(conversation, None)


def forget_mails(conversation: Conversation, addresses: Collection[str]) -> None:
    """Erase what the addresses with these keys mailed into somebody else's conversation.

    In the caller's transaction. What the other person said, and our answers, stay.
    """
    query = (
        select(Message)
        .join(Original, Original.message_id == Message.id)
        .where(Message.conversation_id == conversation.id, Original.address_key.in_(addresses))
    )
    for message in db.session.scalars(query).all():
        forget_mail(message)
    history.record(conversation, "mail erased")


def forget_mail(message: Message) -> None:
    """Erase one mail, with its files, in the caller's transaction."""
    MAIL_ERASED.note(message)
    attachments.forget_mails([message.id])
    _blank(message)


def _blank(message: Message) -> None:
    message.text = message.quoted = message.sender = message.reason = message.also_to = ""
    message.mail_id = message.corrections = None


def _put_together(conversation: Conversation) -> list[Conversation]:
    """All that was put into one with a conversation, at any depth, without itself."""
    top = intake.root(conversation)
    ids = [one.id for one in page.family(top) if one is not conversation]
    return services.lock_all(ids)


def _says_the_same(one: Conversation, conversation: Conversation) -> bool:
    is_theirs = one.email_key and one.email_key == conversation.email_key
    has_number = one.phone_key and one.phone_key == conversation.phone_key
    return one.kind is not Kind.STORY and bool(is_theirs or has_number)


def _is_left(one: Conversation) -> bool:
    is_erased = one.erased_at and one.erased_at >= one.changed_at
    return one.kind is not Kind.STORY and not is_erased


def _forget(conversation: Conversation, by: Member | None) -> None:
    CONVERSATION_ERASED.note(conversation)
    attachments.forget(conversation.id)
    erased.send(conversation)
    sendings = select(Sending.outgoing_id).where(Sending.conversation_id == conversation.id)
    delivery.forget_rows(list(db.session.scalars(sendings)))
    for model in (Draft, NoteDraft):
        db.session.execute(delete(model).where(model.conversation_id == conversation.id))
    kept.forget(f"/inbox/{conversation.id}/", conversation.email, conversation.phone)
    telling = Change.before.is_not(None) | Change.after.is_not(None)
    write_rows(delete(Change).where(Change.conversation_id == conversation.id, telling))
    conversation.tags = []
    conversation.subject, conversation.doubts, conversation.submission = "Erased", "", None
    for name in PERSONAL:
        setattr(conversation, name, "")
    query = select(Message).where(Message.conversation_id == conversation.id)
    for message in db.session.scalars(query):
        _blank(message)
    conversation.danger_at, conversation.young, conversation.rank = None, False, Rank.USUAL
    conversation.key = secrets.token_urlsafe(24)
    conversation.state = ConversationState.CLOSED
    conversation.trouble, conversation.erased_at = "", now()
    retention.forget("conversations", conversation.id)
    history.record(conversation, "erased", by=by)
