"""Taking a story back, at any time; and erasing it with all that belongs to it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.inbox.desk import services as desk_services
from portal.inbox.models import Conversation, ConversationState, Message
from portal.stories import formats, shaping, withdrawal
from portal.stories.models import Approval, Revision, Story, StoryTopic
from portal.stories.states import StoryState, VersionKind
from tests.contact import mails_to, text_of
from tests.stories import (
    ADA,
    a_draft,
    a_story,
    an_editor,
    approved,
    content,
    deeds,
    edited,
    fresh,
    handed_over,
    published,
)

pytestmark = pytest.mark.usefixtures("each_database")
ALERT_URL = "json://127.0.0.1:9"


@pytest.fixture
def env(env):
    return env | {"ALERT_URLS": ALERT_URL}


def alerts():
    query = select(Outgoing).where(Outgoing.action == Action.ALERT)
    return [row.payload["title"] for row in db.session.scalars(query)]


@pytest.mark.parametrize("make", [a_story, handed_over, approved, published])
def test_a_story_can_be_taken_back_at_any_time(app, make):
    story = make()
    withdrawal.withdraw(story, keep_files=True)

    assert fresh(story).state is StoryState.WITHDRAWN
    assert story.withdrawn_at
    assert story.published is None


def test_with_it_go_its_yes_its_words_and_its_topics(app):
    story = a_story()
    edited(story, topics=("water",), text="I swim.")
    published(story)
    assert story.search
    withdrawal.withdraw(story, keep_files=True)

    assert all(one.taken_back_at for one in fresh(story).approvals)
    assert story.search == ""
    assert db.session.scalar(select(func.count()).select_from(StoryTopic)) == 0


def test_the_team_is_alerted_and_the_person_gets_a_receipt(app, mailbox):
    story = published()
    withdrawal.withdraw(story, keep_files=True)

    assert "A story was taken back" in alerts()
    assert "storyteller took it back" in deeds(story)
    assert story.conversation.state is ConversationState.OPEN
    receipt = text_of(mails_to(mailbox, ADA)[-1])
    assert "a report that was printed" in receipt


def test_taking_it_back_twice_is_doing_it_once(app):
    story = published()
    withdrawal.withdraw(story, keep_files=True)
    done = deeds(story)
    withdrawal.withdraw(story, keep_files=False)

    assert deeds(story) == done


def test_a_slug_is_not_given_away_when_its_story_is_gone(app):
    first = published()
    slug = first.slug
    withdrawal.withdraw(first, keep_files=True)
    second = published()

    assert fresh(first).slug == slug
    assert second.slug == f"{slug}-2"


def test_erasing_leaves_nothing_of_the_story(app):
    story = published()
    formats.add_version(story, an_editor(), VersionKind.BSL, "Film", "bfi", link="https://x.test")
    shaping.add_use(story, an_editor(), "In a report")
    shaping.comment(story, "Please call me on 0161 496 0000.")
    talk_id = story.conversation_id
    withdrawal.erase(story)

    for model in (Story, Revision, Approval):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    talk = db.session.get(Conversation, talk_id)
    assert (talk.subject, talk.name, talk.email) == ("Erased", "", "")
    assert not any(db.session.scalars(select(Message.text)))
    assert "A story was erased" in alerts()


def test_one_last_mail_says_that_it_was_erased(app, mailbox):
    withdrawal.erase(published())

    assert "erased" in text_of(mails_to(mailbox, ADA)[-1]).lower()


def test_when_the_team_erases_the_conversation_its_story_goes_too(app):
    story = published()
    desk_services.erase(story.conversation, an_editor())

    assert db.session.scalar(select(func.count()).select_from(Story)) == 0


def test_a_draft_is_erased_without_a_word_to_anybody(app, mailbox):
    withdrawal.erase(a_draft())

    assert db.session.scalar(select(func.count()).select_from(Story)) == 0
    assert mails_to(mailbox, ADA) == []


def test_without_the_consent_to_publish_the_story_is_down_at_once(app):
    story = published()
    shaping.set_consents(story, {"publish": (False, "")})

    assert fresh(story).state is StoryState.WITHDRAWN


def test_another_name_is_a_new_text_that_needs_a_new_yes(app):
    story = published()
    shaping.set_consents(story, {"name": (True, "Countess")})
    newest = fresh(story).revisions[-1]

    assert newest.name == "Countess"
    assert newest.author_id is None
    assert story.published.name == "Ada"
    assert content(story).text == story.published.text


def test_the_same_consent_twice_is_noted_once(app):
    story = a_story()
    noted = len(story.consents)
    shaping.set_consents(story, {"social": (True, ""), "press": (False, "")})

    assert len(fresh(story).consents) == noted + 1
