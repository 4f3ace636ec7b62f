"""Stories that ended, people who left, former staff and recipients go in their time; no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.inbox.desk import services as desk
from portal.issues.models import Recipient
from portal.issues.sending import tasks as issues
from portal.newsletter import retention, services
from portal.newsletter.models import Subscriber, SubscriberState
from portal.stories.models import Story
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Cleared
from portal.team import services as team
from portal.team.models import Member
from tests.clearing import deliver, live
from tests.clearing.test_conversations import EVE, LATEST
from tests.issues import an_open_issue
from tests.newsletter import ADA, a_subscriber
from tests.stories import (
    a_draft,
    a_story,
    an_editor,
    approved,
    declined,
    handed_over,
    published,
    withdrawn,
)
from tests.team import a_member

AGREED = {"given": True, "wording": "Yes", "channel": "web"}
each_database = pytest.mark.usefixtures("each_database")


def close(story):
    desk.change(story.conversation, an_editor(), {}, state="closed")
    deliver()
    return story.id


def stories():
    found = set(db.session.scalars(select(Story.id)))
    db.session.rollback()
    return found


@each_database
def test_a_story_that_ended_goes_and_no_other(app, clock):
    app.config["STORY_DRAFT_DAYS"] = 400
    over = {close(withdrawn()), close(declined()), close(withdrawn(published()))}
    stays = {close(one()) for one in (a_story, handed_over, approved, published)}
    stays |= {a_draft().id, withdrawn().id}
    deliver()
    live(clock, LATEST)

    assert stories() == stays
    assert over.isdisjoint(stays)


def test_a_story_stays_while_a_place_is_to_be_cleaned_up(app, clock):
    story = published()
    use = uses.add(story, Channel.FUNDERS, "In a report")
    withdrawn(story)
    close(story)
    live(clock, 60)
    assert stories() == {story.id}
    story = db.session.get_one(Story, story.id)
    uses.clean_up(story, use.id, an_editor(), Cleared.GONE)
    close(story)
    live(clock, LATEST)

    assert stories() == set()


@each_database
def test_of_who_left_only_a_digest_stays_by_which_no_import_adds_them(app, clock):
    for state in SubscriberState:
        person = a_subscriber(f"{state}@example.org", state)
        services.record(person, **AGREED)
    a_subscriber(ADA, SubscriberState.UNSUBSCRIBED)
    db.session.commit()
    live(clock, EVE)
    assert Subscriber.with_email(ADA)
    live(clock, LATEST)
    left = set(db.session.scalars(select(Subscriber.email)))
    erased = retention.erased_among([ADA, "unsubscribed@example.org", "subscribed@example.org"])
    told = set(db.session.scalars(select(Outgoing.address).where(Outgoing.name == "erase")))

    assert left == {f"{one}@example.org" for one in ("subscribed", "complained", "pending")}
    assert erased == {ADA, "unsubscribed@example.org"}
    assert told == {ADA, "unsubscribed@example.org", "bounced@example.org"}
    deliver()
    services.sign_up(ADA, [], "standard")
    assert Subscriber.with_email(ADA)


def asks_again():
    services.sign_up(ADA, [], "standard")


def is_held():
    services.hold(ADA, [], "standard", ["Too quick"])


def is_still_to_be_told():
    db.session.add(Outgoing(**waiting(ADA)))
    db.session.commit()


def waiting(address):
    moments = dict.fromkeys(("created_at", "due_at"), now())
    words = {"action": "unsubscribe", "name": "unsubscribe", "state": "failed", "key": "1"}
    return words | moments | {"address": address, "address_key": address, "payload": {}}


@pytest.mark.parametrize("do", [asks_again, is_held, is_still_to_be_told])
def test_who_left_stays_while_something_of_theirs_is_open(app, clock, do):
    app.config["HELD_SIGNUP_DAYS"] = 400
    a_subscriber(ADA, SubscriberState.UNSUBSCRIBED)
    live(clock, EVE)
    do()
    live(clock, 14)

    assert Subscriber.with_email(ADA)


def test_former_staff_are_somebody_who_left(app, clock):
    boss, gone = a_member(role="manager", name="Bo"), a_member(name="Grace", email="g@team.example")
    noted = a_member(name="Alan", email="alan@team.example")
    team.invite("never@team.example", "reader")
    db.session.add(AuditEntry(member_id=noted.id, deed="exported", of="", why=""))
    db.session.commit()
    team.disable(gone)
    team.disable(noted)
    deliver()
    live(clock, LATEST)

    assert team.names() == {
        boss.id: "Bo",
        gone.id: "Somebody who left",
        noted.id: "Alan",
        noted.id + 1: "Somebody who left",
    }
    db.session.rollback()
    emails = set(db.session.scalars(select(Member.email)))
    assert emails == {boss.email, ""}


def test_who_got_an_old_issue_is_forgotten_and_the_number_stays(app, clock):
    edition = an_open_issue(published())
    people = [a_subscriber(f"p{number}@example.org") for number in range(3)]
    states = ("accepted", "accepted", "uncertain")
    for person, state in zip(people, states, strict=True):
        mine = {"issue_id": edition.issue_id, "edition_id": edition.id, "state": state}
        db.session.add(Recipient(subscriber_id=person.id, **mine))
    edition.finished_at = now()
    db.session.commit()
    clock.shift(timedelta(days=20, seconds=1))
    issues.periods.forget_recipients()
    rows = db.session.execute(select(Recipient.subscriber_id, Recipient.state)).all()

    assert sorted(rows, key=str) == sorted(
        [(None, "accepted"), (None, "accepted"), (people[2].id, "uncertain")], key=str
    )
