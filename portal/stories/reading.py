"""A story as readers get it: its page, its versions, the feed, and what machines read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.inbox.links import address
from portal.stories import links, listing, publishing, text, versions
from portal.stories.listing import Card, Picture
from portal.stories.models import (
    FileKind,
    Revision,
    State,
    Story,
    StoryTopic,
    Version,
    VersionKind,
)

RELATED, IN_FEED = 3, 20
IN_SITEMAP = 40_000  # of the 50,000 addresses that a sitemap may have
SHARED = 1600  # pixels: the width of a picture that other sites may show
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class ShownVersion:
    """Another form of a story."""

    version: Version
    name: str
    """The end of the address of its page; empty where it is no text, and so has none."""
    is_fresh: bool

    @property
    def html(self) -> Markup:
        """The text."""
        return text.to_html(self.version.text)

    @property
    def host(self) -> str:
        """The site that a link leads to."""
        return (urlsplit(self.version.link).hostname or "").removeprefix("www.")


@dataclass(frozen=True)
class Page:
    """All that a story's page shows."""

    story: Story
    revision: Revision
    name: str
    measured: text.Measured
    pictures: list[Picture]
    versions: list[ShownVersion]
    related: list[Card]
    changed_at: datetime

    @property
    def html(self) -> Markup:
        """The text."""
        return text.to_html(self.revision.text)

    @property
    def plays(self) -> bool:
        """Whether a recording or a film can be played on the page."""
        files = [one.version.file for one in self.versions]
        return any(file and file.kind in {FileKind.SOUND, FileKind.FILM} for file in files)


@dataclass(frozen=True)
class Entry:
    """A story in the feed. Its words can stand in XML."""

    story: Story
    title: str
    summary: str
    name: str
    html: str
    changed_at: datetime

    @classmethod
    def of(cls, story: Story) -> Entry:
        """The published story as the feed has it."""
        revision = public(story)
        return cls(
            story=story,
            title=for_xml(revision.title),
            summary=for_xml(revision.summary),
            name=for_xml(publishing.name_for_readers(story)),
            html=for_xml(str(text.to_html(revision.text))),
            changed_at=changed_at(story),
        )


def find(slug: str) -> Story | None:
    """The story that has this address, or had it and was taken back."""
    if "\0" in slug:  # which no database takes
        return None
    query = select(Story).where(
        Story.slug == unicodedata.normalize("NFKC", slug),
        Story.state.in_((State.PUBLISHED, State.WITHDRAWN)),
    )
    parts = (joinedload(Story.published), selectinload(Story.consents))
    return db.session.scalar(query.options(*parts, selectinload(Story.versions)))


def page(story: Story) -> Page:
    """A published story, as its page shows it."""
    published = public(story)
    shown = listing.pictures(wanted := publishing.pictures_for_readers(story))
    return Page(
        story=story,
        revision=published,
        name=publishing.name_for_readers(story),
        measured=text.measure(published.text),
        pictures=[shown[one["file"]] for one in wanted if one["file"] in shown],
        versions=shown_versions(story),
        related=related(story),
        changed_at=changed_at(story),
    )


def public(story: Story) -> Revision:
    """The text of a published story."""
    assert story.published is not None  # noqa: S101 - the database says so too
    return story.published


def published_at(story: Story) -> datetime:
    """When readers could first read a published story."""
    assert story.published_at is not None  # noqa: S101 - it was set then
    return story.published_at


def changed_at(story: Story) -> datetime:
    """When its text last changed for readers: one that came later was written later too."""
    return max(published_at(story), public(story).created_at)


def shown_versions(story: Story) -> list[ShownVersion]:
    """The other forms that readers can have it in. Those that are texts have pages of their own."""
    taken: set[str] = set()
    found = []
    for version in publishing.versions_for_readers(story):
        name = _free(_named(version, story), taken) if _has_page(version) else ""
        found.append(ShownVersion(version, name, versions.is_fresh(version, story)))
    return found


def version(story: Story, name: str) -> ShownVersion | None:
    """The version whose page has this address."""
    return next((one for one in shown_versions(story) if one.name == name), None)


def _has_page(version: Version) -> bool:
    return bool(version.text) and version.kind in {VersionKind.EASY_READ, VersionKind.LANGUAGE}


def _named(version: Version, story: Story) -> str:
    language = version.language.lower()
    if version.kind is VersionKind.LANGUAGE:
        return language
    is_usual = version.language == public(story).language
    return str(version.kind) if is_usual else f"{version.kind}-{language}"


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def related(story: Story) -> list[Card]:
    """Up to RELATED listed stories with most topics in common, the newest first of as many."""
    common = (
        select(StoryTopic.story_id, func.count().label("number"))
        .where(StoryTopic.topic.in_(public(story).topics), StoryTopic.story_id != story.id)
        .group_by(StoryTopic.story_id)
        .subquery()
    )
    query = listing.for_cards().join(common, common.c.story_id == Story.id)
    best = (common.c.number.desc(), Story.published_at.desc(), Story.id.desc())
    return listing.cards(db.session.scalars(query.order_by(*best).limit(RELATED)).all())


def feed() -> list[Entry]:
    """The newest listed stories."""
    query = (
        select(Story)
        .options(joinedload(Story.published), selectinload(Story.consents))
        .where(*listing.is_listed())
        .order_by(Story.published_at.desc(), Story.id.desc())
        .limit(IN_FEED)
    )
    return [Entry.of(story) for story in db.session.scalars(query)]


def for_sitemap() -> list[tuple[str, datetime]]:
    """The address of each listed story, the newest first, and when it last changed."""
    query = (
        select(Story.slug, Story.published_at, Revision.created_at)
        .join(Story.published)
        .where(*listing.is_listed())
        .order_by(Story.published_at.desc(), Story.id.desc())
        .limit(IN_SITEMAP)
    )
    return [
        (address("stories.story", slug=slug), max(published, written))
        for slug, published, written in db.session.execute(query)
        if published
    ]


def for_xml(words: str) -> str:
    """Words without the signs that no XML may hold (XML 1.0, 2.2). People paste them unseen."""
    return NOT_IN_XML.sub("", words)


def picture_url(picture: Picture) -> str:
    """Where other sites find a picture."""
    return address("pictures.picture", key=picture.key, width=SHARED)


def linked_data(page: Page) -> dict[str, Any]:
    """The story for machines that read schema.org."""
    us = {"@type": "Organization", "name": current_app.config["ORG_NAME"]}
    topics = current_app.config["STORY_TOPICS"]
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": page.revision.title,
        "description": page.revision.summary,
        "url": links.story_url(page.story),
        "inLanguage": page.revision.language,
        "datePublished": published_at(page.story).isoformat(),
        "dateModified": page.changed_at.isoformat(),
        "timeRequired": f"PT{page.measured.minutes}M",
        "keywords": [topics.get(topic, topic) for topic in page.revision.topics],
        "author": {"@type": "Person", "name": page.name} if page.name else us,
        "publisher": us,
        "image": [picture_url(picture) for picture in page.pictures],
        "isAccessibleForFree": True,
    }
