"""What becomes of a conversation when a mail of it did not arrive, or did after all."""

from sqlalchemy import case, select, update

from portal import delivery
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now, write_rows
from portal.inbox import history, intake, links
from portal.inbox.models import Conversation, ConversationState, Sending

# Where nobody looks until something happens.
RESTING = (ConversationState.WAITING, ConversationState.CLOSED)
WRONG = {  # with a mail, as the team is told
    OutgoingState.FAILED: "A mail failed",
    OutgoingState.UNCERTAIN: "A mail may or may not have arrived",
    OutgoingState.BOUNCED: "A mail came back",
    OutgoingState.COMPLAINED: "A mail was marked as spam",
}
OF_A_COPY = "Of the copy for somebody else: "
OF_A_QUESTION = "Of a question to somebody outside: "


def _what(row: Outgoing, sending: Sending, state: OutgoingState) -> str:
    """What went wrong, and with which mail where it was not for the person."""
    of_a_copy = OF_A_COPY if sending.copy_of_id else ""
    return f"{OF_A_QUESTION if row.name == 'question' else of_a_copy}{WRONG[state]}"


@delivery.settled.connect
def note_fate(row: Outgoing, state: OutgoingState, reason: str) -> None:
    """Bring a conversation back to the team when a mail of it did not arrive.

    In the transaction that saves what became of the mail. The statements ask
    for no version: the worker cannot put off what has happened.
    """
    if not row.is_mail or state not in WRONG:
        return
    sending = db.session.get(Sending, row.id)
    if sending is None:
        return
    words = f"{_what(row, sending, state)}. {reason}".strip()
    conversation = intake.root(db.session.get_one(Conversation, sending.conversation_id))
    delivery.alert(WRONG[state], links.inbox_url(conversation))
    if row.name == "team_notice":
        return  # that is our own mailbox, and a mail about it would go the same way
    write_rows(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(
            trouble=words,
            state=case(
                (Conversation.state.in_(RESTING), ConversationState.OPEN), else_=Conversation.state
            ),
            snoozed_until=None,
            changed_at=now(),
            version=Conversation.version + 1,
        )
    )
    history.record(conversation, "trouble", "", words)
    intake.tell_team(conversation, "trouble")


@delivery.corrected.connect
def end_trouble(row: Outgoing, state: OutgoingState, before: OutgoingState) -> None:
    """A mail that was thought lost has arrived, or was taken: its trouble is over.

    In the transaction that saves it. Trouble with another mail stays.
    """
    sending = db.session.get(Sending, row.id) if state not in WRONG and before in WRONG else None
    if sending is None:
        return
    conversation = intake.root(db.session.get_one(Conversation, sending.conversation_id))
    others = (
        select(Sending.outgoing_id)
        .join(Outgoing, Outgoing.id == Sending.outgoing_id)
        .where(Sending.conversation_id == sending.conversation_id, Outgoing.state == before)
        .where(Sending.copy_of_id.is_(None) == (sending.copy_of_id is None))
        .limit(1)
    )
    if db.session.scalar(others) is not None:
        return
    ended = write_rows(
        update(Conversation)
        .where(
            Conversation.id == conversation.id,
            Conversation.trouble.startswith(_what(row, sending, before)),
        )
        .values(trouble="", changed_at=now(), version=Conversation.version + 1)
        .returning(Conversation.id)
    ).scalar()
    if ended is not None:
        history.record(conversation, "trouble", WRONG[before], "")
