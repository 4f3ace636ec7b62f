"""The team's page of a story: what an editor sees, writes, checks and saves."""

from __future__ import annotations

import pytest

from portal.stories import revisions
from tests.stories import TEXT, a_story
from tests.team import sign_in


@pytest.fixture
def eda(app, visit):
    """The visitor, signed in as an editor."""
    return sign_in(visit, app, name="Eda")


def desk(story) -> str:
    return f"/inbox/{story.conversation_id}/story"


@pytest.mark.usefixtures("eda")
def test_desk_shows_the_text_and_how_it_reads(visit):
    page = visit(desk(a_story()))

    assert page.heading == "How I found the water"
    assert "Beginner" in page.text
