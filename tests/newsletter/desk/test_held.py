"""Held sign-ups: seen, let through, discarded, and thought over."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.newsletter import retention, services, tasks
from portal.newsletter.models import HeldSignup
from portal.team.models import Role
from tests.newsletter import ADA, anything_kept_about, link_in, owner_of, state_of, tables
from tests.newsletter.desk import HELD, LIST
from tests.team import sign_in

HOUR = timedelta(hours=1)


@pytest.fixture
def held(app, clock):
    services.hold(ADA, ["ideas"], "plain", ["Too quick", "A field was filled in"])
    services.hold("eve@example.org", [], "standard", ["Too quick"])


def decide(visit, words):
    """Press a button of the first one."""
    return visit.send(HELD, button=words)


def test_they_stand_with_who_and_why_where_the_dashboard_and_the_list_lead(
    visit_plain, held, editor
):
    page = visit_plain(HELD)

    assert "Too quick; A field was filled in" in page.text
    assert "Ideas for moving at home" in page.text
    for place in ("/inbox/dashboard", LIST):
        assert visit_plain(place).has(f"a[href='{HELD}']")
    assert "newsletter sign-ups held for a check" in visit_plain("/inbox/dashboard").text


@pytest.mark.usefixtures("each_database")
def test_one_that_is_let_through_gets_the_mail_once_the_time_to_think_is_over(
    visit_plain, held, editor, mailbox, clock
):
    page = decide(visit_plain, f"Let it through : {ADA}")
    assert "It goes its usual way." in page.text
    assert (retention.waiting(), mailbox()) == (1, [])
    clock.shift(timedelta(seconds=editor.undo_seconds + 1))
    (mail,) = mailbox()

    assert owner_of(mail) == ADA
    assert link_in(mail, "confirm")
    late = visit_plain.send(f"{HELD}?done=release&of=1", button=f"Undo : {ADA}")
    assert "It was too late" in late.text
    assert retention.waiting() == 1


@pytest.mark.parametrize("words", ["Let it through", "Discard"])
def test_each_decision_can_be_thought_over(visit_plain, held, editor, mailbox, words, clock):
    decide(visit_plain, f"{words} : {ADA}")
    page = visit_plain.send(f"{HELD}?done=discard&of=1", button=f"Undo : {ADA}")
    assert "It waits for a decision again." in page.text
    clock.shift(HOUR)

    assert retention.waiting() == 2
    assert mailbox() == []
    decide(visit_plain, f"Let it through : {ADA}")
    clock.shift(HOUR)
    assert [owner_of(mail) for mail in mailbox()] == [ADA]


def test_what_was_decided_about_is_erased_an_hour_later(visit_plain, held, editor, clock):
    decide(visit_plain, f"Discard : {ADA}")
    assert retention.held_for(ADA)
    clock.shift(HOUR + timedelta(seconds=1))
    tasks.tidy.call_local()

    assert not anything_kept_about(ADA)
    assert [row.email for row in tables()["held_signup"]] == ["eve@example.org"]
    assert state_of() is None


def test_two_who_press_at_once_decide_once(visit_plain, held, editor, mailbox, clock):
    sent = visit_plain(HELD).form("form[action$='/held/1']")
    for do in ("release", "discard", "release"):
        visit_plain.post(f"{HELD}/1", sent | {"do": do})
    clock.shift(HOUR)

    assert [owner_of(mail) for mail in mailbox()] == [ADA]
    assert db.session.get(HeldSignup, 1).mail_id
    db.session.commit()


def test_who_only_reads_decides_nothing(app, visit_plain, held):
    sign_in(visit_plain, app, Role.READER)

    assert ADA in visit_plain(HELD).text
    assert not visit_plain(HELD).has("main form")
