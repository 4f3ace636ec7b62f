"""The library: what readers find, and how."""

from __future__ import annotations

from tests.stories import published


def test_a_published_story_is_in_the_library(app, visit):
    story = published()
    page = visit("/stories/")
    assert page.has(f"a[href='/stories/{story.slug}/']")
    page = visit(f"/stories/{story.slug}/")
    assert page.heading == story.published.title
