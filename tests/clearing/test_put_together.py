"""What was put into a conversation, at any depth: what is open stays, all else goes in its time."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from portal.clearing import things
from portal.delivery.models import OutgoingState
from portal.extensions import db
from portal.inbox import tasks
from portal.inbox.desk import erasing, services
from portal.inbox.models import Conversation
from portal.retention import services as retention
from portal.retention.models import Ending
from portal.stories.models import Story
from tests.clearing import closed, deliver, has_words, live
from tests.clearing.test_conversations import LATEST, STAYS, fails
from tests.inbox import a_conversation
from tests.stories import withdrawn
from tests.team import sign_in

MAILS = [why for why in STAYS if why.startswith("a mail is")]
KEPT = "a person keeps it"
OPEN = ("in danger", "in trouble", "a file is to come", KEPT, *MAILS)
DEPTH = 3
EVE = {"email": "eve@example.org", "name": "Eve"}


def together(ada, *talks):
    """Each is put into the one before it, the last first; what all are in is closed then."""
    for into, one in [*pairwise(talks)][::-1]:
        services.merge(one.id, into.reference, ada, {"merged_into_id": None})
    services.change(db.session.get_one(Conversation, talks[0].id), ada, {}, state="closed")
    deliver()


@pytest.mark.usefixtures("each_database")
def test_what_is_open_stays_with_all_that_it_lies_in(ada, clock):
    chains = {why: [closed(ada) for _ in range(DEPTH)] for why in (*OPEN, "")}
    STAYS[KEPT](chains[KEPT][-1], ada)
    for talks in chains.values():
        together(ada, *talks)
    for why in OPEN:
        if why != KEPT:
            STAYS[why](db.session.get_one(Conversation, chains[why][-1].id), ada)
    live(clock, LATEST + 14)

    for why, talks in chains.items():
        assert [has_words(one) for one in talks] == [bool(why)] * DEPTH, why


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("why", [KEPT, "a mail is uncertain", ""])
def test_a_story_goes_and_takes_nothing_with_it_that_it_was_put_into(ada, clock, why):
    story, talks = withdrawn(), [closed(ada), closed(ada)]
    together(ada, *talks, story.conversation)
    for talk in talks if why else ():
        if why == KEPT:
            db.session.add(Ending(kind="conversations", row_id=talk.id, reason="So", member_id=1))
            db.session.commit()
        else:
            STAYS[why](db.session.get_one(Conversation, talk.id), ada)
    live(clock, LATEST * 2)

    assert db.session.scalars(select(Story)).all() == []
    assert [has_words(talk) for talk in talks] == [bool(why)] * 2


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("is_story", [True, False])
def test_what_others_said_ends_though_what_it_lies_in_was_erased_before(ada, clock, is_story):
    first = withdrawn().conversation if is_story else closed(ada)
    talks = [first, closed(ada, **EVE), closed(ada, **EVE)]
    together(ada, *talks)
    if not is_story:
        erasing.erase(db.session.get_one(Conversation, first.id))
        assert [has_words(one) for one in talks] == [False, True, True]
        fails(talks[2], OutgoingState.UNCERTAIN)
        live(clock, LATEST * 2)
        assert has_words(talks[2])
        deliver_uncertain()
    live(clock, LATEST * 2)

    assert [has_words(one) for one in talks] == [False] * 3
    assert db.session.scalars(select(Ending)).all() == []


def deliver_uncertain():
    db.session.execute(db.text("UPDATE outgoing SET state = 'accepted' WHERE state = 'uncertain'"))
    db.session.commit()


def test_what_a_person_keeps_stays_though_it_is_marked_as_spam(app, ada, clock):
    talks = [closed(ada), closed(ada)]
    retention.keep("conversations", talks[0].id, "A complaint", ada.id)
    for talk in talks:
        one = db.session.get_one(Conversation, talk.id)
        services.change(one, ada, {}, state="spam")
    clock.shift(timedelta(days=100))
    tasks.end_spam.call_local()

    assert [has_words(talk) for talk in talks] == [True, False]
    assert things.of_conversation(db.session.get_one(Conversation, talks[0].id)).ending.is_kept


def test_what_was_kept_before_it_was_put_away_can_be_let_go(app, ada, visit_plain, clock):
    eda = sign_in(visit_plain, app, name="Eda")
    into, one = a_conversation(), closed(ada)
    retention.keep("conversations", one.id, "A complaint", ada.id)
    together(ada, into, one)
    page = f"/team/retention/{one.id}"
    assert "A complaint" in visit_plain(page).text
    gone = visit_plain.send(page, button="Keep it no more")
    live(clock, LATEST * 2)

    assert gone.status == 200
    assert eda
    assert not has_words(one)
