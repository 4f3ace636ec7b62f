"""Two people change one story in the same moment: never is a text public without its yes."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.stories import shaping, texts, withdrawal
from portal.stories.models import Revision, Story
from portal.stories.states import StoryState
from portal.stories.telling import services as telling_services
from portal.transaction import NotPossible, Stale
from tests.at_once import LONGEST
from tests.stories import a_draft, an_editor, approved, content, fresh, handed_over, published

ROUNDS = 8


@pytest.fixture
def app(make_app, database):
    app = make_app(DATABASE_URL=database)
    with app.app_context():
        yield app


def together(app, *deeds):
    """Do these at once, each in a thread and a session of its own; returns what each raised."""
    ready, raised = threading.Barrier(len(deeds)), {}

    def run(deed):
        with app.app_context():
            ready.wait(LONGEST)
            try:
                deed()
            except Exception as error:
                raised[deed.__name__] = error

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    return raised


def only(raised, *expected):
    """What went wrong may only be what people are told kindly."""
    assert all(isinstance(error, expected) for error in raised.values()), raised


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_yes_and_an_edit_at_once(app, round_):
    story = handed_over()
    story_id, seen = story.id, texts.number(story)
    newest, wanted, editor_id = texts.latest(story), content(story, text="Newer."), 0
    key = (newest.id, newest.digest)
    editor = an_editor()
    editor_id = editor.id
    db.session.commit()

    def approve_and_publish():
        mine = db.session.get(Story, story_id)
        shaping.approve(mine, *key)
        shaping.publish(mine, db.session.get(type(editor), editor_id))

    def edit():
        mine = db.session.get(Story, story_id)
        shaping.revise(mine, db.session.get(type(editor), editor_id), wanted, seen)

    raised = together(app, approve_and_publish, edit)
    story = fresh(story)

    only(raised, Stale, NotPossible)
    if story.state is StoryState.PUBLISHED:
        assert story.published.digest == key[1]
        assert story.published.id in {one.revision_id for one in story.approvals}
    else:
        assert story.published is None


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_publishing_and_withdrawing_at_once_ends_withdrawn(app, round_):
    story = approved()
    story_id, editor = story.id, an_editor()
    editor_id = editor.id
    db.session.commit()

    def publish():
        shaping.publish(db.session.get(Story, story_id), db.session.get(type(editor), editor_id))

    def withdraw():
        withdrawal.withdraw(db.session.get(Story, story_id), keep_files=True)

    only(together(app, publish, withdraw), NotPossible)

    assert fresh(story).state is StoryState.WITHDRAWN


@pytest.mark.parametrize("round_", range(3))
def test_sending_twice_at_once_is_sending_once(app, round_):
    story = a_draft()
    story_id = story.id
    db.session.commit()

    def send():
        telling_services.submit(db.session.get(Story, story_id))

    def send_too():
        telling_services.submit(db.session.get(Story, story_id))

    assert together(app, send, send_too) == {}
    assert [one.number for one in fresh(story).revisions] == [1]


def test_two_stories_with_one_title_get_two_addresses(app):
    one, other = (approved() for _ in range(2))
    ids, editor = (one.id, other.id), an_editor()
    editor_id = editor.id
    db.session.commit()

    def publish_one():
        shaping.publish(db.session.get(Story, ids[0]), db.session.get(type(editor), editor_id))

    def publish_other():
        shaping.publish(db.session.get(Story, ids[1]), db.session.get(type(editor), editor_id))

    assert together(app, publish_one, publish_other) == {}
    slugs = {fresh(one).slug, fresh(other).slug}
    assert len(slugs) == 2


@pytest.mark.services
def test_past_the_services_an_edit_and_a_publication_wait_for_each_other(make_app, postgres_url):
    """In two transactions on PostgreSQL, without our locks: the triggers alone must hold."""
    app = make_app(DATABASE_URL=postgres_url)
    with app.app_context():
        story = approved()
        newest = texts.latest(story)
        story_id, columns = story.id, [column.name for column in Revision.__table__.columns]
        copied = ", ".join(
            {"id": "nextval('revision_id_seq')", "number": "number + 1", "text": "'Newer.'"}.get(
                name, f'"{name}"'
            )
            for name in columns
        )
        names = ", ".join(f'"{name}"' for name in columns)
        edit = text(f"INSERT INTO revision ({names}) SELECT {copied} FROM revision WHERE id = :id")
        publish = text(
            "UPDATE story SET state = 'published', published_revision_id = :id WHERE id = :story"
        )
        newest_id = newest.id
        db.session.commit()
        with db.engine.connect() as editor:
            editor.execute(edit, {"id": newest_id})
            outcome = []

            def run():
                with suppress(Exception), db.engine.begin() as other:
                    other.execute(publish, {"id": newest_id, "story": story_id})
                    outcome.append("published")

            thread = threading.Thread(target=lambda: _in(app, run))
            thread.start()
            editor.commit()
            thread.join(LONGEST)
        public = fresh(story).published_revision_id

    assert outcome == []
    assert public is None


def _in(app, run):
    with app.app_context():
        run()


def test_a_published_story_is_withdrawn_twice_at_once(app):
    story = published()
    story_id = story.id
    db.session.commit()

    def withdraw():
        withdrawal.withdraw(db.session.get(Story, story_id), keep_files=False)

    def withdraw_too():
        withdrawal.withdraw(db.session.get(Story, story_id), keep_files=False)

    assert together(app, withdraw, withdraw_too) == {}
    assert fresh(story).state is StoryState.WITHDRAWN
