"""Notes while they are written."""

from portal.extensions import db, now
from portal.inbox.desk import page
from portal.inbox.desk.models import NoteDraft
from portal.inbox.models import Conversation
from portal.team.models import Member
from portal.transaction import one_transaction


@one_transaction
def keep(conversation: Conversation, by: Member, text: str, page_seen: int | None) -> None:
    """Keep a note while it is written; commits. What comes in after it was saved is too late."""
    if page.has_done("note", conversation, by, page_seen):
        return
    draft = of(conversation, by)
    if draft and not text.strip():
        db.session.delete(draft)
    elif text.strip():
        draft = draft or NoteDraft(conversation_id=conversation.id, member_id=by.id)
        draft.text, draft.saved_at = text, now()
        db.session.add(draft)


def of(conversation: Conversation, by: Member) -> NoteDraft | None:
    """The note that a member has begun."""
    return db.session.get(NoteDraft, (conversation.id, by.id))
