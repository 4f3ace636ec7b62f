"""Who looks after conversations: editors who are here, and nobody else."""

from portal.extensions import db
from portal.inbox.desk import edits
from portal.inbox.desk.services import lock_all
from portal.inbox.models import Conversation
from portal.team.models import Member
from portal.team.services import left


@left.connect
def take_from(member: Member, by: Member | None = None) -> None:
    """Make what waits and was a member's nobody's, in the caller's transaction.

    What is closed keeps the name of who looked after it, until something comes again.
    """
    theirs = db.select(Conversation.id).where(
        Conversation.owner_id == member.id, Conversation.folder != "closed"
    )
    for conversation in lock_all(db.session.scalars(theirs)):
        edits.apply(conversation, by, {"owner_id": None})
