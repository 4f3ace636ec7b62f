"""Reminders, rest, the yearly question and the end of drafts. Nothing here publishes anything.

Each `…_due` says in SQL which stories are due; the verb beside it does what is due, in the
caller's transaction, with the story locked. What was done and that it was done are saved at
once, so nothing is said twice, whatever stops in the middle. After how many days: `settings.py`.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from flask import current_app
from sqlalchemy import ColumnElement, and_, func, or_, select

from portal import delivery
from portal.extensions import db, now
from portal.inbox.desk import erasing
from portal.inbox.models import Conversation, Direction, Message
from portal.stories import emails, notices
from portal.stories.models import Story
from portal.stories.states import StoryState

WEEK = timedelta(days=7)
ANSWER_WITHIN = timedelta(days=30)  # after each yearly question
QUESTIONS = 2  # in a year, then the story leaves the list


def draft_ends(story: Story) -> datetime:
    """When an unsent draft is deleted if nobody changes it: never soon after its reminder."""
    ends = story.changed_at + timedelta(days=current_app.config["STORY_DRAFT_DAYS"])
    return max(ends, story.reminded_at + _notice()) if story.reminded_at else ends


def draft_reminder_due() -> ColumnElement[bool]:
    """Unsent drafts that end soon, of people who want to be reminded."""
    return and_(
        Story.changed_at <= now() - _draft_lasts() + _notice(), _wants_reminder(), _is_draft()
    )


def remind_of_draft(story: Story) -> None:
    """Mail somebody once, however often they come back, that their draft will be deleted."""
    story.reminders = 1
    ends = max(draft_ends(story), now() + _notice())
    mail = emails.about(story, "draft_reminder", delete_at=ends)
    if delivery.enqueue_once(mail, f"draft reminder {story.key}"):
        story.reminded_at = now()


def draft_over(at: datetime) -> ColumnElement[bool]:
    """Unsent drafts that, at a moment, nobody has touched for as long as the pages say."""
    reminded = or_(Story.reminded_at.is_(None), Story.reminded_at <= at - _notice())
    return and_(Story.changed_at <= at - _draft_lasts(), reminded, ~_wants_reminder(), _is_draft())


def _is_draft() -> ColumnElement[bool]:
    return Story.state == StoryState.DRAFT


def _wants_reminder() -> ColumnElement[bool]:
    return and_(Story.wants_reminder, Story.email != "", Story.reminders == 0)


def _draft_lasts() -> timedelta:
    return timedelta(days=current_app.config["STORY_DRAFT_DAYS"])


def _notice() -> timedelta:
    """How long before its end somebody is reminded of a draft."""
    return min(WEEK, _draft_lasts() / 2)


def spam_over(at: datetime) -> ColumnElement[bool]:
    """Stories that came, at a moment were marked as spam long ago, and were never worked on."""
    old = select(Conversation.id).where(erasing.spam_over(at))
    return and_(Story.state == StoryState.SUBMITTED, Story.conversation_id.in_(old))


def end_spam(story: Story) -> None:
    """Erase a story that is spam, and its conversation."""
    assert story.conversation is not None  # noqa: S101 - only what was sent can be spam
    erasing.end_spam(story.conversation)


def answer_due() -> ColumnElement[bool]:
    """Texts that wait for their storyteller, who is to be reminded now, or left in peace.

    Where we come late, because no worker ran, the steps still keep their distance.
    """
    days = current_app.config["STORY_REMIND_DAYS"]
    last = len(days)
    steps = []
    for done, (before, after) in enumerate(pairwise((0, *days, days[-1] + days[0]))):
        reached = Story.asked_at <= now() - timedelta(days=after)
        spaced = Story.reminded_at <= now() - timedelta(days=after - before)
        here = Story.reminders >= last if done == last else Story.reminders == done
        steps.append(and_(here, reached, spaced) if done else and_(here, reached))
    shaped = Story.state.in_((StoryState.WITH_STORYTELLER, StoryState.PUBLISHED))
    return and_(shaped, Story.rested_at.is_(None), ~Story.is_sample, or_(*steps))


def remind_or_rest(story: Story) -> None:
    """Remind the storyteller; after the last time, let the text rest and say so to both."""
    assert story.asked_at is not None  # noqa: S101 - only what was asked is due
    heard = _heard(story)
    if heard and heard > story.asked_at:
        wake(story, heard)
        return
    days = current_app.config["STORY_REMIND_DAYS"]
    if story.reminders >= len(days):
        story.rested_at = now()
        notices.tell_both(story, "rests", "resting", occasion=f"{story.asked_at}")
        return
    story.reminders, story.reminded_at = story.reminders + 1, now()
    rests_at = now() + timedelta(days=days[0])
    notices.note(story, "reminded")
    turn = f"{story.asked_at} {story.reminders}"
    left = len(days) - story.reminders
    notices.tell_storyteller(story, "reminder", occasion=turn, left=left, rests_at=rests_at)


def begin_anew(story: Story) -> None:
    """Note a change now; what anybody was asked, or reminded of, counts no more."""
    story.changed_at = now()
    story.asked_at = story.rested_at = story.guardian_asked_at = None
    story.reminders = 0


def wake(story: Story, heard: datetime) -> None:
    """Count the time to answer anew from `heard`, when the storyteller wrote to us."""
    if story.asked_at:
        story.asked_at, story.rested_at, story.reminders = heard, None, 0


def _heard(story: Story) -> datetime | None:
    """When the storyteller last wrote to us, by whichever way."""
    query = select(func.max(Message.created_at)).where(
        Message.conversation_id == story.conversation_id,
        Message.direction == Direction.INCOMING,
        Message.automatic.is_(False),
    )
    return db.session.scalar(query)


def check_due() -> ColumnElement[bool]:
    """Published stories of which it is time to ask if they may stay, or that nobody said yes to."""
    year = timedelta(days=current_app.config["STORY_CHECK_DAYS"])
    first = and_(Story.checks == 0, Story.confirmed_at <= now() - year)
    again = and_(Story.checks > 0, Story.checked_at <= now() - ANSWER_WITHIN)
    busy = and_(Story.asked_at.is_not(None), Story.rested_at.is_(None))
    up = and_(Story.state == StoryState.PUBLISHED, Story.unlisted_at.is_(None), ~Story.is_sample)
    return and_(up, ~busy, or_(first, again))


def ask_or_unlist(story: Story) -> None:
    """Ask if the story may stay; after the last time, take it out of the list and tell both."""
    heard = _heard(story)
    if heard and story.checked_at and heard > story.checked_at:
        story.checked_at = heard  # a person reads it first
        return
    if story.checks >= QUESTIONS:
        story.unlisted_at = now()
        notices.tell_both(story, "left the list", "unlisted", occasion=f"{story.confirmed_at}")
        return
    story.checks, story.checked_at = story.checks + 1, now()
    notices.note(story, "asked if it may stay")
    answer_by = now() + ANSWER_WITHIN
    turn, again = f"{story.confirmed_at} {story.checks}", story.checks > 1
    notices.tell_storyteller(story, "still_happy", occasion=turn, again=again, answer_by=answer_by)
