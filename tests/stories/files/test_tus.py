"""Large files in pieces by the tus protocol: cut off, sent twice, out of order, and whole."""

from __future__ import annotations

import threading
import tracemalloc
from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine

from portal.extensions import db, huey, now
from portal.file_kinds import NOT_TAKEN
from portal.stories import shaping
from portal.stories.files import checking, receiving
from portal.stories.files.models import FileKind, FileState
from tests.stories import a_draft, a_story, an_editor
from tests.stories.media import KB, MB, PROGRAM, a_film, a_picture, address, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


@pytest.fixture
def story(app):
    return a_draft()


class Sender:
    """Speaks tus, as the page's script does."""

    def __init__(self, client, story):
        self.client, self.start, self.path = client, address(story, "tus"), ""

    def create(self, name, size, **headers):
        said = TUS | {"Upload-Metadata": f"filename {b64encode(name.encode()).decode()}"}
        said |= {"Upload-Length": str(size)} | headers
        answer = self.client.post(self.start, headers=said)
        self.path = answer.headers.get("Location", "")
        return answer

    def send(self, piece, offset, **options):
        headers = TUS | {"Upload-Offset": str(offset)}
        options = {"content_type": PIECE, "data": piece} | options
        return self.client.patch(self.path, headers=headers, **options)

    def offset(self):
        answer = self.client.head(self.path, headers=TUS)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])


@pytest.fixture
def sender(client, story):
    return Sender(client, story)


def test_a_file_comes_in_pieces_and_is_kept_whole(app, sender):
    film = a_film()
    created = sender.create("sign.mp4", len(film))
    assert created.status_code == 201
    for offset in range(0, len(film), 100 * KB):
        assert sender.offset() == offset
        piece = film[offset : offset + 100 * KB]
        answer = sender.send(piece, offset)
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Upload-Offset"] == str(offset + len(piece))

    (row,) = rows()
    assert (row.name, row.kind, row.state, row.parts) == ("sign.mp4", FileKind.FILM, KEPT, [])
    assert stored(app) == [film]


def test_a_file_comes_whole_from_a_server_that_says_where_a_request_ends(app, sender):
    film = a_film()
    sender.create("sign.mp4", len(film))
    gunicorn = {"wsgi.input_terminated": True}

    assert sender.send(film, 0, environ_overrides=gunicorn).status_code == 204
    assert stored(app) == [film]


def test_every_answer_names_the_version(client, sender, story):
    answers = [
        client.options(sender.start),
        sender.create("a.mp4", 10),
        sender.send(b"x", 0),
        sender.send(b"x", 5),
        client.head(sender.path, headers=TUS),
        client.head(sender.path + "x", headers=TUS),
        client.delete(sender.path, headers=TUS),
    ]
    assert [answer.status_code for answer in answers] == [204, 201, 204, 409, 200, 404, 204]
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}


def test_the_limits_can_be_asked_for(app, client, sender):
    app.config["STORY_FILE_MAX_MB"] = 3
    answer = client.options(sender.start)

    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,termination"
    assert answer.headers["Tus-Max-Size"] == str(3 * MB)


@pytest.mark.parametrize("version", ["0.2.2", "", None])
def test_another_version_is_told_which_one_we_speak(client, sender, version):
    headers = {} if version is None else {"Tus-Resumable": version}
    answer = client.post(sender.start, headers=headers)

    assert answer.status_code == 412
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert rows() == []


def test_a_piece_that_breaks_off_counts_as_far_as_it_came(app, sender):
    film = a_film()
    sender.create("sign.mp4", len(film))
    half = len(film) // 2

    broken = sender.send(None, 0, input_stream=BytesIO(film[:half]), content_length=len(film))

    assert broken.status_code == 204
    assert sender.offset() == half
    assert rows()[0].state is COMING

    assert sender.send(film[half:], half).status_code == 204
    assert rows()[0].state is KEPT
    assert stored(app) == [film]


def test_a_piece_of_which_nothing_came_leaves_nothing(app, sender):
    sender.create("sign.mp4", 1000)

    sender.send(None, 0, input_stream=BytesIO(b""), content_length=500)

    assert sender.offset() == 0
    assert stored(app) == []


def test_a_piece_that_comes_twice_counts_once(app, sender):
    film = a_film()
    sender.create("sign.mp4", len(film))
    sender.send(film[: 100 * KB], 0)

    assert sender.send(film[: 100 * KB], 0).status_code == 409
    assert sender.offset() == 100 * KB
    assert len(stored(app)) == 1


@pytest.mark.parametrize("offset", [1, 999])
def test_a_piece_out_of_order_is_refused(app, sender, offset):
    sender.create("sign.mp4", 1000)

    assert sender.send(b"x", offset).status_code == 409
    assert stored(app) == []


def test_more_than_was_said_is_refused_and_not_kept(app, sender):
    sender.create("sign.mp4", 1000)

    assert sender.send(b"x" * 1001, 0).status_code == 413
    assert sender.offset() == 0
    assert stored(app) == []


def test_the_same_piece_twice_at_once_counts_once(app, story, sender):
    film = a_film()
    sender.create("sign.mp4", len(film))
    (row,) = rows()
    first, second = threading.Event(), threading.Event()

    class Slow(BytesIO):
        def read(self, size=-1):
            first.set()
            second.wait(10)
            return super().read(size)

    outcome = []

    def send():
        with app.app_context():
            file = db.session.get(type(row), row.id)
            try:
                receiving.receive(file, 0, Slow(film))
            except receiving.WrongOffset:
                outcome.append("too late")

    thread = threading.Thread(target=send)
    thread.start()
    first.wait(10)
    assert sender.send(film[: 100 * KB], 0).status_code == 204
    second.set()
    thread.join()

    assert outcome == ["too late"]
    assert sender.offset() == 100 * KB
    assert stored(app) == [film[: 100 * KB]]


@pytest.mark.parametrize(
    ("name", "size", "status", "words"),
    [
        ("setup.exe", 10, 422, NOT_TAKEN),
        ("", 10, 422, NOT_TAKEN),
        ("empty.mp4", 0, 422, "It is empty."),
        ("large.mp4", 2 * MB + 1, 413, "It is larger than 2 MB."),
        ("large.png", 1 * MB + 1, 413, "It is larger than 1 MB."),
    ],
)
def test_what_we_do_not_take_is_refused_in_words_before_it_is_sent(
    app, sender, name, size, status, words
):
    app.config["STORY_PICTURE_MAX_MB"], app.config["STORY_FILE_MAX_MB"] = 1, 2

    answer = sender.create(name, size)

    assert (answer.status_code, answer.text) == (status, words)
    assert answer.mimetype == "text/plain"
    assert rows() == []


@pytest.mark.parametrize("length", ["", "-1", "many", "1.5", "٣", "9" * 40])
def test_a_length_that_is_none_is_refused(sender, length):
    assert sender.create("sign.mp4", length).status_code == 400


@pytest.mark.parametrize(
    "metadata", ["", "filename", "filename !!!", "filename /w==", "other eA==", "filename eA==,,"]
)
def test_rubbish_in_the_place_of_a_name_is_refused_in_words(sender, metadata):
    answer = sender.create("", 10, **{"Upload-Metadata": metadata})

    assert (answer.status_code, answer.text) == (422, NOT_TAKEN)


def test_rubbish_in_the_place_of_a_piece_is_refused(sender):
    sender.create("sign.mp4", 10)

    assert sender.send(b"x", 0, content_type="text/plain").status_code == 415
    assert sender.send(b"x", "").status_code == 400
    assert sender.offset() == 0


def test_the_twenty_first_file_is_refused_in_words(app, sender):
    app.config["STORY_FILES_MOST"] = 1
    sender.create("a.mp4", 10)

    answer = sender.create("b.mp4", 10)

    assert answer.status_code == 422
    assert answer.text == "You can add 1 file. Remove one first."


def test_thousands_of_tiny_pieces_are_refused(sender, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_PIECES", 2)
    sender.create("sign.mp4", 10)
    sender.send(b"x", 0)
    sender.send(b"x", 1)

    answer = sender.send(b"x", 2)

    assert (answer.status_code, answer.text) == (422, receiving.TOO_MANY_PIECES)


def test_a_program_under_a_films_name_is_refused_when_it_is_whole(app, client, sender):
    sender.create("sign.mp4", len(PROGRAM))
    sender.send(PROGRAM, 0)

    (row,) = rows()
    assert row.state is REFUSED
    assert "something else" in row.reason
    assert stored(app) == []
    assert client.head(sender.path, headers=TUS).status_code == 410


def test_a_picture_in_pieces_is_made_anew(app, sender):
    picture = a_picture("JPEG", (900, 600))
    sender.create("lake.jpg", len(picture))
    sender.send(picture[:500], 0)
    sender.send(picture[500:], 500)

    (row,) = rows()
    assert (row.kind, row.state, row.width) == (FileKind.PICTURE, KEPT, 900)
    assert len(stored(app)) == 2


def test_an_upload_can_be_stopped_and_leaves_nothing(app, client, sender):
    sender.create("sign.mp4", 1000)
    sender.send(b"x" * 500, 0)

    assert client.delete(sender.path, headers=TUS).status_code == 204
    assert rows() == stored(app) == []
    assert sender.send(b"x", 500).status_code == 404


def test_stopping_does_not_remove_what_is_whole(client, sender):
    picture = a_picture()
    sender.create("lake.png", len(picture))
    sender.send(picture, 0)

    client.delete(sender.path, headers=TUS)

    assert rows()[0].state is KEPT


def test_an_upload_of_another_story_is_out_of_reach(client, sender):
    sender.create("sign.mp4", 1000)
    other = Sender(client, a_draft())
    other.path = f"{other.start}/{sender.path.rpartition('/')[2]}"

    assert other.send(b"x", 0).status_code == 404
    assert client.delete(other.path, headers=TUS).status_code == 404
    assert sender.offset() == 0


def test_a_story_that_is_over_takes_no_more(client, app):
    story = a_story()
    sender = Sender(client, story)
    sender.create("sign.mp4", 1000)
    shaping.decline(story, an_editor(), "No.")
    db.session.commit()

    assert sender.create("more.mp4", 10).status_code == 410
    sender.path = f"{sender.start}/{rows()[0].key}"
    assert sender.send(b"x", 0).status_code == 410


def test_what_was_not_finished_within_a_day_is_dropped(app, sender, work):
    sender.create("sign.mp4", 1000)
    sender.send(b"x" * 500, 0)
    sender.create("new.mp4", 1000)

    with time_machine.travel(now() + timedelta(hours=23), tick=False):
        receiving.sweep.call_local()
        assert len(rows()) == 2
        sender.send(b"x" * 100, 0)

    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        receiving.sweep.call_local()

    assert [row.name for row in rows()] == ["new.mp4"]
    assert stored(app) == [b"x" * 100]


def test_choosing_the_same_file_again_without_javascript_takes_the_place_of_the_pieces(
    app, sender, story, add
):
    film = a_film()
    sender.create("sign.mp4", len(film))
    sender.send(film[:1000], 0)

    add(story, ("sign.mp4", film))

    assert [row.state for row in rows()] == [KEPT]
    assert stored(app) == [film]


def test_a_large_one_is_looked_at_by_the_worker_and_never_in_memory(app, sender, work):
    size, piece = 40 * MB, 5 * MB
    sender.create("sign.mp4", size)
    tracemalloc.start()
    for offset in range(0, size, piece):
        content = (a_film(KB) if offset == 0 else b"").ljust(piece, b"x")
        stream = BytesIO(content)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        sender.send(None, offset, input_stream=stream, content_length=piece)
        _, most = tracemalloc.get_traced_memory()
        assert most - before < 3 * MB
    assert rows()[0].state is CHECKING

    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most - before < 4 * MB
    (row,) = rows()
    assert (row.state, row.kind, row.size) == (KEPT, FileKind.FILM, size)
    (whole,) = stored(app)
    assert len(whole) == size


def test_what_the_queue_has_lost_is_found_by_the_sweep(app, sender, work):
    size = 5 * MB
    sender.create("sign.mp4", size)
    sender.send(a_film(KB).ljust(size, b"x"), 0)
    huey.flush()

    checking.sweep.call_local()
    work()
    assert rows()[0].state is CHECKING

    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        checking.sweep.call_local()
        work()
    assert rows()[0].state is KEPT
