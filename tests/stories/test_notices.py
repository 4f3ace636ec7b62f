"""What we have to say goes the way that the storyteller chose, and the team hears of all deeds."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import outcomes
from portal.inbox.desk import services as desk_services
from portal.inbox.models import ConversationState, Direction, Message, Sending
from portal.stories import formats, shaping, texts, withdrawal
from portal.stories import notices as stories_notices
from portal.stories.content import Content
from portal.stories.states import VersionKind
from portal.transaction import lock
from portal.ways import Way
from tests.contact import mails_to
from tests.stories import (
    ADA,
    a_story,
    an_editor,
    approved,
    edited,
    fresh,
    handed_over,
    published,
)

pytestmark = pytest.mark.usefixtures("each_database")
PHONE_NUMBER = "0161 496 0000"
MAILED = [Way.EMAIL, Way.BSL, Way.HELPER]
CALLED = [Way.PHONE, Way.SMS, Way.RELAY, Way.POST]


def reached_by(way, **changes):
    """A story of somebody who wants to be reached that way, and gave all that we ask for."""
    details = {"email": ADA, "phone": PHONE_NUMBER} | changes
    story = a_story(**details)
    lock(story.conversation)
    story.conversation.reply_by = way
    db.session.commit()
    return story


def mailed():
    """The names of what was queued for the storyteller, oldest first."""
    query = select(Outgoing.name).where(Outgoing.address_key == ADA).order_by(Outgoing.id)
    names = list(db.session.scalars(query))
    db.session.commit()
    return [name.removeprefix("story_") for name in names]


def notes(story):
    query = select(Message.text).where(
        Message.conversation_id == story.conversation_id, Message.direction == Direction.NOTE
    )
    return list(db.session.scalars(query.order_by(Message.id)))


def notices():
    query = select(Outgoing.payload).where(Outgoing.name == "team_notice").order_by(Outgoing.id)
    return [one["subject"].partition(":")[0] for one in db.session.scalars(query)]


@pytest.mark.parametrize("way", MAILED)
def test_who_is_reached_by_mail_gets_a_mail(app, way):
    story = handed_over(reached_by(way))

    assert mailed() == ["receipt", "ready"]
    assert notes(story) == []
    assert fresh(story).conversation.state is ConversationState.WAITING


@pytest.mark.parametrize("way", CALLED)
def test_who_is_not_gets_no_mail_and_the_team_a_note_to_call(app, way):
    story = handed_over(reached_by(way))

    assert mailed() == ["receipt"]
    assert notes(story) == [stories_notices.ASKS["ready"]]
    assert fresh(story).conversation.folder == "active"


def test_a_helper_without_an_address_is_called(app):
    story = handed_over(reached_by(Way.HELPER, email=""))

    assert notes(story) == [stories_notices.ASKS["ready"]]


def test_the_call_comes_back_from_among_what_was_closed(app):
    story = reached_by(Way.PHONE)
    lock(story.conversation)
    story.conversation.state = ConversationState.CLOSED
    db.session.commit()
    handed_over(story)

    assert fresh(story).conversation.state is ConversationState.OPEN


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (handed_over, "ready"),
        (published, "published"),
        (lambda story: shaping.decline(story, an_editor(), "It names others."), "declined"),
        (lambda story: withdrawal.withdraw(story, keep_files=False), "withdrawn"),
        (
            lambda story: formats.add_version(
                story, an_editor(), VersionKind.BSL, "A film", "bfi", link="https://film.example"
            ),
            "version",
        ),
    ],
    ids=["ready", "published", "declined", "withdrawn", "version"],
)
def test_each_thing_is_told_either_way(app, deed, what):
    story = reached_by(Way.EMAIL)
    deed(story)
    assert mailed()[-1] == what

    called = reached_by(Way.PHONE, email="")
    deed(called)
    assert notes(called)[-1].startswith(stories_notices.ASKS[what])


def test_the_note_of_a_decline_has_the_words_to_say(app):
    story = reached_by(Way.PHONE)
    shaping.decline(story, an_editor(), "It names others.")

    assert notes(story)[-1].endswith("\n\nIt names others.")


@pytest.mark.parametrize("way", [Way.EMAIL, Way.PHONE])
def test_of_a_withdrawal_the_team_hears_once(app, way):
    story = published(reached_by(way))
    before = len(notices())
    withdrawal.withdraw(story, keep_files=True)

    assert notices()[before:] == ["It is our turn"]


def test_what_the_storyteller_does_is_told_to_who_looks_after_it(app):
    story = handed_over()
    newest = texts.latest(story)
    shaping.approve(story, newest.id, newest.digest)
    query = select(Outgoing).where(Outgoing.name == "team_notice").order_by(Outgoing.id.desc())
    told = db.session.scalars(query).first()

    assert told.address == an_editor().email
    assert "It is our turn" in told.payload["subject"]
    for typed in ("Ada", "water", "pool"):
        assert typed not in told.payload["subject"] + told.payload["text"]


@pytest.mark.parametrize("state", [ConversationState.HELD, ConversationState.SPAM])
def test_what_is_held_or_spam_gets_no_mail_and_makes_none(app, state):
    story = a_story(answers={"reply_by": "email", "doubts": ["Too quick"]})
    lock(story.conversation)
    story.conversation.state = state
    db.session.commit()
    told = len(notices())
    shaping.revise(story, None, Content(title="Pills", text="Buy."), 1)
    withdrawal.withdraw(story, keep_files=False)
    withdrawal.erase(fresh(story))

    assert mailed() == []
    assert len(notices()) == told


def test_a_member_who_goes_on_with_what_was_held_has_looked_at_it(app):
    story = a_story(answers={"reply_by": "email", "doubts": ["Too quick"]})
    assert mailed() == []
    handed_over(story)

    assert mailed() == ["ready"]
    assert fresh(story).conversation.state is ConversationState.WAITING


def test_what_was_put_into_another_conversation_wakes_that_one(app):
    story, other = reached_by(Way.PHONE), reached_by(Way.EMAIL, email="grace@example.org")
    desk_services.merge(
        story.conversation,
        other.conversation.reference,
        an_editor(),
        fresh(story).conversation.version,
    )
    lock(other.conversation)
    other.conversation.state = ConversationState.CLOSED
    db.session.commit()
    shaping.comment(fresh(story), "Call me on Monday.")
    edited(fresh(story))
    shaping.hand_over(fresh(story), an_editor(), texts.number(story))

    assert fresh(other).conversation.state is ConversationState.OPEN


def test_a_mail_that_does_not_arrive_comes_back_to_the_team(app, mailbox):
    story = approved()
    mailbox()
    shaping.publish(story, an_editor())
    row = db.session.scalars(select(Outgoing).where(Outgoing.name == "story_published")).one()
    assert db.session.get(Sending, row.id).conversation_id == story.conversation_id

    outcomes.note_fate(row, "bounced", "No such mailbox")
    db.session.commit()
    assert "No such mailbox" in fresh(story).conversation.trouble
    assert story.conversation.state is ConversationState.OPEN


def test_a_mail_of_a_story_is_sent(app, mailbox):
    handed_over()

    assert [mail["Subject"] for mail in mails_to(mailbox, ADA)] == [
        "We have your story",
        "A text of your story waits for you",
    ]
