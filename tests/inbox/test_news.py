"""The team hears of all that comes, at once or together: its mailbox is never flooded."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing, Urgency
from portal.extensions import db
from portal.inbox import intake, news, outcomes, sender_page, tasks
from portal.inbox.desk import services
from portal.inbox.models import Conversation, Kind
from portal.ways import Way
from tests.delivery import Bell, Scripted, alerts, go, provide
from tests.inbox import HOUR, a_conversation
from tests.team import a_member

pytestmark = pytest.mark.usefixtures("each_database")

DANGER, MINUTE = "I want to die.", timedelta(minutes=1)
NOTICES = ("team_notice", "many_notice")


@pytest.fixture
def told(app, clock):
    """What a mailbox was told since it was asked last: the name and subject of each mail."""
    provide(app, mail=Scripted(), alerts=Bell())
    seen = []

    def look(address=app.config["TEAM_EMAIL"]):
        query = select(Outgoing).where(Outgoing.name.in_(NOTICES), Outgoing.address == address)
        new = [row for row in db.session.scalars(query.order_by(Outgoing.id)) if row.id not in seen]
        seen.extend(row.id for row in new)
        subjects = [(row.name, row.payload.get("subject", "")) for row in new]
        db.session.commit()
        return subjects

    return look


def more(conversation, text="And one thing more."):
    intake.add_incoming(conversation, text, way=Way.WEB)
    db.session.commit()


def opened(conversation, by=None):
    services.open_for(conversation.id, by or a_member())


def later(clock, length):
    clock.shift(length)
    tasks.tell_of_news.call_local()


def names(mails):
    return [name for name, _ in mails]


def test_while_nobody_opens_a_conversation_what_comes_more_is_told_together(told, clock):
    one, other = a_conversation(), a_conversation()
    assert names(told()) == ["team_notice"] * 2
    for _ in range(40):
        more(one)
    more(other)
    later(clock, MINUTE)
    assert told() == []
    later(clock, news.GATHER)
    assert told() == [("many_notice", "2 conversations with something new")]
    more(one)
    later(clock, news.PAUSE - MINUTE)
    assert told() == []
    later(clock, 2 * MINUTE)
    assert told() == [("many_notice", "1 conversation with something new")]


def test_once_somebody_has_opened_it_what_comes_next_is_told_at_once(told, clock):
    one = a_conversation()
    more(one)
    opened(one)
    later(clock, HOUR)
    assert names(told()) == ["team_notice"]
    more(one)
    assert names(told()) == ["team_notice"]


@pytest.mark.parametrize("kind", Kind)
def test_of_very_many_a_mailbox_gets_few_and_all_are_told_of(told, clock, kind):
    for _ in range(news.MOST_ALONE + 34):
        a_conversation(kind=kind)
    first = names(told())
    later(clock, news.GATHER)
    ((_, subject),) = told()
    later(clock, HOUR)
    a_conversation(kind=kind)

    assert first == ["team_notice"] * news.MOST_ALONE
    assert subject.removeprefix("Urgent: ") == "34 conversations with something new"
    assert names(told()) == ["team_notice"]
    assert len(alerts()) == (12 if kind is Kind.PRESS else 0)


def test_danger_is_told_at_once_however_much_came_and_once_while_it_lasts(told, clock):
    talks = [a_conversation() for _ in range(news.MOST_ALONE + 1)]
    told()
    for _ in range(5):
        more(talks[0], DANGER)
    ((name, subject),) = told()
    later(clock, news.URGENT_PAUSE)
    together = told()
    opened(talks[0])
    more(talks[0], DANGER)

    assert (name, subject.startswith("Urgent")) == ("team_notice", True)
    assert [subject for _, subject in together] == ["Urgent: 2 conversations with something new"]
    assert names(told()) == ["team_notice"]
    assert [alert["title"] for alert in alerts()] == ["Urgent: somebody may be in danger"] * 3


def test_of_very_many_in_danger_the_first_ring_and_the_others_soon(told, clock):
    for _ in range(news.MOST_ALONE + 5):
        a_conversation(text=DANGER)
    first = told()
    later(clock, MINUTE)
    assert len(first) == news.MOST_ALONE
    assert told() == [("many_notice", "Urgent: 5 conversations with something new")]
    a_conversation(text=DANGER)
    later(clock, MINUTE)
    assert told() == []
    later(clock, news.URGENT_PAUSE)
    assert len(told()) == 1
    urgent = select(Outgoing.urgency).where(Outgoing.name.in_(NOTICES)).distinct()
    assert db.session.scalars(urgent).all() == [Urgency.URGENT]


def test_owner_hears_of_theirs_and_is_flooded_as_little(told, clock):
    ada = a_member(name="Ada")
    talks = [a_conversation() for _ in range(3)]
    for one in talks:
        services.change(one, ada, {"owner_id": None}, owner_id=ada.id)
    told()
    for _ in range(2):
        for one in talks:
            more(one)
    later(clock, news.GATHER)

    assert names(told(ada.email)) == ["team_notice"] * 3 + ["many_notice"]
    assert told() == []


def test_mails_that_do_not_arrive_flood_nobody(told):
    ada = a_member()
    for _ in range(2 * news.MOST_ALONE):
        talk = a_conversation()
        opened(talk, ada)
        sending = intake.send(talk, intake.news.emails.receipt(talk))
        db.session.commit()
        row = db.session.get_one(Outgoing, sending.outgoing_id)
        outcomes.note_fate(row, "bounced", "No such user")
        db.session.commit()

    assert len(told()) == news.MOST_ALONE
    assert len(alerts()) == 11


def test_sender_sees_when_the_mail_about_it_and_others_was_handed_over(told, clock):
    for _ in range(news.MOST_ALONE + 1):
        last = a_conversation()
    go()
    assert sender_page.steps(last, [])[1].at is None
    later(clock, news.GATHER)
    go()
    db.session.refresh(last)

    assert sender_page.steps(last, [])[1].at is not None


def test_what_a_person_threw_away_is_no_news(told, clock):
    for _ in range(news.MOST_ALONE + 2):
        last = a_conversation()
    told()
    services.change(last, a_member(), {"state": "new"}, state="spam")
    later(clock, news.GATHER)

    assert told() == [("many_notice", "1 conversation with something new")]
    assert (
        db.session.scalars(select(Conversation.id).where(Conversation.untold_at.is_not(None))).all()
        == []
    )
