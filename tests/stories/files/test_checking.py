"""What becomes of a held file: decided once, by whoever comes first, and nothing left over."""

import io
import logging
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine

from portal import room, storage
from portal.extensions import db, huey, now
from portal.stories import texts
from portal.stories.files import checking, cleaning, pictures, receiving, store
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
        if not pieces:
            return receiving.take(story_id, name, io.BytesIO(content)).id
        file, third = receiving.begin(story_id, name, len(content)), len(content) // 3 + 1
        for offset in range(0, len(content), third):
            piece = io.BytesIO(content[offset : offset + third])
            file = receiving.receive(file, offset, piece)
        return file.id

    return take


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
def test_two_workers_at_once_keep_a_file_once(app, take, meanwhile, module, name, called):
    content, pieces = FILES[called], name not in {"make", "_settle"}
    examine = partial(checking.examine.call_local, take(called, content, pieces=pieces), 0)
    meanwhile(module, name, examine)
    examine()
    before = rows()
    examine()  # and once more changes nothing

    (row,) = rows()
    assert (row.state, row.parts, row.widths) == (KEPT, [], before[0].widths)
    places = {row.place, *row.widths.values()} - {""}
    assert sorted(stored(app)) == sorted(storage.read(place).read() for place in places)
    assert called != "a.mp4" or stored(app) == [content]


def test_a_file_that_was_removed_meanwhile_leaves_nothing(app, take, meanwhile):
    row_id = take("a.png", LAKE)
    meanwhile(pictures, "make", lambda: store.remove(row_id))
    checking.examine.call_local(row_id, 0)

    assert rows() == stored(app) == []


@pytest.mark.parametrize("task", [checking.examine, cleaning.clean])
def test_a_copy_that_has_no_room_is_made_later(app, task, monkeypatch, caplog):
    story = a_draft()
    file = store.add(story.id, "a.txt", 5, CHECKING if task is checking.examine else KEPT)
    if task is checking.examine:
        file.parts = [storage.keep(b"wor"), storage.keep(b"ds")]
    else:
        file.place, file.content_type = storage.keep(b"words"), "text/plain"
    db.session.commit()
    before = stored(app)
    with monkeypatch.context() as patch:
        patch.setattr(room, "_disks", lambda: [room.Disk("VAR_DIR", free=MB, reserve=MB)])
        task.call_local(file.id, 9)
    assert "has to wait" in caplog.text
    assert stored(app) == before

    task.call_local(file.id, 9)
    assert set(stored(app)) == {b"words"}


def test_what_a_killed_worker_left_goes_after_a_day(app):
    left, used = (Path(app.config["VAR_DIR"], f"{cleaning.FOLDER}{name}") for name in "ab")
    for folder in (left, used):
        folder.mkdir()
        (folder / "came").write_bytes(b"a film")
    os.utime(left, (0, 0))
    cleaning.sweep.call_local()

    assert (left.exists(), used.exists()) == (False, True)


def test_a_file_that_the_storage_lost_is_refused_and_logged(app, take, caplog):
    row_id = take("a.pdf", PDF)
    storage.discard(rows()[0].place)
    with caplog.at_level(logging.ERROR):
        checking.examine.call_local(row_id, 0)

    assert (rows()[0].state, rows()[0].reason) == (REFUSED, checking.LOST)
    assert f"no file for story file {row_id}" in caplog.text


def broken():
    raise OSError("No space left on device")


@pytest.mark.parametrize("why", ["breaks at our end", "takes long", "has many pixels"])
def test_what_cannot_be_done_at_once_is_left_to_the_worker(
    app, take, meanwhile, monkeypatch, work, caplog, why
):
    row_id = take("a.png", a_picture())
    if why == "breaks at our end":
        meanwhile(pictures, "make", broken)
    else:
        name, least = ("TOGETHER", 0.0) if why == "takes long" else ("FEW_PIXELS", 1000)
        monkeypatch.setattr(checking, name, least)
    checking.now_or_soon([db.session.get(StoryFile, row_id)])
    assert rows()[0].state is CHECKING
    assert ("could not be looked at" in caplog.text) is (why == "breaks at our end")

    work()
    assert rows()[0].state is KEPT


def test_what_the_queue_did_not_take_is_found_by_the_sweep(app, take, monkeypatch, caplog, work):
    row_id = take("a.mp4", a_film(5 * MB))

    def down(*_, **__):
        raise ConnectionError("no queue")

    with monkeypatch.context() as patch:
        patch.setattr(huey.storage, "enqueue", down)
        patch.setattr(huey.storage, "add_to_schedule", down)
        checking.now_or_soon([db.session.get(StoryFile, row_id)])
    assert "the sweep will find story file" in caplog.text

    for minutes, state in ((0, CHECKING), (11, KEPT)):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            checking.sweep.call_local()
            work()
        assert rows()[0].state is state


def test_a_picture_that_is_ready_late_makes_a_new_text_of_a_story_that_was_sent(app, take):
    story = a_story()
    row_id = take("a.png", a_picture(), story)
    assert texts.number(story) == 1
    checking.examine.call_local(row_id, 0)

    db.session.refresh(story)
    newest = texts.latest(story)
    assert newest.number == 2
    assert newest.pictures == list(store.kept_pictures(story))
