"""Adding files with a plain form, telling what they show, and removing them."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from itertools import chain, repeat

import pytest

from portal import floods
from portal.file_kinds import GROWS, NOT_TAKEN
from portal.stories import shaping
from portal.stories.files import pictures, store
from portal.stories.files.models import FileKind, FileState
from tests.stories import a_draft, a_story, an_editor
from tests.stories.files.test_pictures import png_head
from tests.stories.media import (
    KB,
    MB,
    PDF,
    PROGRAM,
    SVG,
    a_document,
    a_film,
    a_picture,
    a_sound,
    address,
    form,
    rows,
    stored,
)
from tests.visit import Visit

_, CHECKING, KEPT, REFUSED = FileState


@pytest.fixture
def story(app):
    return a_draft()


GOOD = [
    ("lake.png", a_picture(), FileKind.PICTURE, "image/webp"),
    ("LAKE.JPG", a_picture("JPEG"), FileKind.PICTURE, "image/webp"),
    ("lake.webp", a_picture("WEBP"), FileKind.PICTURE, "image/webp"),
    ("lake.gif", a_picture("GIF"), FileKind.PICTURE, "image/webp"),
    ("voice.mp3", a_sound(), FileKind.SOUND, "audio/mpeg"),
    ("sign.mp4", a_film(), FileKind.FILM, "video/mp4"),
    ("letter.pdf", PDF, FileKind.DOCUMENT, "application/pdf"),
    ("words.txt", "Zoë swims".encode(), FileKind.DOCUMENT, "text/plain"),
    ("story.docx", a_document(), FileKind.DOCUMENT, None),
    # What is another kind too is given out only to be saved, as what it says.
    ("letter.pdf", PDF + a_document(), FileKind.DOCUMENT, "application/pdf"),
]


@pytest.mark.parametrize(("name", "content", "kind", "content_type"), GOOD)
def test_a_good_file_is_kept(add, story, name, content, kind, content_type):
    answer = add(story, (name, content))

    assert answer.status_code == 303
    assert answer.location.endswith("/files#files")
    (row,) = rows()
    assert (row.name, row.state, row.kind, row.reason) == (name, KEPT, kind, "")
    assert content_type in {None, row.content_type}
    assert row.digest


BAD = [
    ("setup.exe", PROGRAM, NOT_TAKEN),
    ("lake.jpg", PROGRAM, "what is in it is something else"),
    ("lake.jpg", a_picture(), "what is in it is something else"),
    ("lake.png", SVG, "what is in it is something else"),
    ("drawing.svg", SVG, NOT_TAKEN),
    ("page.html", b"<html>", NOT_TAKEN),
    ("no-end", a_picture(), NOT_TAKEN),
    ("scan.tiff", b"II*\0" + bytes(100), pictures.NOT_SHOWN),
    ("empty.png", b"", store.EMPTY),
    ("huge.png", png_head(50_000, 50_000), "more than 26 million pixels"),
    ("half.png", a_picture(size=(300, 300))[:300], "it is broken"),
    ("lake.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "it is broken"),
    ("lake.gif", b"GIF89a=1;/*" + b" " * 40 + b"*/alert(1)", "it is broken"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD)
def test_any_other_file_is_refused_in_plain_words_and_not_kept(
    app, add, story, name, content, reason
):
    answer = add(story, (name, content))

    assert answer.status_code == 303
    (row,) = rows()
    assert (row.name, row.state, row.place, row.widths) == (name, REFUSED, "", {})
    assert reason in row.reason
    assert stored(app) == []


def test_a_document_that_is_a_bomb_is_refused(app, add, story):
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w") as part,
    ):
        for _ in range(200):
            part.write(bytes(MB))

    add(story, ("story.docx", packed.getvalue()))

    (row,) = rows()
    assert (row.state, row.reason) == (REFUSED, GROWS)
    assert stored(app) == []


def test_of_a_picture_only_the_widths_are_kept(app, add, story):
    original = a_picture("JPEG", (2000, 1000)) + a_document("hidden.html")
    add(story, ("lake.jpg", original))

    (row,) = rows()
    assert row.place == ""
    assert sorted(row.widths) == ["1600", "480", "960"]
    assert (row.width, row.height) == (1600, 800)
    assert len(stored(app)) == 3
    assert all(content[:4] == b"RIFF" for content in stored(app))


def test_a_small_picture_is_kept_once(app, add, story):
    add(story, ("lake.png", a_picture()))

    assert len(stored(app)) == 1
    assert len(set(rows()[0].widths.values())) == 1


def test_several_files_come_together_also_with_the_same_name(add, story):
    add(story, ("a.png", a_picture()), ("a.png", a_picture(colour=(1, 2, 3))), ("b.mp3", a_sound()))

    assert [(row.name, row.state) for row in rows()] == [
        ("a.png", KEPT),
        ("a.png", KEPT),
        ("b.mp3", KEPT),
    ]
    assert rows()[0].digest != rows()[1].digest


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("\u202etxt.exe.txt", "txt.exe.txt"),
        ("بحيرة 🏊.txt", "بحيرة 🏊.txt"),
        ("x" * 400 + ".txt", "x" * 116 + ".txt"),
        ('<b>&".txt', '<b>&".txt'),
    ],
)
def test_a_name_is_made_harmless_and_shown_as_text(visit_plain, add, story, name, kept):
    add(story, (name, b"words"))

    assert rows()[0].name == kept
    page = visit_plain(address(story, "add"))
    assert kept in page.text


def test_too_large_files_are_refused_before_they_are_stored(client, app):
    app.config["STORY_PICTURE_MAX_MB"], app.config["STORY_FILE_MAX_MB"] = 1, 2
    story = a_draft()
    sent = ("lake.png", a_picture() + bytes(MB)), ("sign.mp4", a_film(int(1.5 * MB)))

    client.post(address(story, "add"), **form(*sent))

    assert [(row.state, row.reason) for row in rows()] == [
        (REFUSED, "It is larger than 1 MB."),
        (KEPT, ""),
    ]


def test_more_than_all_limits_together_is_not_read(app, client, story):
    app.config["STORY_FILE_MAX_MB"] = 1

    answer = client.post(address(story, "add"), **form(("sign.mp4", a_film(3 * MB))))

    assert answer.status_code == 413
    assert rows() == []


def test_the_twenty_first_file_is_not_taken_and_named(visit, add, app, story):
    app.config["STORY_FILES_MOST"] = 3
    add(story, *[(f"{number}.txt", b"words") for number in range(2)])

    sent = [(f"{name}.txt", b"words") for name in "abc"]
    answer = visit.post(address(story, "add"), **form(*sent))

    assert answer.status == 422
    assert "You can add 3 files. Remove one first. Not added: b.txt, c.txt." in answer.text
    assert [row.name for row in rows()] == ["0.txt", "1.txt", "a.txt"]
    page = visit(address(story, "add"))
    assert "That is as many as we can take." in page.text
    assert not page.has("input[type=file]")


def test_what_is_refused_takes_no_room_and_only_the_newest_is_listed(app, add, story):
    app.config["STORY_FILES_MOST"] = 3
    for number in range(5):
        add(story, (f"{number}.exe", PROGRAM))
    add(story, *[(f"{number}.txt", b"words") for number in range(3)])

    names = [(row.name, row.state) for row in rows()]
    assert names[:3] == [("2.exe", REFUSED), ("3.exe", REFUSED), ("4.exe", REFUSED)]
    assert [name for name, _ in names[3:]] == ["0.txt", "1.txt", "2.txt"]


def test_the_limits_are_said_beforehand(visit, app, story):
    app.config |= {"STORY_FILES_MOST": 7, "STORY_PICTURE_MAX_MB": 11, "STORY_FILE_MAX_MB": 333}
    page = visit(address(story, "add"))

    assert (
        "You can add 7 files in all. A picture can have 11 MB, any other file 333 MB." in page.text
    )
    assert "JPEG, PNG, WebP, HEIC or GIF" in page.text


def test_a_form_without_a_file_asks_for_one(visit, story):
    answer = visit.send(address(story, "add"), button="Add these files")

    assert answer.status == 422
    assert "Choose a file first." in answer.text
    assert answer.has("a[href='#files-new']")


def test_refused_files_are_listed_on_top_with_the_reason(add, visit, story):
    answer = add(story, ("setup.exe", PROGRAM), ("lake.png", a_picture()))
    assert answer.location.endswith("#refused")

    page = visit(address(story, "add"))
    (row, _) = rows()
    assert "We could not take 1 file" in page.text
    assert page.has(f"#refused a[href='#file-{row.key}']")
    assert NOT_TAKEN in page.text


def test_a_form_from_a_stranger_or_to_a_story_that_is_over_changes_nothing(client, story):
    sent = form(("a.txt", b"words"))
    assert client.post("/stories/share/nobody/files/add", **sent).status_code == 404

    done = a_story()
    shaping.decline(done, an_editor(), "No.")
    assert client.post(address(done, "add"), **sent).status_code == 410
    assert rows() == []


def test_many_files_from_one_network_are_turned_away_in_words(make_app, monkeypatch):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    app = make_app(RATELIMIT_ENABLED="1")
    with app.app_context():
        path, visit = address(a_draft(), "add"), Visit(app, htmx=False)
        visit.post(path, **form(("a.txt", b"words")))
        answer = visit.post(path, **form(("b.txt", b"words")))

    assert answer.status == 429
    assert "in the last hour. Try again in an hour." in answer.text


class Long(io.RawIOBase):
    """A form with one film, that is made as it is read."""

    def __init__(self, size):
        head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="sign.mp4"\r\n\r\n'
        piece, tail = 64 * KB, b"\r\n--x--\r\n"
        self.rest = chain([head + a_film(piece)], repeat(bytes(piece), size // piece - 1), [tail])
        self.size = len(head) + size + len(tail)
        self.chunk, self.at = b"", 0

    def seek(self, offset, whence=0):
        self.at = self.size if whence else 0
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        self.chunk = self.chunk or next(self.rest, b"")
        size = min(len(buffer), len(self.chunk))
        buffer[:size], self.chunk = self.chunk[:size], self.chunk[size:]
        return size


def test_a_large_file_is_never_in_memory(client, story):
    body, path = Long(100 * MB), address(story, "add")
    tracemalloc.start()
    answer = client.post(
        path,
        input_stream=body,
        content_length=body.size,
        content_type="multipart/form-data; boundary=x",
    )
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.status_code == 303
    (row,) = rows()
    assert (row.size, row.state) == (100 * MB, CHECKING)
    assert most < 8 * MB
