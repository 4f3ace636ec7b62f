"""Tells the storyteller something in the way that they chose, and the team what they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal import delivery
from portal.extensions import db, now
from portal.inbox import history, intake
from portal.inbox.models import Conversation, Direction, Message, Way
from portal.inbox.models import State as Waiting
from portal.stories import emails
from portal.stories.models import Story
from portal.team.models import Member

ONE_DAY = timedelta(days=1)
MAILED = (Way.EMAIL, Way.BSL, Way.HELPER)
# What somebody of the team says who calls, writes a letter or a text message instead of a mail.
ASKS = {
    "ready": "Tell them that a text of their story waits for them, and read it to them.",
    "reminder": "Remind them: a text of their story waits for them. Nothing happens without them.",
    "resting": "Tell them that their story rests now, unpublished. They can go on at any time.",
    "published": "Tell them that their story is published, as they said yes to it.",
    "declined": "Tell them kindly that we cannot publish their story, and why.",
    "withdrawn": "Tell them that their story is down, and what cannot be called back.",
    "still_happy": "Ask them if their story may stay on the site.",
    "unlisted": "Tell them that their story left the library because we heard nothing.",
    "version": "Tell them that another form of their story waits for their yes.",
}


def storyteller(story: Story, what: str, by: Member | None = None, **context: Any) -> None:
    """Mail the storyteller, or ask the team to reach them; in the caller's transaction.

    After a mail that a member has caused the conversation waits for the person.
    """
    talk = _conversation(story)
    if story.email and talk.reply_by in MAILED:
        intake.send(talk, emails.about(story, what, **context))
        if by:
            _wait(talk, by)
        return
    words = ASKS[what]
    note = Message(conversation_id=talk.id, direction=Direction.NOTE, way=Way.WEB, text=words)
    db.session.add(note)
    _bring_back(talk)


def team(story: Story, what: str, after: str = "") -> None:
    """Note in the inbox what the storyteller did, and bring it to the team."""
    talk = _conversation(story)
    history.record(talk, what, after=after or None)
    _bring_back(talk)


def note(story: Story, what: str, after: str = "", by: Member | None = None) -> None:
    """Note in the inbox what was done; it asks nothing of the team."""
    talk = _conversation(story)
    history.record(talk, what, after=after or None, by=by)
    talk.changed_at = now()


def receipt(story: Story) -> None:
    """Mail the receipt of a story that has just come, at most one a day for an address."""
    talk = _conversation(story)
    if not story.email:
        return
    mail = emails.about(story, "receipt")
    reason = ""
    if delivery.recently_sent(mail.name, story.email, now() - ONE_DAY):
        reason = "One such mail a day"
    if talk.state is Waiting.HELD:
        reason = "A person looks at the story first"
    if reason:
        delivery.enqueue(mail, cancelled=reason)
    else:
        intake.send(talk, mail)


def _wait(talk: Conversation, by: Member) -> None:
    """The conversation waits for the person now, and somebody looks after it."""
    moment = now()
    talk.state, talk.snoozed_until = Waiting.WAITING, None
    talk.opened_at = talk.opened_at or moment
    talk.answered_at = talk.answered_at or moment
    talk.owner_id = talk.owner_id or by.id
    talk.changed_at = moment


def _bring_back(talk: Conversation) -> None:
    talk.changed_at = now()
    intake.wake(talk)
    intake.tell_team(talk, "again")
    db.session.flush()


def _conversation(story: Story) -> Conversation:
    assert story.conversation is not None  # noqa: S101 - only drafts have none
    return story.conversation
