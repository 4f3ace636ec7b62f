"""Whoever erases a part of what is held about somebody loses nothing of the others."""

import pytest
from sqlalchemy import select

from portal import people
from portal.delivery import enqueue
from portal.delivery.models import OPEN, Outgoing
from portal.extensions import db, now
from portal.issues.models import Edition, Recipient
from portal.journal import Noted
from portal.newsletter import replay
from portal.newsletter.models import Subscriber
from portal.your_details.desk import services
from tests.delivery import mail
from tests.issues import an_open_issue
from tests.life import Life
from tests.stories import published

PARTS = ("messages", "stories", "newsletter", "lists", "issues", "emails", "typed", "copies")
DOORS = (
    *("be_answered", "be_on_the_list", "be_held", "be_refused_in_a_list", "get_a_copy"),
    *("tell_a_story", "begin_a_story", "be_typed_about"),
)
# A story's conversation is a part of it; a form that was typed names whom it is about.
WITH_IT = {"stories": {"messages", "typed"}, "messages": {"typed"}, "newsletter": {"emails"}}
ADDRESS = "ada@example.org"
STORYS = 1  # of the conversations


@pytest.fixture
def one(app):
    """Somebody who has something of each kind, and an answer that is still to leave."""
    one = Life()
    for door in DOORS:
        getattr(one, door)()
    edition = an_open_issue(published())
    edition.finished_at = now()
    person = Subscriber.with_email(one.address)
    mine = {"issue_id": edition.issue_id, "edition_id": edition.id, "state": "accepted"}
    db.session.add(Recipient(subscriber_id=person.id, **mine))
    db.session.commit()
    return one


def held(one):
    return {name: holder.count(one.person) for name, holder in people.holders.items()}


def answers(one):
    """How many answers to them are still to leave."""
    mine = (Outgoing.address_key == one.address) & (Outgoing.name == "reply")
    return len(db.session.scalars(select(Outgoing.id).where(mine, Outgoing.is_in(*OPEN))).all())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_goes_and_no_other_but_what_is_said_to_go_with_it(one, part):
    before, waiting = held(one), answers(one)
    services.erase(one.person, [part], "They asked")
    after = held(one)
    less = {name for name in before if after[name] < before[name]}

    assert waiting
    assert before[part]
    assert after[part] == (STORYS if part == "messages" else 0)
    assert less - {part} <= WITH_IT.get(part, set()) | people.holders[part].takes
    assert after["messages"]
    assert (answers(one) == waiting) is (part not in {"messages", "emails"})


def test_after_a_restore_no_mail_of_any_kind_waits_for_who_was_erased(app):
    for name in ("reply", "story_link", "your_details", "confirm_signup"):
        enqueue(mail("Hello", to=ADDRESS, name=name))
    db.session.commit()
    replay.erase(ADDRESS, Noted(now(), "erased", ""))
    mine = Outgoing.is_in(*OPEN) & (Outgoing.address_key == ADDRESS)

    assert db.session.scalars(select(Outgoing.action).where(mine)).all() == []


def test_who_gets_an_issue_that_is_still_leaving_is_known_until_it_has_left(one):
    db.session.scalars(select(Edition)).one().finished_at = None
    db.session.commit()
    services.erase(one.person, ["issues"], "They asked")

    assert held(one)["issues"] == 1
