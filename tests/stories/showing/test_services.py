"""What no program can check in a text, an editor answers before it is published, and after."""

import pytest

from portal.extensions import db
from portal.stories import shaping, texts, withdrawal
from portal.stories.showing import services as showing
from portal.stories.showing.models import ShownCheck
from portal.stories.states import StoryState
from portal.transaction import NotPossible
from tests.contact import mails_to
from tests.stories import (
    ADA,
    ALL_YES,
    a_story,
    an_editor,
    approved,
    deeds,
    edited,
    fresh,
    notes,
    published,
    withdrawn,
)

PURPOSES = [*showing.QUESTIONS]


def withholding(*purposes):
    """A story that can be published but for what its text may say."""
    consents = ALL_YES["consents"] | dict.fromkeys(purposes, "no")
    return approved(a_story(answers=ALL_YES | {"consents": consents, "reply_by": "email"}))


def publish(story, **shown):
    shaping.publish(story, an_editor(), shown)
    return story


def say(story, purpose, *, given):
    shaping.set_consents(story, {purpose: (given, "")})
    return story


def test_what_is_allowed_is_not_asked_about(app):
    story = withholding()
    assert showing.open_questions(story, texts.latest(story)) == []
    assert publish(story).state is StoryState.PUBLISHED


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_is_not_allowed_must_be_answered_before_it_is_published(app, purpose):
    story = withholding(purpose)
    assert showing.open_questions(story, texts.latest(story)) == [purpose]
    for shown, why in (({}, "Read the text"), ({purpose: True}, "does not allow")):
        with pytest.raises(NotPossible, match=why):
            publish(story, **shown)
        assert fresh(story).state is StoryState.APPROVED
    publish(story, **{purpose: False})

    check = db.session.scalars(db.select(ShownCheck)).one()
    assert (check.revision_id, check.shows) == (story.published_revision_id, False)
    assert check.member_id == an_editor().id


def test_who_never_said_anything_is_asked_about_too(app):
    story = approved(a_story(answers=ALL_YES | {"consents": {"publish": "yes"}}))

    assert showing.open_questions(story, texts.latest(story)) == PURPOSES
    publish(story, place=False, condition=False)


def test_each_text_and_each_word_about_it_is_asked_about_anew(app):
    story = publish(withholding("place"), place=False)
    assert showing.open_questions(story, story.published) == []
    for given in (True, False):
        say(story, "place", given=given)
    assert showing.open_questions(story, story.published) == ["place"]
    assert shaping.check_public(story, an_editor(), {"place": False})
    assert showing.open_questions(story, story.published) == []
    edited(story, text="Another one.")
    assert showing.open_questions(story, texts.latest(story)) == ["place"]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_with_a_consent_that_ends_the_question_opens_and_the_team_is_told(app, purpose):
    story = published()
    say(story, purpose, given=False)

    assert story.state is StoryState.PUBLISHED
    assert showing.open_questions(story, story.published) == [purpose]
    assert "no longer allows something that the text on our site may say" in notes(story)[-1]
    assert shaping.check_public(story, an_editor(), {purpose: False})
    assert story.state is StoryState.PUBLISHED


@pytest.mark.usefixtures("each_database")
def test_a_public_text_that_shows_it_leaves_the_site_until_there_is_another(app, mailbox):
    story = say(published(), "place", given=False)
    assert not shaping.check_public(story, an_editor(), {"place": True})

    assert (fresh(story).state, story.published) == (StoryState.EDITING, None)
    assert "took it off the site" in deeds(story)
    subjects = [mail["Subject"] for mail in mails_to(mailbox, ADA)]
    assert "Your story is not on our site for now" in subjects
    approved(story)
    with pytest.raises(NotPossible, match="where they live"):
        publish(story)
    approved(edited(story, text="I roll.").story)
    assert publish(story, place=False).state is StoryState.PUBLISHED


def test_what_is_allowed_again_may_go_up_as_it_is(app):
    story = say(published(), "place", given=False)
    shaping.check_public(story, an_editor(), {"place": True})
    say(approved(story), "place", given=True)

    assert publish(story).state is StoryState.PUBLISHED


def test_what_is_not_public_is_not_checked_so_and_answers_go_with_the_story(app):
    story = publish(withholding("place"), place=False)
    withdrawn(story)
    with pytest.raises(NotPossible, match="not on the site"):
        shaping.check_public(story, an_editor(), {"place": True})
    withdrawal.erase(story)

    assert db.session.scalars(db.select(ShownCheck)).all() == []
