"""Shaping together: what each of the two can do, and what the other learns of it."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.inbox.desk import replies
from portal.inbox.models import ConversationState, Direction, Kind, Message, Rank
from portal.stories import formats, publication, shaping, texts
from portal.stories.files import store
from portal.stories.states import Level, StoryState, Telling, VersionKind
from portal.stories.telling import services as telling_services
from portal.transaction import NotPossible, Stale
from portal.ways import Way
from tests.contact import mails_to, text_of
from tests.inbox.desk import a_while_later
from tests.stories import (
    ADA,
    ALL_YES,
    TEXT,
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
from tests.stories.media import a_picture


def notes(story):
    query = db.select(Message.text).where(
        Message.conversation_id == story.conversation_id, Message.direction == Direction.NOTE
    )
    return list(db.session.scalars(query))


def by_phone(**changes):
    answers = ALL_YES | {"reply_by": "phone"}
    return a_story(email="", phone="0161 496 0000", answers=answers, **changes)


def test_a_sent_story_is_a_conversation_of_the_inbox(app):
    story = a_story()
    talk = story.conversation

    assert (talk.kind, talk.subject, talk.email) == (Kind.STORY, story.title, ADA)
    assert talk.messages[0].text == TEXT
    assert [one.text for one in story.revisions] == [TEXT]
    assert story.revisions[0].name == "Ada"


def test_the_receipt_has_no_word_that_was_typed(app, mailbox):
    story = a_story()
    (mail,) = mails_to(mailbox, ADA)

    assert story.conversation.reference in text_of(mail)
    for typed in (story.title, "Lovelace", "water"):
        assert typed not in mail.as_string()


def test_words_of_danger_make_it_urgent_and_refuse_nothing(app):
    story = a_story(text="I want to kill myself.")

    assert story.state is StoryState.SUBMITTED
    assert story.urgent
    assert story.conversation.rank == Rank.URGENT


def test_a_call_is_asked_for_without_a_word_of_the_story(app):
    story = a_story(telling=Telling.CALL, title="", text="", answers={"call": "Mornings"})

    assert story.revisions == []
    assert "Mornings" in story.conversation.messages[0].text


def test_two_tabs_do_not_overwrite_each_other(app):
    story = a_draft()
    seen = story.version
    telling_services.save(story, seen, text="One tab.")
    with pytest.raises(Stale):
        telling_services.save(story, seen, text="The other tab.")

    assert fresh(story).text == "One tab."


def test_a_sent_story_is_no_draft_any_more(app):
    story = a_story()
    with pytest.raises(NotPossible):
        telling_services.save(story, story.version, text="Later.")


def test_an_edit_on_an_old_text_changes_nothing(app):
    story = a_story()
    edited(story)
    with pytest.raises(Stale):
        shaping.revise(story, None, content(story, text="Mine."), 1)

    assert len(fresh(story).revisions) == 2


def test_what_the_storyteller_writes_comes_back_to_the_team(app):
    story = handed_over()
    assert story.conversation.state is ConversationState.WAITING
    shaping.revise(story, None, content(story, text="Mine."), texts.number(story))

    assert fresh(story).conversation.state is ConversationState.OPEN
    assert "storyteller wrote" in deeds(story)


def test_the_storyteller_is_asked_by_mail(app, mailbox):
    handed_over()

    assert "/stories/mine/" in text_of(mails_to(mailbox, ADA)[-1])


def test_an_answer_of_the_team_leads_to_the_page_of_the_story(app, mailbox):
    story = a_story()
    talk = story.conversation
    replies.answer(talk, an_editor(), "We like it.", Way.EMAIL, seen=talk.version)
    with a_while_later():
        mails = mails_to(mailbox, ADA)

    assert "/stories/mine/" in text_of(mails[-1])


def test_whoever_chose_the_phone_is_called_by_the_team(app):
    story = handed_over(by_phone())

    assert "read it to them" in notes(story)[-1]
    assert story.conversation.state is not ConversationState.WAITING


def test_a_story_is_not_declined_once_it_is_published(app):
    story = published()
    with pytest.raises(NotPossible):
        shaping.decline(story, an_editor(), "It does not fit.")

    assert fresh(story).state is StoryState.PUBLISHED


def test_the_editor_overrules_the_level_only_with_a_reason(app):
    story = published()
    with pytest.raises(NotPossible):
        shaping.set_level(story, an_editor(), Level.ADVANCED, "")
    shaping.set_level(story, an_editor(), Level.ADVANCED, "It has hard words.")
    assert fresh(story).shown_level is Level.ADVANCED
    shaping.set_level(story, an_editor(), None, "")

    assert fresh(story).shown_level is Level.BEGINNER


def test_a_version_needs_a_yes_of_its_own(app):
    story = published()
    formats.add_version(
        story, an_editor(), VersionKind.EASY_READ, "Easy Read", "en", text="I swim."
    )
    (version,) = fresh(story).versions
    assert publication.versions_for_readers(story) == []
    with pytest.raises(Stale):
        formats.approve_version(story, version.id, "0")
    formats.approve_version(story, version.id, version.digest)

    assert publication.versions_for_readers(fresh(story)) == [version]


def test_a_version_says_when_the_text_has_changed_since(app):
    story = published()
    version = formats.add_version(
        story, an_editor(), VersionKind.LANGUAGE, "Cymraeg", "cy", text="Rwy'n nofio."
    )
    assert formats.is_fresh(version, story)
    edited(story, text="A newer text.")
    shaping.publish(approved(story), an_editor())

    assert not formats.is_fresh(version, fresh(story))


def test_a_version_of_another_story_cannot_be_said_yes_to(app):
    one, other = published(), published()
    version = formats.add_version(one, an_editor(), VersionKind.BSL, "Film", "bfi", link="x")
    with pytest.raises(NotPossible):
        formats.approve_version(other, version.id, version.digest)

    assert fresh(one).versions[0].approved_digest is None


def test_readers_see_no_name_and_no_picture_that_is_not_allowed_any_more(app):
    story = a_story()
    edited(story, pictures=({"file": "a", "digest": "0", "alt": "A pool"},))
    published(story)
    assert publication.name_for_readers(story) == "Ada"
    assert len(publication.pictures_for_readers(story)) == 1
    shaping.set_consents(story, {"name": (False, ""), "photo": (False, "")})

    assert publication.name_for_readers(fresh(story)) == ""
    assert publication.pictures_for_readers(story) == []


def test_where_a_story_was_used_is_noted_for_the_storyteller(app):
    story = published()
    shaping.add_use(story, an_editor(), "In our report to the council.")

    assert [one.text for one in fresh(story).uses] == ["In our report to the council."]


def with_pictures(add, *names):
    """A story that was sent with these pictures; returns it and the keys of the pictures."""
    story = a_draft()
    for number, name in enumerate(names):
        add(story, (name, a_picture(colour=(number, 0, 0))))
    telling_services.submit(story)
    return story, [one["file"] for one in texts.latest(fresh(story)).pictures]


def shown(story):
    return [(one["file"], one["alt"]) for one in texts.latest(fresh(story)).pictures]


def test_a_picture_that_the_editor_left_out_does_not_come_back_with_a_new_one(app, add):
    story, (one, other) = with_pictures(add, "one.png", "other.png")
    pictures = texts.latest(story).pictures
    edited(story, pictures=(pictures[1],))
    add(story, ("third.png", a_picture(colour=(9, 9, 9))))

    keys = [key for key, _ in shown(story)]
    assert keys[0] == other
    assert one not in keys
    assert len(keys) == 2


def test_the_editors_words_for_a_picture_stay_until_the_storyteller_finds_others(app, add):
    story, (one, other) = with_pictures(add, "one.png", "other.png")
    edited(story, pictures=tuple({**p, "alt": "A pool"} for p in texts.latest(story).pictures))
    store.describe(store.find(one), alt="My pool")
    shaping.revise_pictures(fresh(story))

    assert shown(story) == [(one, "My pool"), (other, "A pool")]
    assert store.find(other).alt == "A pool"
