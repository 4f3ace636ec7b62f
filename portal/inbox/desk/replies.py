"""Answers, notes and drafts."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select

from portal import delivery
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox import asking, emails, history, intake, reply_addresses
from portal.inbox.desk import enclosures, note_drafts, page, telling
from portal.inbox.desk.models import Draft, SavedReply
from portal.inbox.models import (
    Conversation,
    ConversationState,
    Direction,
    Message,
    Sending,
)
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, lock, one_transaction
from portal.ways import WAYS, Way

COPIES_LATER = timedelta(seconds=2)
THREAD_LONGEST = 20  # of the mails before it, that a mail names (RFC 5322, 3.6.4)
AGAIN = (OutgoingState.FAILED, OutgoingState.UNCERTAIN)  # what may be sent once more


def undo_for(member: Member) -> timedelta:
    """How long an answer of a member's waits, so that it can be taken back."""
    return timedelta(seconds=member.undo_seconds)


def ways_asked_for(conversation: Conversation) -> set[Way]:
    """The ways that need no reason: what the person, or who helps them, asked for."""
    if conversation.reply_by is not Way.HELPER:
        return {conversation.reply_by}
    contacts = {Way.EMAIL: conversation.email, Way.PHONE: conversation.phone}
    return {way for way, contact in contacts.items() if contact}


@one_transaction
def answer(  # noqa: PLR0913 - who, whom, what, how, and knowing what
    conversation: Conversation,
    by: Member,
    text: str,
    way: Way,
    *,
    seen: int | None = None,
    reason: str = "",
    closes: bool = False,
    also_to: Sequence[str] = (),
) -> Message:
    """Answer somebody, by mail after the member's own pause, or as what was said; commits.

    Then the conversation waits for them, or, if that `closes` it, for nobody. The files of the
    draft go with it, and each of `also_to` gets a mail of their own. `seen` is the newest change
    that its writer saw, if they may not have seen all. Raises Stale where something was said or
    found out since, and NotPossible where the way does not lead to the person.
    """
    if seen is not None and page.is_news(conversation, seen):
        raise Stale
    if WAYS[way].is_mailed and not conversation.email:
        raise NotPossible("We have no email address of theirs. Choose another way.")
    if way not in ways_asked_for(conversation) and not reason:
        raise NotPossible("They asked for another way. Say why you choose this one.")
    message = _add(conversation, by, Direction.OUTGOING, way, text)
    message.reason = reason
    enclosures.give(conversation, message)
    if WAYS[way].is_mailed:
        message.corrections = None
        message.also_to = ", ".join(also_to)
        _mail(conversation, message, undo_for(by))
    _answered(conversation, by, way, text, others=len(message.copies))
    if closes:
        history.record(conversation, "state", conversation.state, ConversationState.CLOSED, by=by)
        conversation.state = ConversationState.CLOSED
    return message


def _mail(conversation: Conversation, message: Message, pause: timedelta) -> None:
    """Queue the answer for the person, and a copy for each of the others.

    Copies leave a little later: whoever stops the one stops the others.
    """
    mail = emails.reply(
        conversation,
        message.text,
        _thread(conversation),
        files=message.attachments,
        also_to=message.also_to,
    )
    intake.send(conversation, mail, wait=pause).message_id = message.id
    for address in filter(None, message.also_to.split(", ")):
        mail = emails.reply_copy(conversation, message, address)
        intake.send(conversation, mail, wait=pause + COPIES_LATER).copy_of_id = message.id


def _answered(conversation: Conversation, by: Member, way: Way, text: str, *, others: int) -> None:
    """The conversation waits for the person now, and somebody looks after it.

    The history says how many others got it, and not who: that could not be erased.
    """
    history.record(conversation, "answered", conversation.state, str(way), by=by)
    if others:
        history.record(conversation, "copied", after=others, by=by)
    intake.wait(conversation, by)
    conversation.trouble = ""
    if conversation.draft:
        if conversation.draft.text.strip() not in text:
            _keep_theirs(conversation.draft, conversation, by)
        db.session.delete(conversation.draft)


def _keep_theirs(draft: Draft, conversation: Conversation, by: Member) -> None:
    """Let the history have a colleague's draft, before a text of `by` takes its place."""
    if draft.member_id != by.id and draft.text.strip():
        history.record(conversation, "draft replaced", draft.member_id, draft.text, by=by)


@one_transaction
def add_note(conversation: Conversation, by: Member, text: str) -> Message:
    """Keep a note for the team; commits. No mail has its words: whom it names gets a link."""
    message = _add(conversation, by, Direction.NOTE, Way.WEB, text)
    if draft := note_drafts.of(conversation, by):
        db.session.delete(draft)
    history.record(conversation, "note", by=by)
    telling.named(text, conversation, by)
    conversation.changed_at = now()
    return message


def _add(
    conversation: Conversation, by: Member, direction: Direction, way: Way, text: str
) -> Message:
    said = {"direction": direction, "way": way, "author_id": by.id, "text": text}
    message = Message(conversation_id=conversation.id, corrections=0, **said)
    db.session.add(message)
    db.session.flush()
    return message


def _thread(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """The headers that put a mail into the person's thread (RFC 5322, 3.6.4)."""
    query = (
        select(Message.mail_id, Outgoing.message_id)
        .outerjoin(Sending, Sending.message_id == Message.id)
        .outerjoin(Outgoing, Outgoing.id == Sending.outgoing_id)
        .where(Message.conversation_id == conversation.id, Message.automatic.is_(False))
        .where(Message.direction != Direction.NOTE)  # a question to somebody outside is another
        .where(or_(Message.mail_id.is_not(None), Outgoing.message_id != ""))
        .order_by(Message.id)
    )
    names = [name for row in db.session.execute(query) if (name := row[0] or row[1])]
    wrapped = [name if name.startswith("<") else f"<{name}>" for name in names]
    if not wrapped:
        return reply_addresses.thread(conversation)
    return (("In-Reply-To", wrapped[-1]), ("References", " ".join(wrapped[-THREAD_LONGEST:])))


@one_transaction
def take_back(message: Message, conversation: Conversation, by: Member) -> bool:
    """Stop what has not left, or take back what was only written down; commits.

    An answer is the draft again. Returns whether it could be stopped, now or by
    whoever was quicker.
    """
    db.session.refresh(message)
    if message.taken_back_at:
        return True
    row = message.sending
    if message.direction is Direction.INCOMING:
        return False
    if message.corrections is None and not (row and delivery.take_back(row.outgoing_id)):
        return False
    message.taken_back_at = conversation.changed_at = now()
    if message.direction is Direction.NOTE:
        what = "question" if asking.is_outside(message) else "note"
        history.record(conversation, f"{what} taken back", by=by)
    else:
        history.record(conversation, "taken back", by=by)
        _go_on_with(message, conversation, by)
    return True


def _go_on_with(message: Message, conversation: Conversation, by: Member) -> None:
    """Let an answer that was taken back be the draft, above what stands there."""
    for copy in message.copies:
        delivery.take_back(copy.outgoing_id)
    enclosures.give_back(conversation, message)
    if not _other_answers(message):
        conversation.answered_at = None
    conversation.state = ConversationState.OPEN
    draft = conversation.draft
    text = f"{message.text}\n\n{draft.text}" if draft and draft.text else message.text
    _write_draft(conversation, by, text, message.also_to or (draft.also_to if draft else ""))


@one_transaction
def correct(message: Message, conversation: Conversation, by: Member, text: str, seen: int) -> None:
    """Put right what was only written down; commits. History keeps the words before.

    Raises Stale where a colleague has corrected it since `seen`, and NotPossible
    where it cannot be corrected.
    """
    if message.corrections is None or message.taken_back_at:
        raise NotPossible("This cannot be corrected any more.")
    if message.corrections != seen:
        raise Stale
    if text == message.text:
        return
    history.record(conversation, "corrected", message.author_id, message.text, by=by)
    if message.direction is Direction.NOTE:
        telling.named(text, conversation, by, message.text)
    elif message.direction is Direction.INCOMING:
        intake.heed(conversation, text, message.text)
    message.text, message.corrections = text, message.corrections + 1
    conversation.changed_at = now()


def _other_answers(message: Message) -> bool:
    others = (Message.conversation_id == message.conversation_id) & (Message.id != message.id)
    answers = (Message.direction == Direction.OUTGOING) & Message.taken_back_at.is_(None)
    return db.session.scalar(select(Message.id).where(others, answers).limit(1)) is not None


@one_transaction
def save_draft(  # noqa: PLR0913 - what, by whom, and knowing what
    conversation: Conversation,
    by: Member,
    text: str,
    seen: int,
    also_to: str = "",
    *,
    page_seen: int | None = None,
) -> None:
    """Keep what a member has written so far, for all of the team; commits.

    `seen` is the version of the draft that they began with, 0 for none, and `page_seen` the
    newest change that their page knows. Raises Stale, and changes nothing, where a colleague
    has written meanwhile, or where this comes in after their own answer.
    """
    draft = conversation.draft
    if page.has_done("answered", conversation, by, page_seen) or not is_seen(draft, by, text, seen):
        raise Stale
    if not draft or (draft.text, draft.also_to) != (text, also_to):
        _write_draft(conversation, by, text, also_to)


def is_seen(draft: Draft | None, by: Member, text: str, seen: int) -> bool:
    """Whether a text takes nothing from a draft that its writer has not seen.

    What they began themselves and went on with counts: two requests of one page may cross.
    """
    is_own = draft and draft.member_id == by.id and draft.text.strip() in text
    return bool((draft.version if draft else 0) == seen or is_own)


def _write_draft(conversation: Conversation, by: Member, text: str, also_to: str) -> None:
    draft = conversation.draft or Draft(conversation_id=conversation.id, text="", member_id=by.id)
    _keep_theirs(draft, conversation, by)  # all of it: what of it stays now may go later
    draft.text, draft.also_to = text, also_to
    draft.member_id, draft.saved_at = by.id, now()
    db.session.add(draft)


def put_in(saved: SavedReply, conversation: Conversation, text: str) -> str:
    """The draft with a saved reply at its end, the person's name filled in."""
    name = conversation.helper or conversation.name
    words = saved.text.replace("{name}", name or "there")
    return f"{text.rstrip()}\n\n{words}".lstrip()


def lost_mails(message: Message) -> list[Outgoing]:
    """The mails of an answer that can be sent once more: the person's, and those of others.

    Where the provider has had one, there is nothing left to send.
    """
    mails = [one.outgoing for one in (message.sending, *message.copies) if one]
    return [one for one in mails if one.state in AGAIN and one.address and one.payload]


def send_again(message: Message, conversation: Conversation, by: Member) -> bool:
    """Let a mail that failed, or may have failed, go again; commits. Returns whether it can."""
    lock(conversation)
    lost = [one.id for one in lost_mails(message)]
    if not lost:
        return False
    top = intake.root(conversation)
    top.trouble = ""
    history.record(top, "sent again", by=by)
    return bool(delivery.retry(Outgoing.id.in_(lost)))
