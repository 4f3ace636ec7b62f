"""Large files in pieces by the tus protocol: cut off, sent twice, out of order, and whole."""

import tracemalloc
from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine

from portal import storage
from portal.extensions import now
from portal.file_kinds import IS_PAGE, IS_PROGRAM
from portal.stories.files import receiving
from portal.stories.files.models import FileKind, FileState
from tests.stories import a_story, declined
from tests.stories.media import KB, MB, PROGRAM, a_film, a_picture, address, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"
FILM = a_film()


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

    def stream(self, content, offset, length):
        """Send a piece that says that it is so long."""
        return self.send(None, offset, input_stream=BytesIO(content), content_length=length)

    def offset(self):
        answer = self.client.head(self.path, headers=TUS)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        return int(answer.headers["Upload-Offset"])


@pytest.fixture
def sender(client, story):
    return Sender(client, story)


@pytest.mark.parametrize(
    ("most", "server"), [(100 * KB, {}), (len(FILM), {"wsgi.input_terminated": True})]
)
def test_a_file_comes_in_pieces_and_is_kept_whole(app, sender, most, server):
    assert sender.create("sign.mp4", len(FILM)).status_code == 201
    for offset in range(0, len(FILM), most):
        assert sender.offset() == offset
        piece = FILM[offset : offset + most]
        answer = sender.send(piece, offset, environ_overrides=server)
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Upload-Offset"] == str(offset + len(piece))

    (row,) = rows()
    assert (row.name, row.kind, row.state, row.parts) == ("sign.mp4", FileKind.FILM, KEPT, [])
    assert stored(app) == [FILM]


def test_every_answer_names_the_version_and_another_is_told_which_we_speak(app, client, sender):
    app.config["STORY_FILE_MAX_MB"] = 3
    answers = [
        client.options(sender.start),
        *(client.post(sender.start, headers={"Tus-Resumable": one}) for one in ("0.2.2", "")),
        *(client.post(sender.start), sender.create("a.mp4", 10)),
        *(sender.send(b"x", 0), sender.send(b"x", 5)),
        *(client.head(sender.path + end, headers=TUS) for end in ("", "x")),
        client.delete(sender.path, headers=TUS),
    ]
    found = [answer.status_code for answer in answers]
    assert found == [204, 412, 412, 412, 201, 204, 409, 200, 404, 204]
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}
    assert {answer.headers["Tus-Version"] for answer in answers[:4]} == {"1.0.0"}
    assert answers[0].headers["Tus-Extension"] == "creation,termination"
    assert answers[0].headers["Tus-Max-Size"] == str(3 * MB)
    assert rows() == []


def test_a_piece_that_breaks_off_counts_as_far_as_it_came(app, sender):
    sender.create("sign.mp4", len(FILM))
    sender.stream(b"", 0, length=500)
    assert (sender.offset(), stored(app)) == (0, [])

    half = len(FILM) // 2
    assert sender.stream(FILM[:half], 0, length=len(FILM)).status_code == 204
    assert sender.offset() == half
    assert rows()[0].state is COMING

    assert sender.send(FILM[half:], half).status_code == 204
    assert rows()[0].state is KEPT
    assert stored(app) == [FILM]


@pytest.mark.parametrize(
    ("piece", "offset", "kind", "status"),
    [
        (b"x" * 500, 0, PIECE, 409),
        (b"x", 499, PIECE, 409),
        (b"x", 999, PIECE, 409),
        (b"x" * 501, 500, PIECE, 413),
        (b"x", 500, "text/plain", 415),
        (b"x", "", PIECE, 400),
    ],
    ids=["twice", "before", "behind", "more than was said", "no piece", "no place"],
)
def test_a_piece_that_does_not_come_next_is_refused(app, sender, piece, offset, kind, status):
    sender.create("sign.mp4", 1000)
    sender.send(b"y" * 500, 0)

    assert sender.send(piece, offset, content_type=kind).status_code == status
    assert sender.offset() == 500
    assert stored(app) == [b"y" * 500]


def test_the_same_piece_twice_at_once_counts_once(app, sender, meanwhile):
    sender.create("sign.mp4", len(FILM))
    answers = []
    meanwhile(storage, "keep_stream", lambda: answers.append(sender.send(FILM[: 100 * KB], 0)))
    answers.append(sender.send(FILM, 0))

    assert [answer.status_code for answer in answers] == [204, 409]
    assert sender.offset() == 100 * KB
    assert stored(app) == [FILM[: 100 * KB]]


NAMES = ["", "filename", "filename !!!", "filename /w==", "other eA==", "filename ,,"]


@pytest.mark.parametrize(
    ("name", "size", "status", "words"),
    [
        ("setup.exe", 10, 422, IS_PROGRAM),
        ("page.html", 10, 422, IS_PAGE),
        ("empty.mp4", 0, 422, "It is empty."),
        ("large.mp4", 2 * MB + 1, 413, "It is larger than 2 MB."),
        ("third.mp4", 10, 422, "You can add 1 file. Remove one first."),
        *[("a.mp4", size, 400, None) for size in ("", "-1", "many", "1.5", "٣", "9" * 40)],
    ],
)
def test_what_we_do_not_take_is_refused_beforehand(app, sender, name, size, status, words):
    app.config |= {"STORY_FILE_MAX_MB": 2, "STORY_FILES_MOST": 1}
    if name == "third.mp4":
        sender.create("first.mp4", 10)
    before = len(rows())
    answer = sender.create(name, size)

    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert words is None or answer.text == words
    assert len(rows()) == before


@pytest.mark.parametrize("said", NAMES)
def test_a_file_without_a_name_that_can_be_read_is_taken(sender, said):
    sender.create("", len(FILM), **{"Upload-Metadata": said})
    sender.send(FILM, 0)

    assert [(row.name, row.kind, row.state) for row in rows()] == [("file", FileKind.FILM, KEPT)]


def test_thousands_of_tiny_pieces_are_refused(sender, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_PIECES", 2)
    sender.create("sign.mp4", 10)
    _, _, answer = [sender.send(b"x", offset) for offset in range(3)]

    assert (answer.status_code, answer.text) == (422, receiving.TOO_MANY_PIECES)


def test_a_program_under_a_films_name_is_refused_when_it_is_whole(app, client, sender):
    sender.create("sign.mp4", len(PROGRAM))
    sender.send(PROGRAM, 0)

    (row,) = rows()
    assert row.state is REFUSED
    assert row.reason == IS_PROGRAM
    assert stored(app) == []
    assert client.head(sender.path, headers=TUS).status_code == 410


def test_an_upload_can_be_stopped_until_it_is_whole_and_leaves_nothing(app, client, sender):
    picture = a_picture("JPEG", (900, 600))
    for size, kept in ((1000, 0), (len(picture), 1)):
        sender.create("lake.jpg", size)
        sender.send(picture[:500], 0)
        if kept:
            sender.send(picture[500:], 500)
        client.delete(sender.path, headers=TUS)
        assert len(rows()) == kept
        assert len(stored(app)) == 2 * kept
        assert kept or sender.send(b"x", 500).status_code == 404
    assert (rows()[0].kind, rows()[0].state, rows()[0].width) == (FileKind.PICTURE, KEPT, 900)


def test_a_story_that_is_over_takes_no_more(client, app, add):
    story = a_story()
    sender = Sender(client, story)
    sender.create("sign.mp4", 1000)
    declined(story)

    assert sender.send(b"x", 0).status_code == 410
    assert sender.create("more.mp4", 10).status_code == 410
    assert add(story, ("a.txt", b"words")).status_code == 410
    assert len(rows()) == 1


def test_what_was_not_finished_within_a_day_is_dropped(app, sender):
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


def test_the_same_file_by_the_form_takes_the_place_of_its_pieces(app, sender, story, add):
    sender.create("sign.mp4", len(FILM))
    sender.send(FILM[:1000], 0)
    add(story, ("sign.mp4", FILM))

    assert [row.state for row in rows()] == [KEPT]
    assert stored(app) == [FILM]


def test_a_large_one_is_looked_at_by_the_worker_and_never_in_memory(app, sender, work):
    def most(deed):
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        deed()
        return tracemalloc.get_traced_memory()[1] - before

    size, piece = 40 * MB, 5 * MB
    sender.create("sign.mp4", size)
    tracemalloc.start()
    for offset in range(0, size, piece):
        stream = BytesIO((a_film(KB) if offset == 0 else b"").ljust(piece, b"x"))
        sent = {"input_stream": stream, "content_length": piece}
        assert most(lambda at=offset, sent=sent: sender.send(None, at, **sent)) < 3 * MB
    assert rows()[0].state is CHECKING
    assert most(work) < 4 * MB
    tracemalloc.stop()

    (row,) = rows()
    assert (row.state, row.kind, row.size) == (KEPT, FileKind.FILM, size)
    (whole,) = stored(app)
    assert len(whole) == size
