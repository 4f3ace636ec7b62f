"""Who else has a conversation open, who is writing in it, and that somebody has opened it."""

from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db, now
from portal.inbox.desk import presence, services
from portal.inbox.desk.models import Presence
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, history, path, token
from tests.team import a_member, sign_in


def here(visit_plain, conversation, **more):
    """Say that the page is open, as the page does by itself."""
    return visit_plain.post(f"{path(conversation)}/presence", token(visit_plain) | more)


def seconds(number):
    db.session.commit()
    return time_machine.travel(now() + timedelta(seconds=number))


@pytest.mark.parametrize("role", list(Role))
def test_opening_is_noted_once_whoever_it_was_and_stands_in_nobodys_way(
    app, visit_plain, ben, role
):
    """A colleague's page from before is not stale because somebody looked."""
    sign_in(visit_plain, app, role=role)
    conversation = a_conversation()
    seen = conversation.version
    here(visit_plain, conversation)
    first = fresh(conversation).opened_at
    with seconds(60):
        here(visit_plain, conversation)
        services.open_for(conversation.id, ben)

    assert first is not None
    assert (fresh(conversation).opened_at, conversation.version) == (first, seen)
    assert [what for what, _, _ in history(conversation)] == ["received", "opened"]


def test_colleague_who_writes_is_said_to_write_until_20_seconds_later_or_until_they_send(
    visit_plain, ada, ben
):
    conversation = a_conversation()
    presence.here(conversation.id, ben, writing=True)
    for later, words in ((0, "Ben is writing."), (15, "Ben is writing."), (25, "Ben has this")):
        with seconds(later):
            presence.here(conversation.id, ben)
            assert words in here(visit_plain, conversation).text
    presence.here(conversation.id, ben, writing=True)
    presence.rests(conversation.id, ben)
    assert "Ben has this" in here(visit_plain, conversation).text


def test_colleague_who_has_it_open_is_named_for_45_seconds_and_oneself_is_not(
    visit_plain, ada, ben, conversation
):
    words = "Ben has this open too."
    presence.here(conversation.id, ben)
    assert words in visit_plain(path(conversation)).text
    for later, is_named in ((0, True), (40, True), (46, False)):
        with seconds(later):
            page = here(visit_plain, conversation)
            assert (words in page.text) is is_named
            assert "Ada" not in page.page.query("#presence")[0].to_text()


def test_typing_tells_colleagues_of_it(visit_plain, ada, cleo, conversation):
    sent = token(visit_plain) | {"text": "Dear", "draft_seen": "0"}
    visit_plain.post(f"{path(conversation)}/draft", sent)

    assert "Ada is writing." in here(cleo, conversation).text


def test_what_a_colleague_did_is_said_and_ones_own_deeds_are_not(visit_plain, ada, ben):
    conversation = a_conversation()
    seen = visit_plain(path(conversation))
    since = seen.page.query("[data-poll]")[0].attrs["data-hx-vals"].split('"')[3]
    services.change(fresh(conversation), ada, {}, tags=["adas"])
    assert "Something is new" not in here(visit_plain, conversation, since=since).text
    services.change(fresh(conversation), ben, {}, tags=["bens"])

    assert "Something is new here. Show it" in here(visit_plain, conversation, since=since).text


@pytest.mark.usefixtures("each_database")
def test_two_windows_that_open_at_once_are_one_presence(app, at_once):
    number, conversation_id = a_member().id, a_conversation().id

    def look():
        member = db.session.get(services.Member, number)
        services.open_for(conversation_id, member)
        presence.here(conversation_id, member)

    assert at_once(look, look, look) == [None, None, None]
    assert db.session.scalar(db.select(db.func.count()).select_from(Presence)) == 1
    db.session.commit()


def test_who_wants_no_announcements_hears_none_and_sees_all_once(visit_plain, ada, ben):
    conversation = a_conversation()
    presence.here(conversation.id, ben)
    for announces in (True, False):
        ada.announces = announces
        db.session.commit()
        page = here(visit_plain, conversation).page
        assert "Ben has this" in page.query("#presence > .note")[0].to_text()
        assert bool(page.query("#presence .spoken")) is announces
