"""Sorting: owner, state, tags, days, merging, revoking, erasing. Everything is in the history."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import text

from portal.clearing import tasks as clearing
from portal.extensions import db, now
from portal.inbox import intake, links, tasks
from portal.inbox.desk import replies, services, snooze
from portal.inbox.models import Attachment, ConversationState, Keeping, Original
from portal.retention import services as retention
from portal.team import services as team
from portal.team.models import Role
from portal.transaction import NotPossible
from portal.ways import Way
from portal.words import near
from tests.clearing import deliver
from tests.inbox import a_conversation
from tests.inbox.desk import answer, fresh, history, messages, path, press, shown
from tests.newsletter import tables
from tests.team import a_member, sign_in


def sort(visit_plain, conversation, **changes):
    sent = {"owner": "", "state": "open", "tags": "", "due": "2030-03-27", "snooze": ""} | changes
    return visit_plain.send(path(conversation), sent, button="Save")


def test_each_change_says_who_what_before_and_after(visit_plain, ada, conversation):
    due = conversation.due_at
    wanted = {"owner": str(ada.id), "state": "waiting", "tags": "Pool, hoist ,pool"}
    page = sort(visit_plain, conversation, **wanted)
    changed = fresh(conversation)

    assert "Saved." in page.text
    assert "changed the tags: added hoist, pool" in page.text
    assert "moved it from New to Waiting for them" in page.text
    assert "to 27 March 2030 at 17:00" in page.text
    assert (changed.owner_id, changed.state) == (ada.id, ConversationState.WAITING)
    assert changed.labels == ["hoist", "pool"]
    said = history(conversation)
    assert ("owner_id", None, ada.id) in said
    assert ("state", "new", "waiting") in said
    assert ("tags", [], ["hoist", "pool"]) in said
    assert ("due_at", due.isoformat(), "2030-03-27T17:00:00+00:00") in said

    sort(visit_plain, conversation, **wanted)
    assert history(conversation) == said  # what stays the same is no change


def test_days_are_on_the_clocks_of_the_zone_and_what_is_hidden_waits(visit_plain, ada):
    conversation = a_conversation()
    sort(visit_plain, conversation, due="2030-07-01", snooze="2030-07-01")
    conversation = fresh(conversation)

    assert conversation.due_at.isoformat() == "2030-07-01T16:00:00+00:00"  # five in summer
    assert conversation.snoozed_until.isoformat() == "2030-06-30T23:00:00+00:00"
    assert conversation.state is ConversationState.WAITING


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("27 March 2030 at 12:00", "27 March 2030 at 12:00"),  # as it was shown
        ("27 March 2030", "27 March 2030 at 12:00"),
        ("27 March 2030 3pm", "27 March 2030 at 15:00"),
        ("28 March 2030", "28 March 2030 at 17:00"),
        ("in two hours", "1 March 2030 at 11:05"),
        ("3pm", "1 March 2030 at 15:00"),
        ("Monday 9am", "4 March 2030 at 09:00"),
    ],
)
def test_time_of_day_is_typed_shown_and_kept(app, visit_plain, typed, at):
    with time_machine.travel(datetime(2030, 3, 1, 9, 5, 30, tzinfo=UTC), tick=False):
        sign_in(visit_plain, app)
        conversation = a_conversation(deadline_at=datetime(2030, 3, 27, 12, tzinfo=UTC))
        sent = shown(visit_plain(path(conversation)), "triage")
        page = visit_plain.post(f"{path(conversation)}/triage", sent | {"due": typed, "tags": "a"})

        assert (page.status, page.value("due")) == (200, at)
        if not at.startswith("27 March"):
            page = visit_plain.post(f"{path(conversation)}/triage", sent | {"snooze": typed})
            asked = at.replace("17:00", "00:00")
            assert (page.status, page.value("snooze")) == (200, asked)


def test_what_has_passed_is_no_moment_to_hide_until_and_what_is_shown_stays(app, visit_plain):
    conversation = a_conversation()
    with time_machine.travel(datetime(2030, 3, 1, 9, tzinfo=UTC), tick=False):
        sign_in(visit_plain, app)
        page = sort(visit_plain, conversation, snooze="8:30am")
        assert (page.status, page.value("snooze")) == (422, "8:30am")
        assert "That has passed." in page.text
        sort(visit_plain, conversation, snooze="9:30am")
        sent = shown(visit_plain(path(conversation)), "triage")
    with time_machine.travel(datetime(2030, 3, 1, 10, tzinfo=UTC), tick=False):
        page = visit_plain.post(f"{path(conversation)}/triage", sent | {"tags": "pool"})
        assert page.status == 200


def test_readers_and_those_who_left_own_nothing_that_waits(app, visit_plain, ada):
    boss, ben, cleo = (a_member(Role.MANAGER, name=name) for name in ("Boss", "Ben", "Cleo"))
    reader = a_member(Role.READER, name="Rea")
    bens, closed, cleos = a_conversation(), a_conversation(), a_conversation()
    for one, owner in ((bens, ben), (closed, ben), (cleos, cleo)):
        services.change(fresh(one), ada, {}, owner_id=owner.id)
    services.change(fresh(closed), ada, {}, state=ConversationState.CLOSED)
    assert "Rea" not in {one.to_text() for one in visit_plain(path(bens)).page.query("#owner *")}
    with pytest.raises(NotPossible):
        services.change(fresh(bens), ada, {}, owner_id=reader.id)
    with pytest.raises(NotPossible):
        services.change_many({bens.id: {}}, ada, {"owner_id": reader.id})
    team.disable(ben, boss)
    team.set_role(cleo, Role.READER, boss)

    assert [fresh(one).owner_id for one in (bens, closed, cleos)] == [None, ben.id, None]
    assert ("owner_id", ben.id, None) in history(bens)
    sent = shown(visit_plain(path(closed)), "triage") | {"tags": "pool"}
    visit_plain.post(f"{path(closed)}/triage", sent)
    assert fresh(closed).owner_id == ben.id  # nobody took it from him
    intake.add_incoming(fresh(closed), "Once more", way=Way.WEB)
    db.session.commit()
    assert fresh(closed).owner_id is None


def test_one_button_moves_it_and_another_moves_it_back(visit_plain, ada, conversation):
    for button, folder in (
        ("Spam", "spam"),
        ("It is from a person", "active"),
        ("Assign to me", "active"),
        ("Close", "closed"),
    ):
        page = press(visit_plain, conversation, button)
        assert fresh(conversation).folder == folder

    assert fresh(conversation).owner_id == ada.id
    assert "Closed: “Is the pool warm in winter?”" in page.text
    here = urlsplit(page.response.request.full_path)
    visit_plain.send(f"{here.path}?{here.query}", button="Undo")
    assert fresh(conversation).folder == "active"
    again = visit_plain.send(f"{here.path}?{here.query}", button="Undo")
    assert "Somebody has changed it since." in again.text
    assert len(messages(conversation)) == 1


def test_one_button_hides_it_until_then_and_undo_brings_it_back(visit_plain, ada, conversation):
    for one in snooze.choices():
        page = press(visit_plain, conversation, one.words)
        until = fresh(conversation).snoozed_until
        assert abs(until - one.moment) < timedelta(minutes=1)
        assert fresh(conversation).folder == "waiting"
        assert f"Hidden: “Is the pool warm in winter?” comes back {near(until)}." in page.text
        here = urlsplit(page.response.request.full_path)
        visit_plain.send(f"{here.path}?{here.query}", button="Undo")
        assert (fresh(conversation).folder, fresh(conversation).snoozed_until) == ("active", None)


def test_what_was_put_together_shows_both_and_can_be_taken_apart(visit_plain, ada):
    first, second = a_conversation(text="About the pool"), a_conversation(text="About the hoist")
    reference = second.reference.lower()
    replies.save_draft(first, ada, "I will ask the pool", 0)
    visit_plain.send(path(first), {"reference": reference}, button="Put it in")
    intake.add_incoming(fresh(first), "Are you still there?", way=Way.WEB)
    db.session.commit()
    page = visit_plain(path(second))
    said = ("About the pool", "About the hoist", "Are you still there?", "I will ask the pool")
    for words in said:
        assert words in page.text
    assert (fresh(first).folder, fresh(second).folder) == ("merged", "active")

    press(visit_plain, first, "Take it apart again")
    assert fresh(first).folder == "active"
    assert ("took in", None, first.reference) in history(second)
    assert ("let go", first.reference, None) in history(second)


def test_merging_with_nothing_says_so(visit_plain, ada):
    for wrong in ("", "XXXX-XXXX"):
        page = visit_plain.send(path(a_conversation()), {"reference": wrong}, button="Put it in")
        assert page.status == 422
        assert "There is no conversation" in page.text


def test_what_waits_for_the_team_wakes_what_it_is_put_into_and_nothing_else_does(app):
    ada, closed = a_member(), ConversationState.CLOSED
    for state, then in (("new", ConversationState.OPEN), ("waiting", closed)):
        one, into = a_conversation(), a_conversation()
        one.state, into.state = ConversationState(state), closed
        db.session.commit()
        services.merge(one.id, into.reference, ada, {})
        assert fresh(into).state is then


def test_merging_makes_no_loop(app):
    ada = a_member()
    first, second, third = (a_conversation(text=f"Number {n}") for n in range(3))
    services.merge(fresh(first).id, second.reference, ada, {})
    services.merge(fresh(second).id, third.reference, ada, {})
    with pytest.raises(NotPossible):
        services.merge(fresh(third).id, first.reference, ada, {})

    assert intake.root(fresh(first)).id == third.id


def test_stopped_link_stops_and_the_conversation_stays(visit_plain, ada, conversation):
    old = links.own_url(conversation)

    assert press(visit_plain, conversation, "Stop the private link").status == 200
    assert visit_plain(old).status == 404
    assert ("link revoked", None, None) in history(conversation)


WORD = "zqxunforgettable"


def erased_by_hand(visit, conversation):
    deliver()
    retention.keep("conversations", conversation.id, WORD, 1)
    page = visit.send(f"{path(conversation)}/erase", button="Erase it all")
    assert page.status == 200
    assert "are erased" in page.text


def ended_as_spam(visit, conversation):
    for page in (press(visit, conversation, "Spam"), visit("/inbox/?folder=spam")):
        assert "Spam is erased with its files, 30 days after" in page.text
    for days, is_there in ((30, True), (31, False)):
        with time_machine.travel(now() + timedelta(days=days, seconds=-9), tick=False):
            tasks.end_spam.call_local()
        assert bool(where_it_is()) is is_there
    assert fresh(conversation).state == "spam"


def ended_in_time(visit, conversation):
    press(visit, conversation, "Close")
    deliver()
    for days in (725, 740):  # told of, and deleted a week after that
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            clearing.end_due.call_local()
            clearing.tell_week.call_local()


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("erase", [erased_by_hand, ended_as_spam, ended_in_time])
def test_erasing_leaves_no_word_in_any_table(app, visit_plain, erase):
    ada = sign_in(visit_plain, app, role=Role.MANAGER)
    said = dict.fromkeys(("text", "name", "needs", "outlet", "deadline_words"), WORD)
    conversation = a_conversation(**said, email=f"{WORD}@example.org")
    services.change(conversation, ada, {}, tags=[WORD])
    replies.save_draft(fresh(conversation), a_member(name="Ben"), WORD, 0)
    replies.save_draft(fresh(conversation), ada, f"{WORD} again", 1)
    replies.add_note(fresh(conversation), ada, WORD)
    number = messages(conversation)[0].id
    db.session.add(Original(message_id=number, content={"Subject": WORD}))
    named = {"name": WORD, "alt": WORD, "reason": WORD, "state": Keeping.REFUSED}
    db.session.add(Attachment(message_id=number, **named))
    db.session.commit()
    answer(visit_plain, conversation, WORD, also_to=f"{WORD}@example.net")
    db.session.add(Attachment(conversation_id=conversation.id, **named))
    db.session.commit()
    assert len(where_it_is()) > 5
    erase(visit_plain, conversation)

    assert where_it_is() == []


def test_what_is_held_or_in_danger_or_was_just_written_to_is_never_ended_as_spam(app, clock):
    talks = [a_conversation(doubts=["Too quick"])]
    talks += [a_conversation(text=words) for words in ("I want to die", "Hi", "Hello", "Buy")]
    for talk in talks[1:]:
        talk.state = ConversationState.SPAM
    talks[3].state = ConversationState.CLOSED
    db.session.commit()
    clock.shift(timedelta(days=29))
    intake.add_incoming(talks[2], "Hello again", way=Way.WEB)
    db.session.commit()
    clock.shift(timedelta(days=10))
    tasks.end_spam.call_local()

    assert ["Erased" in fresh(talk).subject for talk in talks] == [False] * 4 + [True]


def where_it_is():
    """The tables in which the word still is."""
    found = tables()
    if db.engine.dialect.name == "sqlite":
        found["search"] = db.session.execute(
            text("SELECT head, sender, text, compact FROM search")
        ).all()
        db.session.commit()
    return [name for name, rows in found.items() if WORD in str(rows)]
