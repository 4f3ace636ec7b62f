"""What a storyteller allows: each thing by itself, dated, in the words that were shown."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.stories import consents
from portal.stories.models import StoryConsent
from tests.newsletter import settings
from tests.stories import a_draft, a_story


def rows(story, purpose):
    query = db.select(StoryConsent).where(
        StoryConsent.story_id == story.id, StoryConsent.purpose == purpose
    )
    return list(db.session.scalars(query.order_by(StoryConsent.id)))


def test_every_purpose_is_asked_once():
    asked = ["name", *consents.ASKED]

    assert sorted(asked) == sorted(one.key for one in consents.PURPOSES)
    assert len({one.wording for one in consents.PURPOSES}) == len(consents.PURPOSES)


def test_a_draft_allows_nothing(app):
    story = a_draft()

    assert consents.current(story) == {}
    assert not any(consents.allows(story, one.key) for one in consents.PURPOSES)


def test_saying_the_same_again_adds_nothing(app):
    story = a_story()
    assert consents.record(story, "photo", given=True, channel="web") is False

    assert len(rows(story, "photo")) == 1


def test_each_change_is_a_row_and_the_last_one_counts(app):
    story = a_story()
    consents.record(story, "photo", given=False, channel="phone")
    assert not consents.allows(story, "photo")
    consents.record(story, "photo", given=True, channel="web")

    assert consents.allows(story, "photo")
    found = rows(story, "photo")
    assert [(one.given, one.channel) for one in found] == [
        (True, "web"),
        (False, "phone"),
        (True, "web"),
    ]
    assert all(one.at for one in found)


def test_another_name_is_a_new_row_with_its_words(app):
    story = a_story()
    consents.record(story, "name", given=True, value="The swimmer", channel="web")

    assert [one.wording for one in rows(story, "name")] == [
        "Show this name with my story: Ada.",
        "Show this name with my story: The swimmer.",
    ]


@pytest.mark.parametrize("value", ["{org}", "{value}", "{0}", "Ada {", "a}b"])
def test_a_name_is_never_read_as_anything_else(app, value):
    assert consents.wording("name", value) == f"Show this name with my story: {value}."


@settings(ORG_NAME="Move {It}")
def test_the_words_name_the_organisation(app):
    assert consents.wording("publish") == "You may publish my story on the Move {It} site."


def test_no_name_has_words_too(app):
    assert consents.wording("name") == "Show this name with my story: no name."
