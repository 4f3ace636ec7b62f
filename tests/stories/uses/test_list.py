"""The team's list of stories: by what their tellers allow now, and what must be cleaned up."""

import pytest

from portal.extensions import db
from portal.stories import shaping
from portal.stories.uses import query
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from portal.team.models import Role
from tests.stories import a_draft, a_story, a_young_story, an_editor, declined, withdrawn
from tests.stories.readers import put_up
from tests.team import sign_in

HERE = "/inbox/stories/"


@pytest.fixture
def visit(app, visit_plain):
    """A visitor who may only read."""
    sign_in(visit_plain, app, Role.READER, "Rea")
    return visit_plain


def titles(visit, **asked):
    """The stories that the list shows, in its order."""
    db.session.commit()
    page = visit(f"{HERE}?{'&'.join(f'{name}={value}' for name, value in asked.items())}")
    return [one.to_text().strip() for one in page.page.query(".subject span")]


def without(story, *purposes):
    shaping.set_consents(story, dict.fromkeys(purposes, (False, "")))
    return story


@pytest.mark.parametrize("purpose", query.MAY)
def test_stories_are_listed_by_what_they_allow_newest_first(visit, purpose):
    put_up("First")
    a_story(title="Second")
    without(a_story(title="Not this"), purpose)
    withdrawn(a_story(title="Taken back"))
    declined(a_story(title="Declined"))
    a_young_story(title="No guardian yet")
    a_draft(title="A draft")

    assert titles(visit, may=purpose) == ["Second", "First"]
    assert titles(visit, may=purpose, public="yes") == ["First"]
    assert titles(visit, may=purpose, public="no") == ["Second"]
    everything = ["No guardian yet", "Declined", "Taken back", "Not this", "Second", "First"]
    assert titles(visit) == everything


def test_words_and_topics_narrow_it_and_what_is_unknown_is_left_out(visit):
    put_up("The volcano", topics=("water",))
    put_up("The lake", topics=("dance",))
    a_story(title="A volcano that waits")

    assert titles(visit, q="VOLCANO") == ["The volcano"]
    assert titles(visit, topic="dance") == ["The lake"]
    assert len(titles(visit, topic="x", may="x", public="x", after="x")) == 3
    assert "No story fits." in visit(f"{HERE}?q=nowhere").text


@pytest.mark.usefixtures("each_database")
def test_what_must_be_cleaned_up_is_found(app):
    def found():
        return [one.title for one in query.show(query.StoriesView(may=query.TO_CLEAN)).rows]

    kept, ended, gone = (a_story(title=title) for title in ("Kept", "Ended", "Gone"))
    for story in (kept, ended, gone):
        for channel in (Channel.SOCIAL, Channel.SITE):
            uses.add(story, channel, "There", an_editor())
    assert found() == []
    without(ended, "social")
    withdrawn(gone)
    withdrawn(a_story(title="Never used"))
    assert found() == ["Gone", "Ended"]
    assert query.number_to_clean() == 2
    uses.clean_up(ended, ended.uses[0].id, an_editor(), "gone")
    assert found() == ["Gone"]


def test_a_long_list_goes_on(app, visit, monkeypatch):
    monkeypatch.setattr(query, "PAGE", 2)
    for number in range(3):
        a_story(title=f"Story {number}")
    page = visit(HERE)
    (more,) = page.page.query(".button[href*=after]")

    assert "Story 0" not in page.text
    assert "Story 0" in visit(more.attrs["href"]).text
