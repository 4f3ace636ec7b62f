"""Conversations that somebody of the team begins."""

from portal.inbox import history, intake
from portal.inbox.desk import edits, replies
from portal.inbox.intake import Enquiry
from portal.inbox.models import Conversation, ConversationState
from portal.team.models import Member
from portal.transaction import one_transaction
from portal.ways import Way

WHY = "We wrote first"


@one_transaction
def log(enquiry: Enquiry, by: Member) -> Conversation:
    """Keep what came to a member by phone, letter or in person; commits. They look after it.

    It is heeded like all that comes in. The words are the member's, and can be corrected.
    """
    conversation = intake.open_conversation(enquiry, by)
    conversation.messages[0].corrections = 0
    conversation.opened_at = conversation.created_at
    edits.apply(conversation, by, {"state": ConversationState.OPEN, "owner_id": by.id})
    return conversation


@one_transaction
def write_first(enquiry: Enquiry, by: Member) -> Conversation:
    """Write to somebody by email, with the same time to take it back as for an answer; commits."""
    conversation = intake.begin(enquiry)
    history.record(conversation, "begun", by=by)
    why = "" if Way.EMAIL in replies.ways_asked_for(conversation) else WHY
    replies.answer(conversation, by, enquiry.text, Way.EMAIL, reason=why)
    conversation.answered_at = conversation.created_at  # nobody waited: no figure counts it
    return conversation
