"""What the team does with conversations."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select, update

from portal import journal
from portal.extensions import db, now, write_rows
from portal.inbox import danger, history, intake, news
from portal.inbox.desk import details, edits, page
from portal.inbox.desk.edits import Conflict, Was, plain, read
from portal.inbox.models import Change, Conversation, Direction, Message, Original
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction

TAGS_MOST = 20
LINK_STOPPED = journal.JournalKind("link-stopped", Conversation)
TAG_LONGEST = 40


@one_transaction
def open_for(conversation_id: int, by: Member) -> None:
    """Note that a person of the team has it before their eyes; commits. It counts once."""
    _open(conversation_id, by)


def _open(conversation_id: int, by: Member) -> None:
    """In one statement that no version stands in the way of: looking is no edit."""
    opened = write_rows(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.opened_at.is_(None))
        .values(opened_at=now())
    )
    if opened.rowcount:
        db.session.add(Change(conversation_id=conversation_id, member_id=by.id, what="opened"))
    news.opened(conversation_id)


@one_transaction
def change(
    conversation: Conversation, by: Member, was: Was, *, batch: str | None = None, **wanted: Any
) -> None:
    """Save what a member changed against what they saw of it (`was`); commits.

    `wanted` may have owner_id, state, tags (a list), due_at and snoozed_until. What is as it
    was shown stays as it is now. `batch` is what to undo it by. Raises Conflict, and changes
    nothing, where a colleague has changed the same, and NotPossible.
    """
    _open(conversation.id, by)
    changed = edits.meant(conversation, was, wanted)
    _check_tags(changed)
    edits.apply(conversation, by, changed, batch)


def _check_tags(changed: dict[str, Any]) -> None:
    if len(changed.get("tags", ())) > TAGS_MOST:
        raise NotPossible(f"With those of your colleagues that would be over {TAGS_MOST} tags.")


@one_transaction
def change_many(
    chosen: Mapping[int, Was], by: Member, wanted: dict[str, Any]
) -> tuple[str, int, int]:
    """Set `wanted` in many conversations, given as ids with what was seen of each; commits.

    A tag is added to those that are there. Returns the batch to undo it by,
    how many were changed, and how many were left alone because somebody else
    had changed the same meanwhile.
    """
    batch = secrets.token_urlsafe(12)
    done = stale = 0
    for conversation in lock_all(chosen):
        values = dict(wanted)
        if "tags" in values:
            labels = dict.fromkeys([*conversation.labels, *values["tags"]])
            values["tags"] = list(labels)[:TAGS_MOST]
        try:
            changed = edits.meant(conversation, chosen[conversation.id], values)
            done += edits.apply(conversation, by, changed, batch)
        except Conflict:
            stale += 1
    return batch, done, stale


@one_transaction
def undo(batch: str, by: Member) -> int:
    """Put back what was done in a batch, where nobody has changed it again since; commits."""
    query = select(Change).where(Change.batch == batch).order_by(Change.id.desc())
    changes = list(db.session.scalars(query))
    ids = {change.conversation_id for change in changes if change.conversation_id}
    conversations = {conversation.id: conversation for conversation in lock_all(ids)}
    undone = set()
    for old in changes:
        conversation = conversations[old.conversation_id or 0]
        if plain(read(conversation, old.what)) == old.after:
            edits.write(conversation, old.what, edits.revive(old.what, old.before))
            history.record(conversation, old.what, old.after, old.before, by=by)
            undone.add(conversation.id)
    return len(undone)


def lock_all(ids: Iterable[int]) -> list[Conversation]:
    """Read conversations as they are now and lock them, in the same order whoever asks."""
    query = select(Conversation).where(Conversation.id.in_(list(ids))).order_by(Conversation.id)
    options = {"populate_existing": True}
    return list(db.session.scalars(query.with_for_update(), execution_options=options))


@one_transaction
def merge(conversation_id: int, reference: str, by: Member, was: Was) -> Conversation:
    """Put a conversation into another, named by its reference; both keep their history; commits.

    Returns the one that goes on. Raises Stale, or NotPossible with the reason.
    """
    target = _named(reference)
    lock_all({conversation_id, target.id if target else conversation_id})
    conversation = db.session.get_one(Conversation, conversation_id)
    edits.check(conversation, was, "merged_into_id")
    if target and target.merged_into_id:
        raise Stale
    if target is None:
        raise NotPossible(f"There is no conversation with the reference {reference}.")
    if target is conversation:
        raise NotPossible("That is this conversation itself.")
    if conversation.folder == "active":
        intake.wake(target)  # what waits for the team must not lie where nobody looks
    if conversation.danger_at:
        danger.note_words(target)
    if conversation.draft and conversation.draft.text.strip():
        draft = conversation.draft  # it stays for taking apart; who answers there sees it too
        history.record(conversation, "draft put away", draft.member_id, draft.text, by=by)
    conversation.merged_into_id = target.id
    conversation.changed_at = target.changed_at = now()
    history.record(conversation, "merged", None, target.reference, by=by)
    history.record(target, "took in", None, conversation.reference, by=by)
    return target


def _named(reference: str) -> Conversation | None:
    """The conversation with a reference, or the one that it was put into."""
    query = select(Conversation).where(Conversation.reference == reference.strip().upper())
    found = db.session.scalar(query)
    return intake.root(found) if found else None


@one_transaction
def take_apart(conversation: Conversation, by: Member, was: Was) -> None:
    """Undo a merge; commits. Raises Conflict."""
    edits.check(conversation, was, "merged_into_id")
    if conversation.merged_into_id:
        target = db.session.get_one(Conversation, conversation.merged_into_id)
        history.record(conversation, "taken apart", target.reference, None, by=by)
        history.record(target, "let go", conversation.reference, None, by=by)
        conversation.merged_into_id = None
        conversation.changed_at = target.changed_at = now()


@one_transaction
def dismiss_trouble(conversation: Conversation, by: Member, was: Was) -> None:
    """A person has dealt with a mail that did not arrive; commits. Raises Conflict."""
    edits.check(conversation, was, "trouble")
    history.record(conversation, "trouble", conversation.trouble, "", by=by)
    conversation.trouble = ""


@one_transaction
def clear_danger(conversation: Conversation, by: Member, was: Was, reason: str) -> None:
    """A person found nobody in danger, and says why; commits. Raises Conflict."""
    edits.check(conversation, was, "danger_at")
    for one in page.family(conversation):
        danger.clear(one, by, reason)
    conversation.changed_at = now()


@one_transaction
def answer_to(conversation: Conversation, by: Member, was: Was, address: str) -> bool:
    """Send answers to another address that one of its mails names; commits. Raises Conflict.

    Returns whether one does. The history does not name it: that could not be erased.
    """
    edits.check(conversation, was, "email")
    query = (
        select(Original.message_id)
        .join(Message, Message.id == Original.message_id)
        .where(or_(Original.address == address, Original.reply_to == address))
        .where(Message.direction == Direction.INCOMING)  # never to who was asked outside
        .where(Message.conversation_id.in_([one.id for one in page.family(conversation)]))
    )
    if not address or db.session.scalar(query.limit(1)) is None:
        return False
    details.reach(conversation, by, {"email": address})
    history.record(conversation, "answers to", by=by)
    return True


@one_transaction
def revoke_link(conversation: Conversation, by: Member | None = None) -> None:
    """Make the sender's private link stop working; commits."""
    LINK_STOPPED.note(conversation)
    conversation.key = secrets.token_urlsafe(24)
    history.record(conversation, "link revoked", by=by)
