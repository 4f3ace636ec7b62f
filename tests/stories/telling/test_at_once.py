"""The same draft, saved and sent from several places in one moment."""

import pytest

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories.models import Story
from tests.at_once import at_once
from tests.contact import hidden
from tests.stories import ADA, a_draft, count
from tests.stories.telling.steps import STORY, draft_path, newest

pytestmark = pytest.mark.usefixtures("each_database")


def posts(app, *ends):
    """What each gets that is sent at once: pairs of an address and a form."""
    waiting = list(ends)

    def post():
        address, form = waiting.pop()
        return app.test_client().post(address, data=form).status_code

    return sorted(at_once(app, *[post] * len(ends)))


def test_of_many_tabs_that_save_at_once_one_is_saved_and_the_others_are_told(app, visit_plain):
    path = draft_path(a_draft()) + "story"
    tabs = [hidden(visit_plain(path)) | STORY | {"text": f"Tab {number}."} for number in range(4)]

    assert posts(app, *((path, tab) for tab in tabs)) == [303, 409, 409, 409]
    assert newest().text.startswith("Tab ")


def test_one_tab_that_keeps_and_goes_on_at_once_does_not_disturb_itself(app, visit_plain):
    path = draft_path(a_draft()) + "story"
    form = hidden(visit_plain(path)) | STORY

    assert posts(app, *((path + end, form) for end in ("/keep", "/keep", ""))) == [200, 200, 303]


def test_steps_that_are_saved_at_once_are_all_saved(app, visit_plain):
    path = draft_path(a_draft(name="", answers={}))
    said = {"story": STORY | {"title": "Water"}, "you": {"name": "Grace Hopper"}}
    said |= {"consent": {"allow": ["publish"]}}
    forms = [(path + step, hidden(visit_plain(path + step)) | said[step]) for step in said]

    assert posts(app, *forms) == [303] * 3
    story = newest()
    assert (story.title, story.name) == ("Water", "Grace Hopper")
    assert story.answers["consents"]["publish"] == "yes"
    assert set(story.answers["steps"]) == {"story", "you", "consent"}


def test_a_story_that_is_sent_by_many_presses_at_once_is_one(app, visit_plain):
    path = draft_path(a_draft())
    form = hidden(visit_plain(path + "check"))

    assert posts(app, *[(path + "send", form)] * 4) == [303] * 4
    assert count(Conversation) == 1


def test_sending_and_deleting_at_once_do_one_or_the_other(app, visit_plain):
    path = draft_path(a_draft())
    form = hidden(visit_plain(path + "check"))

    assert max(posts(app, (path + "send", form), (path + "delete", form))) < 500
    talks = list(db.session.scalars(db.select(Conversation.subject)))
    assert talks == ([STORY["title"]] if count(Story) else ["Erased"] * len(talks))


@pytest.mark.parametrize("other", ["delete", "story", "story/keep", "words", "link", "send"])
def test_what_is_deleted_in_the_same_moment_is_no_fault(app, visit_plain, other):
    path = draft_path(a_draft())
    form = hidden(visit_plain(path + "story")) | STORY | {"email": ADA}

    assert max(posts(app, *((path + end, form) for end in ("delete", other, "delete")))) < 500
