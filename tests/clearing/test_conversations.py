"""A closed conversation is erased in its time: told of a week ahead, and never what is open."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import delivery
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now, write_rows
from portal.inbox import intake
from portal.inbox.desk import replies, services
from portal.inbox.models import Attachment, Conversation, Keeping, Sending
from portal.retention import services as retention
from portal.retention.models import Ending
from portal.transaction import NotPossible
from portal.ways import Way
from tests.clearing import closed, deliver, has_words, live
from tests.delivery import mail
from tests.inbox import a_conversation

EVE = 20  # days: told of, and over in a moment
LATEST = 20 + 14 + 7  # days: its time, the weeks from notice to end, and our steps here


def notices():
    query = select(Outgoing).where(Outgoing.name == "retention_notice")
    return list(db.session.scalars(query.order_by(Outgoing.id)))


@pytest.mark.usefixtures("each_database")
def test_it_is_told_of_a_week_ahead_and_erased_in_time(ada, clock):
    talk, began = closed(ada), now()
    went = []
    live(clock, LATEST, lambda: has_words(talk) or went or went.append(now()), step=1)
    texts = {row.created_at: row.payload.get("text", "") for row in notices()}
    told = [at for at, text in texts.items() if "\n- 1 closed conversation\n" in text]

    assert len(told) == 1
    assert [at for at, text in texts.items() if text] == told
    assert went
    assert told[0] + timedelta(days=7) <= went[0]
    assert went[0] - began > timedelta(days=20)
    assert db.session.scalars(select(Ending)).all() == []


def fails(talk, state=OutgoingState.FAILED):
    row = delivery.enqueue(mail())
    db.session.add(Sending(outgoing_id=row, conversation_id=talk.id))
    db.session.commit()
    write_rows(update(Outgoing).where(Outgoing.id == row).values(state=state))
    db.session.commit()


def set_to(**values):
    def change(talk, ada):
        write_rows(update(Conversation).where(Conversation.id == talk.id).values(values))
        db.session.commit()

    return change


def a_file_is_to_come(talk, ada):
    talk.messages[0].attachments = [Attachment(name="a", state=Keeping.FETCHING, place="x")]
    db.session.commit()


def has_part_in_doubt(talk, ada):
    part = a_conversation()
    services.merge(part.id, talk.reference, ada, {})
    services.change(talk, ada, {}, state="closed")
    deliver()
    fails(part, OutgoingState.UNCERTAIN)


def in_danger(talk, ada):
    set_to(danger_at=now())(talk, ada)


def hidden(talk, ada):
    until = now() + timedelta(days=400)
    services.change(talk, ada, {}, snoozed_until=until)


STAYS = {
    "new": set_to(state="new"),
    "open": set_to(state="open"),
    "held": set_to(state="held"),
    "waits, and was never answered": set_to(state="waiting"),
    "hidden until a day": hidden,
    "in danger": in_danger,
    "in trouble": set_to(trouble="A mail failed"),
    "a file is to come": a_file_is_to_come,
    "a part of it is in doubt": has_part_in_doubt,
    "a person keeps it": lambda talk, ada: retention.keep("conversations", talk.id, "So", ada.id),
    **{
        f"a mail is {state}": lambda talk, ada, state=state: fails(talk, state)
        for state in ("queued", "sending", "waiting", "failed", "uncertain")
    },
}


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("days", [0, EVE])
def test_what_is_not_done_with_stays_however_late_that_is_known(ada, clock, days):
    talks, gone = {why: closed(ada) for why in STAYS}, closed(ada)
    live(clock, days)
    for why, talk in talks.items():
        assert has_words(talk), why
        STAYS[why](db.session.get_one(Conversation, talk.id), ada)
    live(clock, 60)

    assert not has_words(gone)
    assert [why for why, talk in talks.items() if not has_words(talk)] == []


def test_what_is_being_written_stays_while_it_is(ada, clock):
    talk = closed(ada)
    live(clock, EVE)
    replies.save_draft(db.session.get_one(Conversation, talk.id), ada, "Dear", 0)
    live(clock, 14)
    assert has_words(talk)
    live(clock, LATEST)

    assert not has_words(talk)


def test_who_writes_again_has_all_of_the_time_again(ada, clock):
    talk = closed(ada)
    live(clock, EVE)
    intake.add_incoming(db.session.get_one(Conversation, talk.id), "Thanks", way=Way.WEB)
    db.session.commit()
    services.change(db.session.get_one(Conversation, talk.id), ada, {}, state="closed")
    deliver()
    live(clock, 20)
    assert has_words(talk)
    live(clock, LATEST - 20)

    assert not has_words(talk)


def test_what_we_answered_and_nobody_wrote_again_in_ends_too(ada, clock):
    talk = a_conversation(reply_by=Way.PHONE)
    replies.answer(talk, ada, "We called.", Way.PHONE)
    deliver()
    live(clock, LATEST)

    assert not has_words(talk)


def test_what_was_put_into_it_ends_with_it_whoever_said_it(ada, clock):
    talk, other = a_conversation(), a_conversation(name="Bo", email="bo@example.org")
    services.merge(other.id, talk.reference, ada, {})
    services.change(db.session.get_one(Conversation, talk.id), ada, {}, state="closed")
    deliver()
    live(clock, LATEST)

    assert not has_words(talk)
    assert not has_words(other)


def test_who_keeps_it_no_more_lets_it_go_a_week_after_the_team_hears(ada, clock):
    talk = closed(ada)
    retention.keep("conversations", talk.id, "A complaint", ada.id)
    live(clock, 60)
    retention.let_go("conversations", talk.id)
    live(clock, 7)
    assert has_words(talk)
    live(clock, 8)

    assert not has_words(talk)


def test_after_a_restore_nothing_ends_before_the_team_hears_again(ada, clock):
    talk = closed(ada)
    live(clock, EVE)
    retention.tell_anew()
    db.session.commit()
    live(clock, 7)
    assert has_words(talk)
    live(clock, 14)

    assert not has_words(talk)


def test_what_is_open_or_gone_cannot_be_kept(ada, clock):
    talk = a_conversation()
    with pytest.raises(NotPossible):
        retention.keep("conversations", talk.id, "So", ada.id)
    gone = closed(ada)
    live(clock, LATEST)
    with pytest.raises(NotPossible):
        retention.keep("conversations", gone.id, "So", ada.id)


def test_a_wrong_setting_ends_no_more_than_one_notice_can_name(app, ada, clock, monkeypatch):
    monkeypatch.setattr(retention, "MOST", 2)
    talks = [closed(ada) for _ in range(3)]
    app.config["CLOSED_DAYS"] = 1
    live(clock, 16)

    assert [has_words(talk) for talk in talks] == [False, False, True]
