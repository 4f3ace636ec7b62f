"""What machines read of the library: the feed, the sitemap, and each story's data."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.stories import links
from portal.stories.library.page import published_at
from portal.stories.library.query import is_listed
from portal.stories.models import Revision, Story
from portal.web import public_address

IN_FEED = 20
IN_SITEMAP = 40_000  # of the 50,000 addresses that a sitemap may have
SHARED = 1600  # pixels: the width of a picture that other sites may show
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_stories() -> list[Story]:
    """The newest listed stories."""
    query = (
        select(Story)
        .options(joinedload(Story.published), selectinload(Story.consents))
        .where(*is_listed())
        .order_by(Story.published_at.desc(), Story.id.desc())
        .limit(IN_FEED)
    )
    return list(db.session.scalars(query))


def sitemap_entries() -> list[tuple[str, datetime]]:
    """The address of each listed story, the newest first, and when it last changed."""
    query = (
        select(Story.slug, Story.published_at, Revision.created_at)
        .join(Story.published)
        .where(*is_listed())
        .order_by(Story.published_at.desc(), Story.id.desc())
        .limit(IN_SITEMAP)
    )
    return [
        (public_address("stories.story", slug=slug), max(published, written))
        for slug, published, written in db.session.execute(query)
        if published
    ]


def for_xml(words: str) -> str:
    """Words without the signs that no XML may hold (XML 1.0, 2.2). People paste them unseen."""
    return NOT_IN_XML.sub("", str(words))


def linked_data(told: Mapping[str, Any]) -> dict[str, Any]:
    """The story of a `story_page` for machines that read schema.org."""
    story, revision = told["story"], told["revision"]
    us = {"@type": "Organization", "name": current_app.config["ORG_NAME"]}
    topics = current_app.config["STORY_TOPICS"]
    keys = [picture.key for picture in told["pictures"]]
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": revision.title,
        "description": revision.summary,
        "url": links.story_url(story),
        "inLanguage": revision.language,
        "datePublished": published_at(story).isoformat(),
        "dateModified": told["changed_at"].isoformat(),
        "timeRequired": f"PT{told['measured'].minutes}M",
        "keywords": [topics.get(topic, topic) for topic in revision.topics],
        "author": {"@type": "Person", "name": told["name"]} if told["name"] else us,
        "publisher": us,
        "image": [public_address("downloads.picture", key=key, width=SHARED) for key in keys],
        "isAccessibleForFree": True,
    }
