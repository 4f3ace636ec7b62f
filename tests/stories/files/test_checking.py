"""What becomes of a held file: decided once, by whoever comes first, and nothing left over."""

from __future__ import annotations

import io
import logging

import pytest

from portal import storage
from portal.extensions import db, huey
from portal.stories import shaping
from portal.stories.files import checking, pictures, receiving, store
from portal.stories.files.models import FileState, StoryFile
from tests.stories import a_draft, a_story
from tests.stories.media import MB, PDF, a_film, a_picture, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def take(app):
    """Takes a file in, and leaves it held."""

    def take(name, content, story=None):
        file = receiving.take((story or a_draft()).id, name, io.BytesIO(content))
        row_id = file.id
        db.session.commit()
        return row_id

    return take


@pytest.fixture
def take_pieces(app):
    """Takes a file in in three pieces, and leaves it held."""

    def take(name, content):
        file = receiving.begin(a_draft().id, name, len(content))
        third = len(content) // 3 + 1
        for offset in range(0, len(content), third):
            file = receiving.receive(file, offset, io.BytesIO(content[offset : offset + third]))
        row_id = file.id
        db.session.commit()
        return row_id

    return take


def test_examining_again_changes_nothing(app, take):
    row_id = take("a.png", a_picture(size=(600, 400)))
    checking.examine.call_local(row_id, 0)
    before = rows()[0]
    checking.examine.call_local(row_id, 0)

    assert before.state is KEPT
    assert rows()[0].widths == before.widths
    assert len(stored(app)) == 2


def at_the_same_time(monkeypatch, module, name, row_id):
    """Let another worker do it all while the first one is in this function."""
    function = getattr(module, name)

    def interrupted(*args, **options):
        monkeypatch.setattr(module, name, function)
        checking.examine.call_local(row_id, 0)
        return function(*args, **options)

    monkeypatch.setattr(module, name, interrupted)


@pytest.mark.parametrize("where", [(pictures, "make"), (checking, "_settle")])
def test_two_workers_at_once_keep_a_picture_once(app, take, monkeypatch, where):
    row_id = take("a.png", a_picture(size=(600, 400)))
    at_the_same_time(monkeypatch, *where, row_id)

    checking.examine.call_local(row_id, 0)

    (row,) = rows()
    assert row.state is KEPT
    assert sorted(stored(app)) == sorted(
        storage.read(place).read() for place in {*row.widths.values()}
    )


@pytest.mark.parametrize(
    "where", [(checking, "_join"), (storage, "keep_stream"), (checking, "_examine")]
)
@pytest.mark.parametrize(("name", "content"), [("a.mp4", a_film()), ("a.png", a_picture())])
def test_two_workers_at_once_join_pieces_once(app, take_pieces, monkeypatch, where, name, content):
    row_id = take_pieces(name, content)
    at_the_same_time(monkeypatch, *where, row_id)

    checking.examine.call_local(row_id, 0)

    (row,) = rows()
    assert (row.state, row.parts) == (KEPT, [])
    assert len(stored(app)) == 1
    if name == "a.mp4":
        assert stored(app) == [content]


def test_a_file_that_was_removed_meanwhile_leaves_nothing(app, take, monkeypatch):
    row_id = take("a.png", a_picture(size=(600, 400)))
    make = pictures.make

    def interrupted(*args):
        store.remove(row_id)
        return make(*args)

    monkeypatch.setattr(pictures, "make", interrupted)
    checking.examine.call_local(row_id, 0)

    assert rows() == stored(app) == []


def test_a_file_that_the_storage_lost_is_refused_and_logged(app, take, caplog):
    row_id = take("a.pdf", PDF)
    storage.drop(rows()[0].place)
    with caplog.at_level(logging.ERROR):
        checking.examine.call_local(row_id, 0)

    assert (rows()[0].state, rows()[0].reason) == (REFUSED, checking.LOST)
    assert f"no file for story file {row_id}" in caplog.text


def test_what_breaks_at_our_end_is_tried_by_the_worker(app, take, monkeypatch, work, caplog):
    row_id = take("a.png", a_picture())
    make = pictures.make

    def broken(*_):
        monkeypatch.setattr(pictures, "make", make)
        raise OSError("No space left on device")

    monkeypatch.setattr(pictures, "make", broken)
    checking.now_or_soon([db.session.get(StoryFile, row_id)])
    assert rows()[0].state is CHECKING
    assert "could not be looked at" in caplog.text

    work()
    assert rows()[0].state is KEPT


def test_a_queue_that_is_down_loses_nothing(app, take, monkeypatch, caplog):
    row_id = take("a.mp4", a_film(5 * MB))

    def down(*_, **__):
        raise ConnectionError("no queue")

    monkeypatch.setattr(huey.storage, "enqueue", down)
    monkeypatch.setattr(huey.storage, "add_to_schedule", down)
    checking.now_or_soon([db.session.get(StoryFile, row_id)])

    assert rows()[0].state is CHECKING
    assert "the sweep will find story file" in caplog.text


def test_what_takes_long_is_left_to_the_worker(app, take, monkeypatch, work):
    monkeypatch.setattr(checking, "TOGETHER", 0.0)
    row_id = take("a.png", a_picture())
    checking.now_or_soon([db.session.get(StoryFile, row_id)])
    assert rows()[0].state is CHECKING

    work()
    assert rows()[0].state is KEPT


def test_a_picture_of_many_pixels_is_left_to_the_worker(app, take, monkeypatch, work):
    monkeypatch.setattr(checking, "FEW_PIXELS", 1000)
    row_id = take("a.png", a_picture())
    checking.now_or_soon([db.session.get(StoryFile, row_id)])
    assert rows()[0].state is CHECKING

    work()
    assert rows()[0].state is KEPT


def test_a_picture_that_is_ready_late_makes_a_new_text_of_a_story_that_was_sent(app, take):
    story = a_story()
    row_id = take("a.png", a_picture(), story)
    assert shaping.texts.number(story) == 1

    checking.examine.call_local(row_id, 0)

    db.session.refresh(story)
    newest = shaping.texts.latest(story)
    assert newest.number == 2
    assert newest.pictures == list(store.kept_pictures(story))
