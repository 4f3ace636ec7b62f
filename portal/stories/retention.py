"""How long stories are kept that were taken back or declined, begun and not sent, or are spam."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, or_

from portal.inbox import retention
from portal.inbox.desk import erasing
from portal.inbox.models import Conversation
from portal.retention import Period
from portal.stories import deadlines, withdrawal
from portal.stories.files import receiving
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.stories.uses.models import Use
from portal.transaction import lock


def ended_over(at: datetime) -> ColumnElement[bool]:
    """Stories that ended long ago, with nothing left to do in their conversations."""
    since = at - timedelta(days=current_app.config["STORY_ENDED_DAYS"])
    mine = Conversation.id == Story.conversation_id
    return and_(
        Story.state.in_((StoryState.WITHDRAWN, StoryState.DECLINED)),
        Story.changed_at < since,
        ~exists().where(Use.story_id == Story.id, Use.outcome.is_(None)),
        or_(
            Story.conversation_id.is_(None),
            exists().where(mine, retention.is_over(since)),
            exists().where(mine, _is_over_elsewhere(since)),
        ),
    )


def _is_over_elsewhere(since: datetime) -> ColumnElement[bool]:
    """A conversation that was put into another, which is closed."""
    return retention.is_settled(Conversation, since) & retention.is_in_closed(since)


def end(story: Story) -> None:
    """Erase a story with its conversation, in the caller's transaction."""
    if story.conversation is None:
        withdrawal.forget(story)
        return
    lock(story.conversation)
    if story.conversation.merged_into_id:  # that has a time of its own, or a person keeps it
        erasing.forget_alone(story.conversation)
    else:
        erasing.forget(story.conversation)


def has_no_story() -> ColumnElement[bool]:
    """A conversation that is not a story's."""
    return ~exists().where(Story.conversation_id == Conversation.id)


PERIODS = (
    Period(
        "stories",
        "Stories that were taken back or declined",
        "the last change, by anybody",
        "The story, its files and its conversation are erased.",
        setting="STORY_ENDED_DAYS",
        stays="One that was used in a place that is still to be cleaned up, or whose conversation "
        "is not closed. What a person keeps. No other story ever ends by itself.",
        counted=("story that was taken back or declined", "stories taken back or declined"),
        model=Story,
        due=ended_over,
        end=end,
    ),
    Period(
        "drafts",
        "Stories that were begun and not sent",
        "the last change",
        "They are deleted with their files. Who wants it is reminded a week before.",
        setting="STORY_DRAFT_DAYS",
        counted=("story that was not sent", "stories that were not sent"),
        model=Story,
        due=deadlines.draft_over,
    ),
    Period(
        "spam stories",
        "Stories that a person marked as spam",
        "the mark, or the last thing that came in",
        "The story, its files and its conversation are erased.",
        setting="SPAM_DAYS",
        stays="One that somebody has worked on, or where somebody may be in danger.",
        counted=("story that is spam", "stories that are spam"),
        model=Story,
        due=deadlines.spam_over,
    ),
    Period(
        "half files",
        "Files of stories that came only in part",
        "the last piece",
        "The pieces are deleted.",
        lasts=lambda: receiving.UNFINISHED_FOR,
    ),
)
