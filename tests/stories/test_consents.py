"""What a storyteller allows: each thing by itself, dated, in the words that were shown."""

import pytest

from portal.extensions import db
from portal.stories import consents, shaping
from portal.stories.guardian import services as guardians
from portal.stories.models import StoryConsent
from tests.newsletter import settings
from tests.stories import (
    a_draft,
    a_story,
    a_young_story,
    declined,
    fresh,
    handed_over,
    with_guardian,
    withdrawn,
)


def rows(story, purpose):
    query = db.select(StoryConsent).filter_by(story_id=story.id, purpose=purpose)
    return list(db.session.scalars(query.order_by(StoryConsent.id)))


def may_be(purpose):
    """The numbers of the stories that allow it."""
    return {story.id for story in db.session.scalars(consents.allowed(purpose))}


def test_every_purpose_is_asked_once_and_a_draft_allows_nothing(app):
    asked = ["name", *consents.ASKED]
    assert sorted(asked) == sorted(one.key for one in consents.PURPOSES)
    assert len({one.wording for one in consents.PURPOSES}) == len(consents.PURPOSES)

    story = a_draft()
    assert consents.current(story) == {}
    assert not any(consents.allows(story, key) for key in asked)


def test_each_change_is_a_row_with_its_words_and_the_last_one_counts(app):
    story = a_story()
    for given, channel in ((True, "web"), (False, "phone"), (False, "web"), (True, "web")):
        shaping.set_consents(story, {"photo": (given, ""), "social": (True, "")}, channel)
        assert consents.allows(fresh(story), "photo") is given

    found = rows(story, "photo")
    expected = [(True, "web"), (False, "phone"), (True, "web")]
    assert [(one.given, one.channel) for one in found] == expected
    assert all(one.at for one in found)
    assert len(rows(story, "social")) == 1
    shaping.set_consents(story, {"name": (True, "The swimmer")})
    said = [f"Show this name with my story: {name}." for name in ("Ada", "The swimmer")]
    assert [one.wording for one in rows(story, "name")] == said


def test_a_name_is_never_read_as_anything_else(app):
    for value in ("{org}", "{value}", "{0}", "Ada {", "a}b"):
        assert consents.wording("name", value) == f"Show this name with my story: {value}."


@settings(ORG_NAME="Move {It}")
def test_the_words_name_the_organisation_and_no_name_has_words_too(app):
    assert consents.wording("publish") == "You may publish my story on the Move {It} site."
    assert consents.wording("name") == "Show this name with my story: no name."


@pytest.mark.usefixtures("each_database")
def test_stories_are_found_by_what_they_allow_now(app):
    story, other, young = a_story(), a_story(), a_young_story()
    a_draft()
    shaping.set_consents(other, {"social": (False, "")})
    assert may_be("social") == {story.id}, "nobody has asked the guardian"
    assert may_be("newsletter") == {story.id, other.id}
    assert may_be("never asked") == set()

    with_guardian(handed_over(young))
    assert may_be("social") == {story.id, young.id}
    guardians.take_back(young)
    shaping.set_consents(story, {"social": (False, "")})
    shaping.set_consents(other, {"social": (True, "")})
    assert may_be("social") == {other.id}
    declined(other)
    withdrawn(story)
    assert may_be("social") == may_be("newsletter") == set()
