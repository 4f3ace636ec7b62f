"""The team leads somebody back on the phone, and gets no way in itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.stories.finding import services
from portal.stories.models import Story
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import history
from tests.newsletter import NINE
from tests.stories import a_draft, a_story, an_editor, fresh
from tests.stories.finding.back import (
    NUMBER,
    calls,
    with_words,
)
from tests.team import sign_in


@pytest.fixture
def clock():
    """A clock that stands still at nine, and can be shifted."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(visit, app):
    """The visitor, who is an editor; asks for a call and returns the conversation's path."""

    def ask(number=NUMBER, role=Role.EDITOR):
        services.ask_for_call(number, [])
        sign_in(visit, app, role)
        return f"/inbox/{calls()[-1].id}"

    return ask


def test_the_conversation_leads_to_what_helps(visit, desk):
    a_story(email="", phone=NUMBER)
    path = desk()

    assert visit(path).has(f"a[href='{path}/lost']")
    assert "Help them back" in visit(f"{path}/lost").heading


def test_the_team_reads_out_words_that_lead_there_once(visit, desk, app):
    story = a_story(email="", phone=NUMBER)
    old = with_words(story)
    path = desk()
    given = visit.send(f"{path}/lost", button="Make four new words for this story")
    words = " ".join(item.to_text() for item in given.page.query(".four li"))

    assert given.heading == "Four new words"
    assert services.by_words(old) is None
    assert services.by_words(words).id == story.id
    assert services.by_words(words) is None


def test_who_gave_them_is_kept_with_the_story_and_no_word_is(visit, desk):
    story = a_story(email="", phone=NUMBER)
    path = desk()
    given = visit.send(f"{path}/lost", button="Make four new words for this story")
    words = [item.to_text() for item in given.page.query(".four li")]

    for one in (calls()[-1], fresh(story).conversation):
        assert ("gave new words", None, None) in history(one)
    kept = db.session.get(Story, story.id).phrase
    assert not any(word in kept for word in words)


def test_they_work_for_a_week(app, clock):
    story = a_story(email="", phone=NUMBER)
    talk = a_conversation()
    words = services.give_words(story, talk, an_editor())
    clock.shift(timedelta(days=6, hours=12))
    assert services.by_words(words).id == story.id

    words = services.give_words(fresh(story), talk, an_editor())
    clock.shift(timedelta(days=7))
    assert services.by_words(words) is None


def test_several_who_share_a_phone_are_told_apart(visit, desk):
    a_story(email="", phone=NUMBER, title="The pool")
    a_story(email="", phone=NUMBER, title="The dance")
    a_draft(email="", phone=NUMBER, title="A secret", text="A secret too")
    page = visit(f"{desk()}/lost")

    assert "The pool" in page.text
    assert "The dance" in page.text
    assert "Not sent yet" in page.text
    assert "secret" not in page.text


def test_a_number_without_a_story_is_said_to_the_team(visit, desk):
    assert "We know no story with the number" in visit(f"{desk()}/lost").text


def test_a_reader_sees_it_and_makes_no_words(visit, desk):
    story = a_story(email="", phone=NUMBER)
    path = desk(role=Role.READER)
    page = visit(f"{path}/lost")

    assert not page.has("main form")
    assert visit.post(f"{path}/lost/{story.id}").status in {400, 403}
    assert fresh(story).phrase == story.phrase


def test_words_are_made_only_where_somebody_asked(visit, desk):
    story = a_story(email="", phone=NUMBER)
    other = a_story(email="", phone="0161 496 0001")
    path = desk()
    token = visit(f"{path}/lost").value("csrf_token")
    before = fresh(other).phrase

    answer = visit.post(f"{path}/lost/{other.id}", {"csrf_token": token})
    assert answer.status == 404
    own = f"/inbox/{story.conversation_id}/lost"
    assert visit(own).status == 404
    assert visit.post(f"{own}/{story.id}", {"csrf_token": token}).status == 404
    assert visit("/inbox/99999999999999999999/lost").status == 404
    assert fresh(other).phrase == before


def test_strangers_are_sent_to_the_sign_in(visit, app):
    services.ask_for_call(NUMBER, [])
    path = f"/inbox/{calls()[-1].id}/lost"

    assert visit(path, follow_redirects=True).heading == "Sign in"
