"""Made-up conversations: as many as asked for, likely ones, and never on a real portal."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select, text

from portal.delivery.models import Outgoing
from portal.demo import loading
from portal.extensions import db, now
from portal.inbox import search
from portal.inbox.models import Change, Conversation, ConversationState, Message, Tag
from portal.stories.models import Story
from portal.words import near
from tests.inbox import a_conversation
from tests.stories import count
from tests.test_config import PRODUCTION

each_database = pytest.mark.usefixtures("each_database")
MANY = 1500
LONDON = ZoneInfo("Europe/London")


def everything():
    db.session.commit()
    return list(db.session.scalars(select(Conversation).order_by(Conversation.id)))


def made_by_database():
    """What stands beside the tables, by name."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE sql > '' AND name NOT LIKE 'sqlite_%'"
    else:
        query = (
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT conname FROM pg_constraint UNION ALL "
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        )
    names = sorted(db.session.scalars(text(query)))
    db.session.commit()
    return names


@each_database
def test_adds_so_many_each_time_mails_nobody_and_leaves_tables_and_others_as_they_were(app):
    before, mine = made_by_database(), a_conversation(text="I am real")
    mails = count(Outgoing)
    result = app.test_cli_runner().invoke(args=["demo", "load", "120"])
    assert result.exit_code == 0
    assert "120 conversations were added." in result.output
    loading.load(50, seed=2)

    assert made_by_database() == before
    assert mine.labels == []
    assert count(Conversation) == 171
    assert count(Outgoing) == mails
    assert a_conversation().id == 172


def test_same_seed_makes_the_same(app, monkeypatch):
    def made():
        return [(one.id, one.reference, one.subject, one.name, one.state) for one in everything()]

    moment = now()
    monkeypatch.setattr(loading, "now", lambda: moment)
    loading.load(30, seed=7)
    first = made()
    for table in ("change", "message", "conversation_tag", "conversation"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.commit()
    loading.load(30, seed=7)

    assert made() == first


def test_conversations_are_likely_ones(app):
    loading.load(MANY)
    made = everything()
    states = Counter(one.state for one in made)
    messages = Counter(db.session.scalars(select(Message.direction)))

    assert states[ConversationState.CLOSED] > MANY / 2
    assert all(states[state] for state in ConversationState)
    assert len({one.kind for one in made}) == 3
    assert 0.1 < sum(bool(one.needs) for one in made) / MANY < 0.3
    assert len({one.name for one in made}) > MANY / 2
    assert {one.folder for one in made} >= {"merged", "active"}
    assert all(one.created_at <= one.changed_at <= now() for one in made)
    assert all(one.deadline_at is None or one.alerted_at for one in made)
    assert any(one.trouble for one in made)
    assert len(messages) == 3
    assert messages.total() > MANY
    assert count(Change) > 2 * MANY
    assert count(Tag) > MANY / 3
    db.session.commit()


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_newcomers_inbox_looks_like_a_tuesday(app, hour):
    """As many as the README has loaded: all of the last weeks, few of them late."""
    with time_machine.travel(datetime(2030, 6, 4, hour, 30, tzinfo=LONDON), tick=False):
        loading.load(200)
        made = everything()
        waiting = [one for one in made if one.folder == "active"]
        late = [one for one in waiting if one.is_late]

        assert min(one.created_at for one in made) > now() - timedelta(days=15)
        assert 20 <= len(waiting) <= 60
        assert 1 <= len(late) <= 9
        assert max(now() - one.due_at for one in late) < timedelta(days=2)
        assert sum(near(one.due_at).startswith("today") for one in waiting) > 2
        deadlines = [near(one.deadline_at) for one in waiting if one.deadline_at]
        assert deadlines.count("tomorrow 12:00") >= 1
        assert all(one.snoozed_until > now() for one in made if one.snoozed_until)


@each_database
def test_made_up_conversations_are_found_and_so_is_what_comes_later(app):
    loading.load(50)
    one = everything()[20]
    later = a_conversation(text="zyzzyva")

    assert search.find(one.reference).ids == [one.merged_into_id or one.id]
    assert search.find("zyzzyva").ids == [later.id]
    db.session.commit()


@each_database
def test_failure_adds_nothing_and_takes_nothing_away(app, monkeypatch):
    before = made_by_database()
    rows = loading.Maker.make

    def broken(self, first, many, of, done):
        made = rows(self, first, many, of, done)
        made["message"] = [(999_999, *row[1:]) for row in made["message"]]
        made["conversation"] *= 2
        return made

    monkeypatch.setattr(loading.Maker, "make", broken)
    with pytest.raises(Exception, match=r"(?i)unique"):
        loading.load(50)

    assert count(Conversation) == 0
    assert made_by_database() == before


@pytest.mark.parametrize("command", [["load", "5"], ["stories"]])
def test_real_portal_refuses(make_app, command):
    app = make_app(**PRODUCTION, DEVELOPMENT="0", BREVO_LIST_ID="1", BREVO_WEBHOOK_SECRET="x" * 20)
    result = app.test_cli_runner().invoke(args=["demo", *command])

    assert result.exit_code == 1
    assert "DEVELOPMENT=1 only" in result.output
    with app.app_context():
        assert count(Conversation) == count(Story) == 0
