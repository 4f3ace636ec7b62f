"""The stories that the team's list shows: by what their tellers allow, and what must be cleaned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import defer, selectinload

from portal.extensions import db, has_words
from portal.stories import consents
from portal.stories.models import Revision, Story, StoryTopic
from portal.stories.states import StoryState
from portal.stories.uses import services as uses
from portal.web import AddressView, number_in

PAGE = 50
TO_CLEAN = "clean"
MAY = {
    "newsletter": "In the newsletter",
    "social": "On social media",
    "funders": "In reports to funders",
    "press": "Ask about journalists",
    "publish": "On this site",
}
WHERE = {"yes": "On the site now", "no": "Not on the site"}


@dataclass(frozen=True)
class StoriesView(AddressView):
    """What the list shows."""

    q: str = ""
    may: str = ""
    """A purpose that is allowed, or what must be cleaned up."""
    topic: str = ""
    public: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> StoriesView:
        """The view that an address asks for; what there is not is left out."""
        view = cls.typed(args)
        return replace(
            view,
            may=_known(view.may, {*MAY, TO_CLEAN}),
            topic=_known(view.topic, current_app.config["STORY_TOPICS"]),
            public=_known(view.public, WHERE),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but what is allowed narrows the list."""
        return any((self.q, self.topic, self.public))


@dataclass(frozen=True)
class StoryRow:
    """A story in the list."""

    story: Story
    title: str
    allowed: list[str]
    """What it may be used for, in words."""


@dataclass(frozen=True)
class StoryRows:
    """One page of the list."""

    rows: Sequence[StoryRow]
    next_page: str
    """What `after` must be for the page after this one; empty at the end."""


def show(view: StoriesView, *more: ColumnElement[bool]) -> StoryRows:
    """The stories of a view of which `more` is true too, those that came last first."""
    title = (
        select(Revision.title)
        .where(Revision.story_id == Story.id)
        .order_by(Revision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Story, func.coalesce(title, Story.title))
        .options(*map(defer, (Story.text, Story.search)), selectinload(Story.consents))
        .where(*_conditions(view), *more)
        .order_by(Story.id.desc())
    )
    if (last := number_in(view.after)) is not None:
        query = query.where(Story.id < last)
    found = db.session.execute(query.limit(PAGE + 1)).all()
    rows = [StoryRow(story, title, _allowed(story)) for story, title in found[:PAGE]]
    return StoryRows(rows, str(rows[-1].story.id) if len(found) > PAGE else "")


def number_to_clean() -> int:
    """In how many stories there is something to clean up."""
    found = select(func.count()).select_from(Story).where(uses.must_be_cleaned())
    return db.session.scalar(found) or 0


def _conditions(view: StoriesView) -> list[ColumnElement[bool]]:
    """Words are looked for in what is published: no text that waits for a yes is searched."""
    wanted = has_words(Story.search, view.q)
    wanted.append(Story.state != StoryState.DRAFT)
    if view.may == TO_CLEAN:
        wanted.append(uses.must_be_cleaned())
    elif view.may:
        wanted.append(consents.may_be(view.may))
    if view.topic:
        about = (StoryTopic.story_id == Story.id) & (StoryTopic.topic == view.topic)
        wanted.append(exists().where(about))
    if view.public:
        is_public = Story.state == StoryState.PUBLISHED
        wanted.append(is_public if view.public == "yes" else ~is_public)
    return wanted


def _allowed(story: Story) -> list[str]:
    if story.is_over:
        return []
    return [words for purpose, words in MAY.items() if consents.allows(story, purpose)]


def _known(value: str, values: Iterable[str]) -> str:
    return value if value in set(values) else ""
