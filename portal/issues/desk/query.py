"""Which stories can be put into an issue, and which cannot, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from portal.extensions import db, has_words
from portal.issues import allowed
from portal.issues.models import Issue
from portal.stories import consents, texts
from portal.stories.models import NOT_SHAPED, Story
from portal.stories.states import StoryState

PAGE, OTHERS_MOST = 20, 20


@dataclass(frozen=True)
class StoriesToChoose:
    """Stories that can be put in, and others."""

    offered: Sequence[Story]
    next_page: int | None
    others: Sequence[tuple[str, str]]
    """The title of each, and why it cannot be put in."""


def find(issue: Issue, words: str, start: int = 0) -> StoriesToChoose:
    """The stories with these words: those that came last first."""
    there = [part.story_id for part in issue.parts if part.story_id]
    query = (
        consents.allowed("newsletter")
        .where(Story.state == StoryState.PUBLISHED, Story.id.not_in(there))
        .where(*has_words(Story.search, words))
        .options(selectinload(Story.published), selectinload(Story.consents))
        .order_by(Story.published_at.desc(), Story.id.desc())
    )
    rows = db.session.scalars(query.offset(start).limit(PAGE + 1)).all()
    more = start + PAGE if len(rows) > PAGE else None
    return StoriesToChoose(rows[:PAGE], more, [] if start else _others(words))


def _others(words: str) -> list[tuple[str, str]]:
    """What is published and not allowed, or allowed and not published yet."""
    allows = consents.stands("newsletter")
    is_public = Story.state == StoryState.PUBLISHED
    is_shaped = Story.state.not_in([*NOT_SHAPED, StoryState.PUBLISHED])
    query = (
        select(Story)
        .where(or_(and_(is_public, ~allows), and_(is_shaped, allows)))
        .where(*has_words(Story.search, words))
        .order_by(Story.changed_at.desc())
        .limit(OTHERS_MOST)
    )
    return [(_title(story), allowed.why_not(story)) for story in db.session.scalars(query)]


def _title(story: Story) -> str:
    text = story.published or texts.latest(story)
    return text.title if text and text.title else "A story without a title"
