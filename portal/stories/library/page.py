"""A story as readers get it: its page, its versions, and more like it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.letters import normal_form
from portal.stories import formats, markdown, publication, slugs
from portal.stories.library.query import Card, cards, cards_query, pictures
from portal.stories.models import Revision, Story, StoryTopic, Version
from portal.stories.states import StoryState, VersionKind

RELATED = 3


@dataclass(frozen=True)
class ShownVersion:
    """Another form of a story."""

    version: Version
    name: str
    """The end of the address of its page; empty where it is no text, and so has none."""
    is_fresh: bool

    @property
    def host(self) -> str:
        """The site that a link leads to."""
        return (urlsplit(self.version.link).hostname or "").removeprefix("www.")


def find(slug: str) -> Story | None:
    """The story that has this address, or had it and was taken back."""
    if "\0" in slug:  # which no database takes
        return None
    query = select(Story).where(
        Story.slug == normal_form("NFKC", slug),
        Story.state.in_((StoryState.PUBLISHED, StoryState.WITHDRAWN)),
    )
    parts = (joinedload(Story.published), selectinload(Story.consents))
    return db.session.scalar(query.options(*parts, selectinload(Story.versions)))


def story_page(story: Story) -> dict[str, Any]:
    """A published story, by the names that its page has for all that it shows."""
    published = public_text(story)
    shown = pictures(wanted := publication.pictures_for_readers(story))
    return {
        "story": story,
        "revision": published,
        "name": publication.name_for_readers(story),
        "measured": markdown.measure(published.text, published.language),
        "pictures": [shown[one["file"]] for one in wanted if one["file"] in shown],
        "versions": shown_versions(story),
        "related": related(story),
        "changed_at": changed_at(story),
    }


def public_text(story: Story) -> Revision:
    """The text of a published story."""
    assert story.published is not None  # noqa: S101 - the database says so too
    return story.published


def published_at(story: Story) -> datetime:
    """When readers could first read a published story."""
    assert story.published_at is not None  # noqa: S101 - it was set then
    return story.published_at


def changed_at(story: Story) -> datetime:
    """When its text last changed for readers: one that came later was written later too."""
    return max(published_at(story), public_text(story).created_at)


def shown_versions(story: Story) -> list[ShownVersion]:
    """The other forms that readers can have it in. Those that are texts have pages of their own."""
    taken: set[str] = set()
    found = []
    for version in publication.versions_for_readers(story):
        if name := _named(version, story):
            name = slugs.free(name, taken)
            taken.add(name)
        found.append(ShownVersion(version, name, formats.is_fresh(version, story)))
    return found


def find_version(story: Story, name: str) -> ShownVersion | None:
    """The version whose page has this address."""
    return next((one for one in shown_versions(story) if one.name == name), None)


def _named(version: Version, story: Story) -> str:
    language = version.language.lower()
    if not version.text:
        return ""
    if version.kind is VersionKind.LANGUAGE:
        return language
    if version.kind is not VersionKind.EASY_READ:
        return ""
    is_usual = version.language == public_text(story).language
    return str(version.kind) if is_usual else f"{version.kind}-{language}"


def related(story: Story) -> list[Card]:
    """Up to RELATED listed stories with most topics in common, the newest first of as many."""
    common = (
        select(StoryTopic.story_id, func.count().label("number"))
        .where(StoryTopic.topic.in_(public_text(story).topics), StoryTopic.story_id != story.id)
        .group_by(StoryTopic.story_id)
        .subquery()
    )
    query = cards_query().join(common, common.c.story_id == Story.id)
    best = (common.c.number.desc(), Story.published_at.desc(), Story.id.desc())
    return cards(db.session.scalars(query.order_by(*best).limit(RELATED)).all())
