"""Who did what in a conversation: written with the deed itself, and never changed."""

from typing import Any

from portal.extensions import db
from portal.inbox.models import Change, Conversation
from portal.team.models import Member


def record(  # noqa: PLR0913 - a line of history has that many columns
    conversation: Conversation | None,
    what: str,
    before: Any = None,
    after: Any = None,
    *,
    by: Member | None = None,
    batch: str | None = None,
) -> None:
    """Note a deed, in the caller's transaction. Without `by` the sender or the portal did it.

    A member who does something has it before their eyes: what comes next is news (`news`).
    """
    if conversation and by:
        conversation.told_at = conversation.untold_at = None
    db.session.add(
        Change(
            conversation_id=conversation.id if conversation else None,
            member_id=by.id if by else None,
            what=what,
            before=before,
            after=after,
            batch=batch,
        )
    )
