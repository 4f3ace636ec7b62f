"""Who tries many words, numbers or forms of other sites gets nowhere."""

from __future__ import annotations

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.stories.finding import routes
from portal.stories.states import StoryState
from tests.stories import ADA, a_draft, a_story, fresh
from tests.stories.finding.back import (
    CALL,
    FIND,
    MAIL,
    NUMBER,
    calls,
    press,
    with_words,
)


@pytest.fixture
def limited(make_app):
    app = make_app(RATELIMIT_ENABLED="1")
    with app.app_context():
        yield app


def test_only_twenty_tries_in_an_hour_come_from_one_place(limited):
    story = a_draft()
    words = with_words(story)
    typed = ["apple apple apple apple"] * 20 + [words]

    assert press(limited, FIND, "by-words", typed) == [422] * 20 + [429]
    assert press(limited, FIND, "by-words", [words], "192.0.2.2") == [303]


def test_and_two_hundred_from_all_places(limited, monkeypatch):
    monkeypatch.setattr(routes, "TRIES_OF_ALL", "5/hour")
    words = with_words(a_draft())
    for number in range(5):
        assert press(limited, FIND, "by-words", ["a b c d"], f"192.0.2.{number}") == [422]

    assert press(limited, FIND, "by-words", [words], "192.0.2.99") == [429]


def test_many_calls_from_one_place_are_held(limited):
    numbers = [f"0161 496 00{number}" for number in range(10, 16)]
    for number in numbers:
        a_story(email="", phone=number)
    assert press(limited, CALL, "call-phone", numbers) == [303] * 6

    assert [talk.state for talk in calls()] == ["new"] * 5 + ["held"]


@pytest.mark.parametrize("path", [MAIL, CALL])
def test_what_is_loaded_again_is_the_page(visit_plain, path):
    answer = visit_plain(path, follow_redirects=True)

    assert answer.heading == "Find your story again"


@pytest.mark.parametrize("path", [FIND, MAIL, CALL])
def test_a_form_of_another_site_does_nothing(visit_plain, path):
    story = a_story(phone=NUMBER)
    fields = {"by-words": with_words(story), "mail-email": ADA, "call-phone": NUMBER}
    before = db.session.query(Outgoing).count()
    db.session.commit()

    assert visit_plain.post(path, fields).status == 422
    assert calls() == []
    assert db.session.query(Outgoing).count() == before


def test_looking_at_the_page_changes_nothing(visit):
    story = a_draft()
    version = story.version
    visit(FIND)

    assert fresh(story).version == version
    assert fresh(story).state is StoryState.DRAFT
