"""The same draft, saved and sent from several places in one moment."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories.models import Story
from tests.at_once import at_once
from tests.contact import hidden
from tests.stories import a_draft
from tests.stories.telling.steps import STORY, draft_path, newest, rows
from tests.visit import Visit

TABS = 4


@pytest.fixture
def app(make_app, database):
    app = make_app(DATABASE_URL=database)
    with app.app_context():
        yield app


@pytest.fixture
def visit(app):
    return Visit(app, htmx=False)


def test_of_many_tabs_that_save_at_once_one_is_saved_and_the_others_are_told(app, visit):
    path = draft_path(a_draft()) + "story"
    tabs = [hidden(visit(path)) | STORY | {"text": f"Tab {number}."} for number in range(TABS)]

    def save():
        return app.test_client().post(path, data=tabs.pop()).status_code

    assert sorted(at_once(app, *[save] * TABS)) == [303, 409, 409, 409]
    assert newest().text.startswith("Tab ")


def test_one_tab_that_keeps_and_goes_on_at_once_does_not_disturb_itself(app, visit):
    path = draft_path(a_draft()) + "story"
    form = hidden(visit(path)) | STORY
    ends = ["/keep", "/keep", ""]

    def save():
        return app.test_client().post(path + ends.pop(), data=form).status_code

    assert sorted(at_once(app, *[save] * 3)) == [200, 200, 303]


def test_steps_that_are_saved_at_once_are_all_saved(app, visit):
    path = draft_path(a_draft(name="", answers={}))
    forms = [
        (path + "story", hidden(visit(path + "story")) | STORY | {"title": "Water"}),
        (path + "you", hidden(visit(path + "you")) | {"name": "Grace Hopper"}),
        (path + "consent", hidden(visit(path + "consent")) | {"allow": ["publish"]}),
    ]

    def save():
        address, form = forms.pop()
        return app.test_client().post(address, data=form).status_code

    assert at_once(app, *[save] * 3) == [303] * 3
    story = newest()
    assert (story.title, story.name) == ("Water", "Grace Hopper")
    assert story.answers["consents"]["publish"] == "yes"
    assert set(story.answers["steps"]) == {"story", "you", "consent"}


def test_a_story_that_is_sent_by_many_presses_at_once_is_one(app, visit):
    path = draft_path(a_draft())
    form = hidden(visit(path + "check"))

    def press():
        return app.test_client().post(path + "send", data=form).status_code

    assert at_once(app, *[press] * TABS) == [303] * TABS
    assert rows(Conversation) == 1


def test_sending_and_deleting_at_once_do_one_or_the_other(app, visit):
    path = draft_path(a_draft())
    form = hidden(visit(path + "check"))
    ends = ["send", "delete"]

    def press():
        return app.test_client().post(path + ends.pop(), data=form).status_code

    assert all(status < 500 for status in at_once(app, *[press] * 2))
    talks = list(db.session.scalars(db.select(Conversation.subject)))
    assert talks == ([STORY["title"]] if rows(Story) else ["Erased"] * len(talks))


@pytest.mark.parametrize("other", ["delete", "story", "story/keep", "words", "link", "send"])
def test_what_is_deleted_in_the_same_moment_is_no_fault(app, visit, other):
    for _ in range(3):
        path = draft_path(a_draft())
        form = hidden(visit(path + "story")) | STORY | {"email": "ada@example.org"}
        ends = ["delete", other, "delete"]

        def press(path=path, form=form, ends=ends):
            return app.test_client().post(path + ends.pop(), data=form).status_code

        assert all(status < 500 for status in at_once(app, *[press] * 3))
