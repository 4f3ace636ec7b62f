"""What becomes of a held file: decided once, by whoever comes first, and nothing left over."""

import io
import logging

import pytest

from portal import storage
from portal.extensions import db, huey
from portal.stories import texts
from portal.stories.files import checking, pictures, receiving, store
from portal.stories.files.models import FileState, StoryFile
from tests.stories import a_draft, a_story
from tests.stories.media import MB, PDF, a_film, a_picture, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState
LAKE = a_picture(size=(600, 400))
FILES = {"a.png": LAKE, "a.mp4": a_film()}


@pytest.fixture
def take(app):
    """Takes a file in, whole or in three pieces, and leaves it held; returns its row's number."""

    def take(name, content, story=None, *, pieces=False):
        story_id = (story or a_draft()).id
        if pieces:
            file = receiving.begin(story_id, name, len(content))
            third = len(content) // 3 + 1
            for offset in range(0, len(content), third):
                piece = io.BytesIO(content[offset : offset + third])
                file = receiving.receive(file, offset, piece)
        else:
            file = receiving.take(story_id, name, io.BytesIO(content))
        row_id = file.id
        db.session.commit()
        return row_id

    return take


def in_the_meantime(monkeypatch, module, name, deed):
    """Let this be done once while somebody is about to call the function."""
    function = getattr(module, name)

    def interrupted(*args, **options):
        monkeypatch.setattr(module, name, function)
        deed()
        return function(*args, **options)

    monkeypatch.setattr(module, name, interrupted)


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("module", "name", "called"),
    [
        (pictures, "make", "a.png"),
        (checking, "_settle", "a.png"),
        *((checking, "_join", called) for called in FILES),
        *((storage, "keep_stream", called) for called in FILES),
        *((checking, "_examine", called) for called in FILES),
    ],
)
def test_two_workers_at_once_keep_a_file_once(app, take, monkeypatch, module, name, called):
    content, pieces = FILES[called], name not in {"make", "_settle"}
    row_id = take(called, content, pieces=pieces)
    deed = lambda: checking.examine.call_local(row_id, 0)  # noqa: E731
    in_the_meantime(monkeypatch, module, name, deed)
    deed()
    before = rows()
    deed()  # and once more changes nothing

    (row,) = rows()
    assert (row.state, row.parts, row.widths) == (KEPT, [], before[0].widths)
    places = {row.place, *row.widths.values()} - {""}
    assert sorted(stored(app)) == sorted(storage.read(place).read() for place in places)
    assert called != "a.mp4" or stored(app) == [content]


def test_a_file_that_was_removed_meanwhile_leaves_nothing(app, take, monkeypatch):
    row_id = take("a.png", LAKE)
    in_the_meantime(monkeypatch, pictures, "make", lambda: store.remove(row_id))
    checking.examine.call_local(row_id, 0)

    assert rows() == stored(app) == []


def test_a_file_that_the_storage_lost_is_refused_and_logged(app, take, caplog):
    row_id = take("a.pdf", PDF)
    storage.drop(rows()[0].place)
    with caplog.at_level(logging.ERROR):
        checking.examine.call_local(row_id, 0)

    assert (rows()[0].state, rows()[0].reason) == (REFUSED, checking.LOST)
    assert f"no file for story file {row_id}" in caplog.text


def breaks_once(monkeypatch):
    def broken():
        raise OSError("No space left on device")

    in_the_meantime(monkeypatch, pictures, "make", broken)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (breaks_once, "could not be looked at"),
        (lambda monkeypatch: monkeypatch.setattr(checking, "TOGETHER", 0.0), ""),
        (lambda monkeypatch: monkeypatch.setattr(checking, "FEW_PIXELS", 1000), ""),
    ],
    ids=["breaks at our end", "takes long", "has many pixels"],
)
def test_what_cannot_be_done_at_once_is_left_to_the_worker(
    app, take, monkeypatch, work, caplog, why, said
):
    row_id = take("a.png", a_picture())
    why(monkeypatch)
    checking.now_or_soon([db.session.get(StoryFile, row_id)])
    assert rows()[0].state is CHECKING
    assert said in caplog.text

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


def test_a_picture_that_is_ready_late_makes_a_new_text_of_a_story_that_was_sent(app, take):
    story = a_story()
    row_id = take("a.png", a_picture(), story)
    assert texts.number(story) == 1

    checking.examine.call_local(row_id, 0)

    db.session.refresh(story)
    newest = texts.latest(story)
    assert newest.number == 2
    assert newest.pictures == list(store.kept_pictures(story))
