"""Tests of the page on which storytellers see and shape their story, and what they share."""

from portal.extensions import db
from portal.stories import links


def url_of(story) -> str:
    """The storyteller's private link."""
    url = links.storyteller_url(story)
    db.session.commit()
    return url
