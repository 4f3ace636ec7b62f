"""How long the inbox keeps what was said, and what of it never goes by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal.delivery.models import OPEN, Outgoing, Urgency
from portal.delivery.whom import TO_WHOM
from portal.extensions import db
from portal.inbox.desk import erasing, page, services
from portal.inbox.desk.models import Draft, NoteDraft
from portal.inbox.models import Attachment, Conversation, Keeping, Kind, Message, Sending
from portal.retention import Period
from portal.retention import services as retention

CONVERSATIONS = "conversations"
# What must hold too, as other features say: a story's conversation has the time of its story.
rules: list[Callable[[], ColumnElement[bool]]] = []


def closed_over(at: datetime) -> ColumnElement[bool]:
    """Conversations whose time is over at a moment."""
    since = at - timedelta(days=current_app.config["CLOSED_DAYS"])
    return and_(is_over(since), *(rule() for rule in rules))


def is_over(since: datetime) -> ColumnElement[bool]:
    """Conversations in which nothing is left to do, and nothing has happened since a moment.

    What waits for the person counts once the team has answered, and nobody hid it until a day.
    """
    answered = Conversation.answered_at.is_not(None) & Conversation.snoozed_until.is_(None)
    return and_(
        Conversation.folder.in_(("closed", "waiting")),
        or_(Conversation.folder == "closed", answered),
        Conversation.changed_at < since,
        erasing.has_words(),
        is_settled(Conversation, since),
        ~_has_open_part(since),
    )


def _has_open_part(since: datetime) -> ColumnElement[bool]:
    """Whether something was put into it, at any depth, that is not settled or is kept."""
    part, first, deeper = (aliased(Conversation) for _ in range(3))
    into = select(first.id).where(first.merged_into_id == Conversation.id).correlate(Conversation)
    found = into.cte("parts", recursive=True, nesting=True)
    found = found.union(select(deeper.id).where(deeper.merged_into_id == found.c.id))
    is_kept = retention.is_kept(CONVERSATIONS, part.id)
    # Joined, not "in": PostgreSQL would look through all conversations for each of them.
    parts = select(part.id).join(found, part.id == found.c.id)
    return parts.where(or_(~is_settled(part, since), is_kept)).exists()


def is_in_closed(since: datetime) -> ColumnElement[bool]:
    """Whether a conversation was put into one, through others too, that closed before a moment."""
    top, above = aliased(Conversation), aliased(Conversation)
    found = select(Conversation.merged_into_id.label("id")).correlate(Conversation)
    tops = found.cte("tops", recursive=True, nesting=True)
    tops = tops.union(select(above.merged_into_id).where(above.id == tops.c.id))
    over = (top.folder == "closed") & (top.changed_at < since)
    return select(top.id).join(tops, top.id == tops.c.id).where(over).exists()


def is_settled(one: type[Conversation], since: datetime) -> ColumnElement[bool]:
    """Whether all mail to people is done, no file is to come, nobody writes or is in danger."""
    mail = exists().where(
        Sending.conversation_id == one.id,
        Outgoing.id == Sending.outgoing_id,
        Outgoing.is_in(*OPEN),
        Outgoing.name.not_in(TO_WHOM[Urgency.TEAM]),
    )
    coming = exists().where(
        Message.conversation_id == one.id,
        Attachment.message_id == Message.id,
        Attachment.state == Keeping.FETCHING,
    )
    written = [
        exists().where(draft.conversation_id == one.id, draft.saved_at >= since)
        for draft in (Draft, NoteDraft)
    ]
    return and_(one.trouble == "", one.danger_at.is_(None), ~mail, ~coming, ~or_(*written))


def end_closed(conversation: Conversation) -> None:
    """Erase a conversation with all that was put into it, but stories; in the transaction."""
    ids = [one.id for one in page.family(conversation) if one is not conversation]
    rest = select(Conversation.id).where(Conversation.id.in_(ids), erasing.has_words())
    left = db.session.scalars(rest.where(*(rule() for rule in rules))).all()
    for one in services.lock_all(left):
        erasing.forget_alone(one)
    erasing.forget(conversation)


def spam_over(at: datetime) -> ColumnElement[bool]:
    """Spam that is no story, in SQL."""
    return and_(erasing.spam_over(at), Conversation.kind != Kind.STORY)


PERIODS = (
    Period(
        CONVERSATIONS,
        "Closed conversations, and those that we have answered and nobody wrote again in",
        "the last thing that happened in it",
        "Names, contacts, words, whole mails and files are erased. A line with the dates stays.",
        setting="CLOSED_DAYS",
        stays="What waits for an answer, is held, has a mail that did not arrive, a file that is "
        "still to come, a mark of danger, or an answer that is being written. What a person keeps.",
        counted=("closed conversation", "closed conversations"),
        model=Conversation,
        due=closed_over,
        end=end_closed,
    ),
    Period(
        "spam",
        "Conversations that a person marked as spam",
        "the mark, or the last thing that came in",
        "They are erased in the same way.",
        setting="SPAM_DAYS",
        stays="Where somebody may be in danger. What a person keeps.",
        counted=("conversation that is spam", "conversations that are spam"),
        model=Conversation,
        due=spam_over,
    ),
)
