"""Tells the storyteller what is new in the way that they chose, and the team what they did.

Everything here is queued or noted in the caller's transaction.
"""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal import delivery
from portal.delivery.models import UNFINISHED, Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox import history, intake
from portal.inbox.models import Change, Conversation, Direction, Message, Sending
from portal.journal import identity
from portal.stories import emails
from portal.stories.models import Story
from portal.team.models import Member
from portal.ways import BY_EMAIL, Way

# What somebody of the team says who calls, writes a letter or a text message instead of a mail.
ASKS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def tell_storyteller(
    story: Story, what: str, by: Member | None = None, occasion: str = "", **context: Any
) -> Sending | None:
    """Mail the storyteller, or ask the team to reach them; in the caller's transaction.

    After a mail that a member has caused the conversation waits for the person. Who
    wants no contact sees on their own page what is new, and is waited for as well.
    Where a person still has to look at the story first, only a member's deed is told.
    What the clock says has an `occasion`: a database that was brought back knows it again.
    """
    talk = talk_of(story)
    if talk.state in intake.UNSURE and not by:
        return None
    sending = None
    if is_mailed(story):
        key = delivery.key_of(f"{what} {identity(story)} {occasion}") if occasion else ""
        sending = intake.send(talk, emails.about(story, what, **context), key=key)
    elif not comes_back(story):
        ask_team(story, what, context.get("words", ""))
        return None
    if by:
        intake.wait(talk, by)
    return sending


def is_mailed(story: Story) -> bool:
    """Whether what we have to say goes by mail: to the storyteller, or to who helps them."""
    return bool(story.email) and talk_of(story).reply_by in BY_EMAIL


def comes_back(story: Story) -> bool:
    """Whether they want no contact, or gave us no way, and look at their page by themselves."""
    return talk_of(story).reply_by is Way.WEB


def tell_both(story: Story, deed: str, what: str, **context: Any) -> None:
    """Tell the storyteller, and bring what was done to the team, who hear of it once."""
    if is_mailed(story) or comes_back(story):
        tell_team(story, deed)
    else:
        note(story, deed)
    tell_storyteller(story, what, **context)


def tell_team(story: Story, what: str, after: str = "") -> None:
    """Note in the inbox what the storyteller did, and bring it to the team."""
    talk = talk_of(story)
    history.record(talk, what, after=after or None)
    _bring_back(talk)


def heed(story: Story, words: str, before: str = "") -> None:
    """Look for danger in what the storyteller wrote, where we have the story already."""
    if story.conversation:
        intake.heed(story.conversation, words, before)


def note(story: Story, what: str, after: str = "", by: Member | None = None) -> None:
    """Note in the inbox what was done; it asks nothing of the team."""
    talk = talk_of(story)
    history.record(talk, what, after=after or None, by=by)
    talk.changed_at = now()


def last(story: Story, what: str) -> tuple[datetime | None, str]:
    """When this was done last, and what history has of it."""
    query = select(Change.at, Change.after).where(
        Change.conversation_id == story.conversation_id, Change.what == what
    )
    found = db.session.execute(query.order_by(Change.id.desc()).limit(1)).first()
    return (found.at, str(found.after or "")) if found else (None, "")


def last_mail(story: Story, *names: str) -> Outgoing | None:
    """The last mail about it with one of these names, to whomever."""
    query = (
        select(Outgoing)
        .join(Sending, Sending.outgoing_id == Outgoing.id)
        .where(Sending.conversation_id == story.conversation_id, Outgoing.name.in_(names))
    )
    return db.session.scalar(query.order_by(Outgoing.id.desc()).limit(1))


def mail_receipt(story: Story) -> None:
    """Mail the receipt of a story that has just come, at most one a day for an address."""
    talk = talk_of(story)
    if not story.email or comes_back(story):
        return
    mail = emails.about(story, "receipt")
    intake.send_receipt(talk, mail, "A person looks at the story first")


def mail_goodbye(story: Story) -> None:
    """Mail the storyteller, whose story is being erased, for the last time."""
    if is_mailed(story) and talk_of(story).state not in intake.UNSURE:
        delivery.enqueue(emails.about(story, "erased"))


@delivery.settled.connect
def forget_address(row: Outgoing, state: OutgoingState, reason: str) -> None:
    """Once the last mail has gone, or never will, nothing of ours knows whom it was for."""
    if row.name == "story_erased" and state not in UNFINISHED:
        delivery.forget_rows([row.id])


def ask_team(story: Story, what: str, words: str = "") -> None:
    """Leave a note that says what to tell somebody, and bring it to the team."""
    talk = talk_of(story)
    text = f"{ASKS[what]}\n\n{words}".strip()
    leave_note(talk, text)


def leave_note(talk: Conversation, text: str) -> None:
    """Leave a note in a conversation, and bring it to the team."""
    db.session.add(
        Message(conversation_id=talk.id, direction=Direction.NOTE, way=Way.WEB, text=text)
    )
    _bring_back(talk)


def _bring_back(talk: Conversation) -> None:
    """Put it among those that wait for the team, or the one that it was put into."""
    top = intake.root(talk)
    top.changed_at = talk.changed_at = now()
    if talk.state not in intake.UNSURE:
        intake.wake(talk)
        intake.wake(top)
        intake.tell_team(top, "turn")
    db.session.flush()


def talk_of(story: Story) -> Conversation:
    """The conversation of a story that was sent."""
    assert story.conversation is not None  # noqa: S101 - only drafts have none
    return story.conversation
