"""What the inbox holds about a person: their conversations, whichever way they came."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, union

from portal import people
from portal.extensions import db
from portal.file_kinds import fitting_name
from portal.inbox import links, sender_page
from portal.inbox.desk import erasing, page, services
from portal.inbox.desk.models import NoteDraft
from portal.inbox.models import Conversation, Direction, Keeping, Kind, Message, Original
from portal.people import Holding, Person
from portal.ways import WAYS

FACTS = {
    "name": "Your name",
    "email": "Your email address",
    "phone": "Your phone number",
    "postal": "Your postal address",
    "helper": "Who helps you",
    "needs": "What you need from us",
    "outlet": "Who you write for",
    "deadline_at": "Your deadline",
    "deadline_words": "Your deadline, as you wrote it",
    "doubts": "Why somebody looked at it first",
}


def _is_theirs(person: Person) -> ColumnElement[bool]:
    """A conversation that has an address or a number of the person's.

    For the team also one of somebody else, into which a mail of theirs came.
    """
    theirs = person.is_in(Conversation.email_key, Conversation.phone_key)
    if person.addresses and not person.asks:
        wrote = (
            select(Message.conversation_id)
            .join(Original, Original.message_id == Message.id)
            .where(Original.address_key.in_(person.addresses))
            .where(Message.direction == Direction.INCOMING)
        )
        # Not joined by "or": each part has an index of its own.
        theirs = Conversation.id.in_(union(select(Conversation.id).where(theirs), wrote))
    return theirs & Conversation.id.not_in(person.beside) if person.beside else theirs


def _count(person: Person) -> int:
    return people.count(Conversation, _is_theirs(person))


def _find(person: Person, most: int, before: int | None) -> Sequence[Holding]:
    found = people.newest(Conversation, _is_theirs(person), most, before)
    return [_holding(one, person) for one in found]


def _holding(conversation: Conversation, person: Person) -> Holding:
    theirs = person.has(conversation.email_key, conversation.phone_key)
    return Holding(
        id=conversation.id,
        title=_title(conversation, person),
        at=conversation.created_at,
        tell=lambda: (
            _told(conversation, person) if theirs else _told_of_mails(conversation, person)
        ),
        standing=f"{conversation.reference}{'' if theirs else ', with a mail from them'}",
        address=_address(conversation, person),
        conversation_id=conversation.id,
        url=links.own_url(conversation) if person.asks else links.inbox_url(conversation),
        files=_given(conversation, person) if person.whole else (),
    )


def _title(conversation: Conversation, person: Person) -> str:
    """What it is called: another person's words are not told with what is somebody's own."""
    if person.whole and not person.has(conversation.email_key, conversation.phone_key):
        return "A mail in the conversation of somebody else"
    is_of_story = person.asks and conversation.kind is Kind.STORY
    return f"About your story: {conversation.subject}" if is_of_story else conversation.subject


def _address(conversation: Conversation, person: Person) -> str:
    """Which address or number it was found by; of somebody else's conversation, for the team."""
    if conversation.email_key in person.addresses:
        return conversation.email
    if conversation.phone_key in person.numbers:
        return conversation.phone
    return "" if person.whole else conversation.email


def _told(conversation: Conversation, person: Person) -> dict[str, Any]:
    """What the sender may read, and what we noted of who they are.

    Notes are the team's own: they are told where a person has read them before.
    """
    facts = {words: getattr(conversation, name) for name, words in FACTS.items()}
    told = {"Reference": conversation.reference, **facts}
    told |= {
        "Under 18": "yes" if conversation.young else "",
        "How you want our answer": WAYS[conversation.reply_by].to_team,
        "Sent": conversation.created_at,
        "What was said": [_entry(entry) for entry in sender_page.entries(conversation)],
        "Files that you sent": _files(conversation),
    }
    return told | _of_the_team(conversation) if person.whole else told


def _of_the_team(conversation: Conversation) -> dict[str, Any]:
    """What the team has of them for itself: all of each message, and what was changed."""
    drafts = [*([conversation.draft] if conversation.draft else []), *_note_drafts(conversation)]
    changed = page.changes([conversation.id], everything=True)
    return {
        "Tags": conversation.labels,
        "Every message and note, as we have it": [_whole(one) for one in conversation.messages],
        "What our team is writing": [one.text for one in drafts],
        "What was changed": [
            {"What": one.what, "At": one.at, "Before": _plainly(one.before)}
            | {"After": _plainly(one.after)}
            for one in changed
            if one.before is not None or one.after is not None
        ],
    }


def _whole(message: Message) -> dict[str, Any]:
    return {
        "Kind": str(message.direction),
        "At": message.created_at,
        "From": message.sender,
        "Words": message.text,
        "Quoted": message.quoted,
        "Why by another way": message.reason,
        "Also sent to": message.also_to,
    }


def _plainly(kept: Any) -> str:
    """A value of the history, which may be anything that JSON has."""
    return "" if kept is None else str(kept)


def _note_drafts(conversation: Conversation) -> Sequence[NoteDraft]:
    mine = NoteDraft.conversation_id == conversation.id
    return db.session.scalars(select(NoteDraft).where(mine)).all()


def _told_of_mails(conversation: Conversation, person: Person) -> dict[str, Any]:
    """What they mailed into somebody else's conversation, and nothing of that person's."""
    return {
        "Reference": conversation.reference,
        "What you mailed": [_whole(one) for one in conversation.messages if _is_by(one, person)],
    }


def _is_by(message: Message, person: Person) -> bool:
    return bool(message.original and message.original.address_key in person.addresses)


def _given(conversation: Conversation, person: Person) -> list[tuple[str, str]]:
    """The files and whole mails that they sent; where it is somebody else's, theirs alone."""
    is_theirs = person.has(conversation.email_key, conversation.phone_key)
    came = [one for one in conversation.messages if one.direction is Direction.INCOMING]
    theirs = [one for one in came if is_theirs or _is_by(one, person)]
    files = [file for one in theirs for file in one.attachments if file.state is Keeping.KEPT]
    mails = [one.original for one in theirs if one.original and one.original.place]
    named = [(fitting_name(file.name, file.content_type), file.place) for file in files]
    return named + [(f"mail-{one.message_id}.eml", one.place) for one in mails]


def _entry(entry: sender_page.SenderEntry) -> dict[str, Any]:
    return {
        "By": "our team" if entry.is_ours else "you",
        "How": entry.way,
        "At": entry.at,
        "Words": entry.text,
        "Files": [": ".join(filter(None, (file.name, file.alt))) for file in entry.files],
        "Also sent to": entry.also_to,
        "What became of it": entry.fate,
    }


def _files(conversation: Conversation) -> list[str]:
    messages = page.messages([conversation.id], everything=True)
    theirs = (one for one in messages if one.direction is Direction.INCOMING)
    return [file.name for message in theirs for file in message.attachments]


def _erase(person: Person) -> None:
    """Each with what belongs to it, such as its story: who gets our mails has its link too."""
    ids = db.session.scalars(select(Conversation.id).where(_is_theirs(person)))
    for conversation in services.lock_all(ids):
        if person.has(conversation.email_key, conversation.phone_key):
            erasing.forget(conversation)
        elif conversation.email_key or conversation.phone_key:  # not gone with one before it
            erasing.forget_mails(conversation, person.addresses)


HOLDER = people.Holder(
    "messages",
    "Messages",
    _count,
    _find,
    _erase,
    goes="All your messages to us, our answers, and the files that came with them.",
)
