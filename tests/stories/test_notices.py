"""What we have to say goes the way that the storyteller chose, and the team hears of all deeds."""

import re

import pytest
from sqlalchemy import select

from portal.config import ROOT
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import outcomes
from portal.inbox.desk import services as desk_services
from portal.inbox.models import ConversationState, Sending
from portal.stories import formats, shaping, withdrawal
from portal.stories import notices as stories_notices
from portal.stories.content import Content
from portal.stories.states import VersionKind
from portal.ways import Way
from tests import stories
from tests.contact import mails_to
from tests.stories import ADA, a_story, an_editor, fresh, handed_over, set_talk, told_team
from tests.stories.days import mailed

HELD = {"answers": {"reply_by": "email", "doubts": ["Too quick"]}}


def reached_by(way, **changes):
    """A story of somebody who wants to be reached that way, and gave all that we ask for."""
    return set_talk(a_story(**{"email": ADA, "phone": "0161 496 0000"} | changes), reply_by=way)


@pytest.mark.parametrize(
    ("way", "changes", "is_mailed"),
    [
        *((way, {}, True) for way in (Way.EMAIL, Way.BSL, Way.HELPER)),
        *((way, {}, False) for way in (Way.PHONE, Way.SMS, Way.RELAY, Way.POST)),
        (Way.HELPER, {"email": ""}, False),
    ],
)
def test_who_is_not_reached_by_mail_is_called_by_the_team(app, way, changes, is_mailed):
    story = set_talk(reached_by(way, **changes), state=ConversationState.CLOSED)
    handed_over(story)

    assert ("ready" in mailed()) is is_mailed
    assert stories.notes(story) == ([] if is_mailed else [stories_notices.ASKS["ready"]])
    state = ConversationState.WAITING if is_mailed else ConversationState.OPEN
    assert fresh(story).conversation.state is state


def given_a_film(story):
    formats.add_version(story, an_editor(), VersionKind.BSL, "Film", "bfi", link="https://a.org")


DEEDS = {"ready": handed_over, "published": stories.published, "declined": stories.declined}
DEEDS |= {"withdrawn": stories.withdrawn, "version": given_a_film}


@pytest.mark.parametrize("what", DEEDS)
def test_each_thing_is_told_either_way(app, what):
    DEEDS[what](reached_by(Way.EMAIL))
    assert mailed()[-1] == what

    called = reached_by(Way.PHONE, email="")
    DEEDS[what](called)
    more = "\n\nIt names others." if what == "declined" else ""
    assert stories.notes(called)[-1] == stories_notices.ASKS[what] + more


@pytest.mark.parametrize("way", [Way.EMAIL, Way.PHONE])
def test_of_a_withdrawal_the_team_hears_once(app, way):
    story = stories.published(reached_by(way))
    before = len(told_team())
    story.conversation.told_at = None  # somebody opens it
    stories.withdrawn(story)

    (one,) = told_team()[before:]
    assert one.payload["subject"].startswith("It is our turn:")


def test_what_the_storyteller_does_is_told_to_who_looks_after_it(app):
    stories.approved()
    told = told_team()[-1]

    assert told.address == an_editor().email
    assert "It is our turn" in told.payload["subject"]
    for typed in ("Ada", "water", "pool"):
        assert typed not in told.payload["subject"] + told.payload["text"]


@pytest.mark.parametrize("state", [ConversationState.HELD, ConversationState.SPAM])
def test_what_is_held_or_spam_gets_no_mail_and_makes_none(app, state):
    story = set_talk(a_story(**HELD), state=state)
    told = len(told_team())
    shaping.revise(story, None, Content(title="Pills", text="Buy."), 1)
    withdrawal.erase(fresh(stories.withdrawn(story)))

    assert mailed() == []
    assert len(told_team()) == told


def test_a_member_who_goes_on_with_what_was_held_has_looked_at_it(app):
    story = a_story(**HELD)
    assert mailed() == []
    handed_over(story)

    assert mailed() == ["ready"]
    assert fresh(story).conversation.state is ConversationState.WAITING


def test_what_was_put_into_another_conversation_wakes_that_one(app):
    story, other = reached_by(Way.PHONE), reached_by(Way.EMAIL, email="grace@example.org")
    talk = story.conversation
    desk_services.merge(talk.id, other.conversation.reference, an_editor(), {})
    set_talk(other, state=ConversationState.CLOSED)
    shaping.comment(fresh(story), "Call me on Monday.")
    handed_over(fresh(story))

    assert fresh(other).conversation.state is ConversationState.OPEN


def test_a_mail_is_sent_and_one_that_does_not_arrive_comes_back_to_the_team(app, mailbox):
    story = stories.approved()
    subjects = [mail["Subject"] for mail in mails_to(mailbox, ADA)]
    assert subjects == ["Your story is ready for you to read", "We have your story"]
    shaping.publish(story, an_editor())
    row = db.session.scalars(select(Outgoing).where(Outgoing.name == "story_published")).one()
    assert db.session.get(Sending, row.id).conversation_id == story.conversation_id

    outcomes.note_fate(row, "bounced", "No such mailbox")
    db.session.commit()
    assert "No such mailbox" in fresh(story).conversation.trouble
    assert story.conversation.state is ConversationState.OPEN


def test_every_deed_is_told_to_the_team_in_words(app):
    source = "".join(one.read_text() for one in (ROOT / "portal/stories").rglob("*.py"))
    done = set(re.findall(r'notices\.(?:note|tell_team|tell_both)\(\s*story, "([^"]+)"', source))
    with app.test_request_context():
        words = app.jinja_env.get_template("inbox/_words.html").module.DEEDS

    assert len(done) > 20
    assert done - words.keys() == set()
