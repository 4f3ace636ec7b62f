"""The digest comes once each working morning, and says numbers only."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.delivery.brake import WHY
from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.inbox import tasks
from portal.inbox.models import ConversationState, Kind
from portal.newsletter.models import HeldSignup
from tests.conftest import NOON
from tests.delivery import mail, saved
from tests.inbox import DAY, HOUR, a_conversation

pytestmark = pytest.mark.usefixtures("ringing")
on_each_database = pytest.mark.usefixtures("each_database")
EIGHT = NOON + 20 * HOUR  # on a Wednesday
SATURDAY = EIGHT + 3 * DAY
SUMMER = datetime(2030, 7, 2, 7, tzinfo=UTC)  # 8 in London


def digests(clock, *moments):
    """The words of the digests after the worker ran at these moments."""
    for moment in moments:
        clock.move_to(moment)
        tasks.send_digest.call_local()
    db.session.commit()
    rows = db.session.query(Outgoing).filter_by(name="digest").order_by(Outgoing.id)
    found = [row.payload.get("text") for row in rows if row.payload]
    db.session.commit()
    return found


@on_each_database
def test_digest_says_how_much_waits_and_links_there(app, clock):
    clock.move_to(EIGHT - 10 * DAY)
    a_conversation()
    a_conversation(doubts=["It came fast"])
    a_conversation(text="I want to die.", young=True)
    clock.move_to(EIGHT - HOUR)
    a_conversation(kind=Kind.PRESS, deadline_at=EIGHT + 30 * HOUR)
    trouble = a_conversation()
    trouble.trouble, trouble.due_at = "It bounced", EIGHT + HOUR
    db.session.add(HeldSignup(email="x@example.org", topics=[], format="standard", reasons="fast"))
    for_later = db.session.get_one(Outgoing, saved(mail()))
    for_later.state, for_later.reason = "waiting", WHY
    db.session.commit()

    (text,) = digests(clock, EIGHT)
    assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == [
        "1 conversation urgent: somebody may be in danger: http://portal.test/inbox/",
        "4 conversations waiting for us: http://portal.test/inbox/",
        "2 conversations late: http://portal.test/inbox/",
        "1 conversation due today: http://portal.test/inbox/",
        "1 conversation from somebody under 18: http://portal.test/inbox/",
        "1 press deadline in the next two days: http://portal.test/inbox/?kind=press",
        "1 conversation held for a check: http://portal.test/inbox/?folder=held",
        "1 conversation with a mail that did not arrive: http://portal.test/inbox/?trouble=yes",
        "1 email to people who have not confirmed, still to go",
        "1 newsletter sign-up held for a check: http://portal.test/newsletter/list/held",
    ]
    assert "The one that waits longest came on 17 March 2030." in text
    assert "http://portal.test/inbox/dashboard" in text


def test_digest_goes_to_the_team_once_a_day_however_often_workers_ask(app, clock):
    a_conversation()

    times = [EIGHT, EIGHT, EIGHT + timedelta(minutes=5), EIGHT + 3 * HOUR]
    assert len(digests(clock, *times)) == 1
    row = db.session.query(Outgoing).filter_by(name="digest").one()
    assert row.address == app.config["TEAM_EMAIL"]
    assert len(digests(clock, EIGHT + DAY)) == 2


@on_each_database
def test_two_workers_at_the_same_moment_send_one(app, clock, monkeypatch):
    """Neither sees the other's row before its own is written."""
    monkeypatch.setattr("portal.delivery.happened", lambda occasion: False)
    a_conversation()

    assert len(digests(clock, EIGHT, EIGHT)) == 1


@pytest.mark.parametrize(
    ("moments", "number"),
    [
        ([EIGHT + 3 * HOUR], 1),
        ([SUMMER], 1),
        ([EIGHT - HOUR, EIGHT + 4 * HOUR, SATURDAY, SATURDAY + DAY], 0),
    ],
    ids=["a worker started late", "eight on the team's clocks", "too early, too late, weekend"],
)
def test_digest_goes_in_the_morning_of_a_working_day(app, clock, moments, number):
    a_conversation()

    assert len(digests(clock, *moments)) == number


def test_quiet_day_stays_quiet_whatever_comes_later(app, clock):
    a_conversation().state = ConversationState.WAITING  # for the person: nothing to tell
    db.session.commit()
    assert digests(clock, EIGHT) == []
    a_conversation()

    assert digests(clock, EIGHT + HOUR) == []
    row = db.session.query(Outgoing).filter_by(name="digest").one()
    assert (row.state, row.reason, row.address) == ("cancelled", "There was nothing to tell", "")


WORD = st.text("bcdfgjkqvxz", min_size=7, max_size=12)


@given(words=st.lists(WORD, min_size=9, max_size=9, unique=True), held=st.booleans())
def test_no_word_of_a_persons_is_in_any_alert_or_digest(app, clock, words, held):
    """Whatever somebody writes, none of it leaves the house to the team."""
    keys = ("text", "subject", "name", "phone", "postal", "helper", "needs", "outlet")
    keys += ("deadline_words",)
    clock.move_to(EIGHT)
    conversation = a_conversation(
        **dict(zip(keys, words, strict=True)),
        email=f"{words[0]}@example.org",
        kind=Kind.PRESS,
        deadline_at=EIGHT + 3 * HOUR,
        doubts=[words[1]] if held else [],
    )
    conversation.trouble = words[2]
    db.session.commit()
    tasks.watch_deadlines.call_local()
    clock.move_to(EIGHT + conversation.id * 7 * DAY)
    tasks.send_digest.call_local()

    rows = db.session.query(Outgoing).filter(
        (Outgoing.action == Action.ALERT) | (Outgoing.name.in_(("digest", "team_notice")))
    )
    said = " ".join(str(row.payload) for row in rows)
    db.session.commit()
    assert "inbox" in said
    assert not [word for word in words if word in said]
