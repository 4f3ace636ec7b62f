"""Tests of the page on which storytellers see and shape their story, and what they share."""

from portal.extensions import db, now
from portal.stories import links
from tests.stories import handed_over, published


def url_of(story) -> str:
    url = links.storyteller_url(story)
    db.session.commit()
    return url


def resting():
    """A story whose storyteller did not answer."""
    story = handed_over()
    story.rested_at = now()
    db.session.commit()
    return story


def asked_yearly():
    """A published story whose storyteller was asked if it may stay."""
    story = published()
    story.checks, story.checked_at = 1, now()
    db.session.commit()
    return story
