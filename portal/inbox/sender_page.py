"""What the sender sees on their own page: where their message is, and what was said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from portal.delivery.models import TAKEN, UNFINISHED, Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox import intake
from portal.inbox.desk import page
from portal.inbox.models import Attachment, Conversation, Direction, Message, Sending
from portal.ways import WAYS, Way

# What became of the mail, in true words. Being handed over is not being there.
LOST = (OutgoingState.BOUNCED, OutgoingState.COMPLAINED, OutgoingState.FAILED)
FATES = {
    **dict.fromkeys(UNFINISHED, "The email is on its way to the mail provider."),
    OutgoingState.ACCEPTED: "The email was handed to the mail provider.",
    OutgoingState.DELIVERED: "The email was delivered.",
    **dict.fromkeys(LOST, "The email did not reach you."),
    OutgoingState.UNCERTAIN: "We do not know if the email reached you.",
    OutgoingState.CANCELLED: "The email was not sent.",
}


@dataclass(frozen=True)
class ProgressStep:
    """One step of a message's way, and when it was taken."""

    words: str
    at: datetime | None


@dataclass(frozen=True)
class SenderEntry:
    """Something that was said, by the sender or by the team."""

    is_ours: bool
    way: str
    is_spoken: bool
    at: datetime
    text: str
    fate: str
    files: list[Attachment]
    also_to: str


def entries(conversation: Conversation) -> list[SenderEntry]:
    """What the sender and the team said to each other, oldest first. Never a note.

    Nor what belongs to a conversation that the team has put together with it:
    whoever typed an address into the form has this page, and need not be
    whose address it is.
    """
    messages = page.messages([conversation.id], everything=True)
    return [_entry(message) for message in messages if _is_shown(message)]


def find_file(conversation: Conversation, row_id: int) -> Attachment | None:
    """A file that the team sent with an answer, once that has left."""
    files = [file for entry in entries(conversation) for file in entry.files]
    return next((file for file in files if file.id == row_id), None)


def steps(conversation: Conversation, said: list[SenderEntry]) -> list[ProgressStep]:
    """Where the message is. One that is held looks like one that waits."""
    answered = [entry.at for entry in said if entry.is_ours]
    return [
        ProgressStep("We saved it", conversation.created_at),
        ProgressStep(
            "We handed a note about it to the mail provider, for our team", _handed_at(conversation)
        ),
        ProgressStep("A person in the team opened it", conversation.opened_at),
        ProgressStep("The team answered", min(answered, default=None)),
    ]


def write_back(conversation: Conversation, text: str, shown: int | None) -> bool:
    """Add what the sender wrote on their own page; in the caller's transaction.

    The same text sent again from a page that showed `shown` messages of theirs
    is the same message. What belongs to a conversation that the team has put
    into another wakes that one. Returns whether it is new.
    """
    if shown is not None and text in _written(conversation)[shown:]:
        return False
    intake.add_incoming(conversation, text, way=Way.WEB)
    top = intake.root(conversation)
    if top is not conversation:
        top.changed_at = now()
        intake.wake(top)
    return True


def written(conversation: Conversation) -> int:
    """How many messages the sender wrote on our pages."""
    return len(_written(conversation))


def _written(conversation: Conversation) -> list[str]:
    query = (
        select(Message.text)
        .where(Message.conversation_id == conversation.id, Message.way == Way.WEB)
        .where(Message.direction == Direction.INCOMING)
        .order_by(Message.id)
    )
    return list(db.session.scalars(query))


def _handed_at(conversation: Conversation) -> datetime | None:
    """When the mail provider took the first mail that told the team of it, or of it and others."""
    mine = select(Sending.outgoing_id).where(Sending.conversation_id == conversation.id)
    alone = Outgoing.id.in_(mine) & (Outgoing.name == "team_notice")
    told = or_(alone, Outgoing.id == conversation.notice_id)
    query = select(Outgoing).where(told).order_by(Outgoing.id).limit(1)
    row = db.session.scalar(query)
    return row.finished_at if row and row.state in TAKEN else None


def _is_shown(message: Message) -> bool:
    """Whether the sender wrote it, or it has gone to them and cannot be taken back."""
    if message.direction is Direction.INCOMING:
        return not message.automatic
    if message.direction is Direction.NOTE or message.taken_back_at:
        return False
    mail = message.sending.outgoing if message.sending else None
    return not (
        mail and mail.state is OutgoingState.WAITING and not mail.attempts and mail.due_at > now()
    )


def _entry(message: Message) -> SenderEntry:
    mail = message.sending.outgoing if message.sending else None
    return SenderEntry(
        is_ours=message.direction is Direction.OUTGOING,
        way=WAYS[message.way].to_sender,
        is_spoken=WAYS[message.way].is_spoken,
        at=message.created_at,
        text=message.text,
        fate=FATES[mail.state] if mail else "",
        files=message.attachments if message.direction is Direction.OUTGOING else [],
        also_to=message.also_to,
    )
