"""One story changed in the same moment by several: never is a text public without its yes."""

import threading
from contextlib import suppress

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories import shaping, tasks, texts, withdrawal
from portal.stories.models import Revision, Story
from portal.stories.states import StoryState
from portal.transaction import NotPossible, Stale
from tests import stories
from tests.at_once import LONGEST, at_once
from tests.contact import hidden
from tests.stories import ADA, a_draft, a_story, an_editor, approved, count, fresh, handed_over
from tests.stories.days import DAY, mails
from tests.stories.telling.steps import STORY, draft_path, newest

ROUNDS = range(5)
pytestmark = pytest.mark.usefixtures("each_database")


def together(app, *deeds):
    """Do these at once, each in a session of its own; returns what was raised."""
    return [one for one in at_once(app, *deeds) if isinstance(one, Exception)]


def deed(service, story, *rest, **named):
    """The service as a deed of a session of its own, which has its own story and member."""
    story_id, editor = story.id, an_editor()

    def do():
        mine = [an_editor() if one is editor else one for one in rest]
        service(db.session.get(Story, story_id), *mine, **named)

    return do


def approve_and_publish(story, revision_id, digest, editor):
    shaping.approve(story, revision_id, digest)
    shaping.publish(story, editor)


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_yes_and_an_edit_at_once(app, round_):
    story, editor = handed_over(), an_editor()
    newest, wanted = texts.latest(story), stories.content(story, text="Newer.")
    yes_id, yes_digest = newest.id, newest.digest
    say_yes = deed(approve_and_publish, story, yes_id, yes_digest, editor)
    raised = together(app, say_yes, deed(shaping.revise, story, editor, wanted, newest.number))
    story = fresh(story)

    # What went wrong may only be what people are told kindly.
    assert all(isinstance(error, Stale | NotPossible) for error in raised), raised
    if story.state is StoryState.PUBLISHED:
        assert story.published.digest == yes_digest
        assert story.published.id in {one.revision_id for one in story.approvals}
    else:
        assert story.published is None


@pytest.mark.parametrize("round_", ROUNDS)
def test_publishing_and_withdrawing_at_once_ends_withdrawn(app, round_):
    story = approved()
    withdraw = deed(withdrawal.withdraw, story, keep_files=True)
    raised = together(app, deed(shaping.publish, story, an_editor()), withdraw)

    assert all(isinstance(error, NotPossible) for error in raised)
    assert fresh(story).state is StoryState.WITHDRAWN


def test_withdrawing_twice_at_once_is_doing_it_once(app):
    story = stories.published()
    withdraw = deed(withdrawal.withdraw, story, keep_files=False)

    assert together(app, withdraw, withdraw) == []
    assert fresh(story).state is StoryState.WITHDRAWN


def test_two_stories_with_one_title_get_two_addresses(app):
    pair = [approved() for _ in range(2)]

    assert together(app, *(deed(shaping.publish, one, an_editor()) for one in pair)) == []
    assert len({fresh(story).slug for story in pair}) == 2


@pytest.mark.services
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_past_the_services_an_edit_and_a_publication_wait_for_each_other(app):
    """In two transactions, without our locks: the triggers alone must hold."""
    story = approved()
    ids = {"id": texts.latest(story).id, "story": story.id}
    changed = {"id": "nextval('revision_id_seq')", "number": "number + 1", "text": "'Newer.'"}
    columns = [column.name for column in Revision.__table__.columns]
    names = ", ".join(f'"{name}"' for name in columns)
    copied = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    edit = text(f"INSERT INTO revision ({names}) SELECT {copied} FROM revision WHERE id = :id")
    public = "state = 'published', published_revision_id = :id"
    publish = text(f"UPDATE story SET {public} WHERE id = :story")
    db.session.commit()
    outcome = []

    def run():
        with app.app_context(), suppress(Exception), db.engine.begin() as other:
            other.execute(publish, ids)
            outcome.append("published")

    with db.engine.connect() as editor:
        editor.execute(edit, {"id": ids["id"]})
        thread = threading.Thread(target=run)
        thread.start()
        editor.commit()
        thread.join(LONGEST)
    assert outcome == []
    assert fresh(story).published_revision_id is None


def work_twice_at_once(app):
    assert together(app, tasks.keep_time.call_local, tasks.keep_time.call_local) == []
    db.session.expire_all()


def test_of_two_workers_one_says_it(app, clock):
    people = [f"person-{number}@example.org" for number in range(6)]
    for person in people:
        handed_over(a_story(email=person))
    a_draft(email="draft@example.org", wants_reminder=True)
    clock.shift(7 * DAY)
    for _ in range(2):
        work_twice_at_once(app)

    assert [mails(person) for person in people] == [["reminder"]] * len(people)
    clock.shift(46 * DAY)
    work_twice_at_once(app)
    assert mails("draft@example.org") == ["draft_reminder"]
    clock.shift(7 * DAY)
    work_twice_at_once(app)
    assert count(Story) == len(people)


def test_a_yes_in_the_moment_of_a_reminder_stands(app, clock):
    story = handed_over()
    newest = texts.latest(story)
    say_yes = deed(shaping.approve, story, newest.id, newest.digest)
    clock.shift(28 * DAY)

    assert together(app, say_yes, tasks.keep_time.call_local) == []
    assert fresh(story).state is StoryState.APPROVED
    assert texts.valid_approval(story)


# One draft, saved and sent from several places


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
    assert [one.number for one in newest().revisions] == [1]


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
