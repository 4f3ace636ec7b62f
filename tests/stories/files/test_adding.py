"""Adding files with a plain form."""

import tracemalloc

import pytest

from portal.file_kinds import EMPTY, HAS_PASSWORD, IS_PAGE, IS_PROGRAM, TAKEN
from portal.stories.files.models import FileKind, FileState
from tests.stories import media
from tests.stories.media import MB, PROGRAM, SVG, a_film, a_picture, address, form, rows, stored

_, CHECKING, KEPT, REFUSED = FileState


@pytest.mark.parametrize(
    ("name", "content", "kind", "content_type"),
    [
        ("lake.png", a_picture(), FileKind.PICTURE, "image/webp"),
        ("LAKE.JPG", a_picture("JPEG"), FileKind.PICTURE, "image/webp"),
        *(
            (name, a_picture(kind), FileKind.PICTURE, "image/webp")
            for kind in ("GIF", "AVIF", "BMP", "TIFF", "PNG", "WEBP")
            for name in ("IMG_1234", "noname", "lake.jpg", "lake.mp3", "lake.tiff", "file.docx")
        ),
        ("voice.mp3", media.boxed(b"M4A "), FileKind.SOUND, "audio/mp4"),
        ("voice.3ga", media.boxed(b"3gp4"), FileKind.SOUND, "audio/3gpp"),
        ("noname", a_film(), FileKind.FILM, "video/mp4"),
        ("lake.jpg", a_film(), FileKind.FILM, "video/mp4"),
        ("scan.tiff", media.a_scan(), FileKind.DOCUMENT, "image/tiff"),
        ("walk.unknown", b"\0\1\2", FileKind.DOCUMENT, "application/octet-stream"),
        ("voice.mp3", media.a_sound(), FileKind.SOUND, "audio/mpeg"),
        ("sign.mp4", a_film(), FileKind.FILM, "video/mp4"),
        ("words.txt", "Zoë swims".encode(), FileKind.DOCUMENT, "text/plain"),
        ("story.docx", media.a_document(), FileKind.DOCUMENT, None),
        # What is another kind too is given out only to be saved, as what it says.
        ("letter.pdf", media.PDF + media.a_document(), FileKind.DOCUMENT, "application/pdf"),
    ],
)
def test_a_good_file_is_kept(add, story, name, content, kind, content_type):
    answer = add(story, (name, content))

    assert answer.status_code == 303
    assert answer.location.endswith("/files#files")
    (row,) = rows()
    assert (row.name, row.state, row.kind, row.reason) == (name, KEPT, kind, "")
    assert content_type in {None, row.content_type}
    assert row.digest


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("setup.exe", a_picture(), IS_PROGRAM),
        ("lake.jpg", PROGRAM, IS_PROGRAM),
        ("drawing.svg", SVG, IS_PAGE),
        ("lake.jpg", b"<html>", IS_PAGE),
        ("scan.tiff", b"II*\0" + bytes(100), "it is broken"),
        ("empty.png", b"", EMPTY),
        ("half.png", a_picture(size=(300, 300))[:300], "it is broken"),
        ("large", a_picture() + bytes(MB), "It is larger than 1 MB."),
        ("large.mp4", a_film(media.KB).ljust(2 * MB + 1, b"x"), "It is larger than 2 MB."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_other_file_is_refused_in_words(app, add, visit_plain, story, name, content, reason):
    app.config["STORY_PICTURE_MAX_MB"], app.config["STORY_FILE_MAX_MB"] = 1, 2
    answer = add(story, (name, content), ("words.txt", b"words"))

    assert answer.status_code == 303
    assert answer.location.endswith("#refused")
    row, good = rows()
    assert (row.name, row.state, row.place, row.widths) == (name, REFUSED, "", {})
    assert reason in row.reason
    assert good.state is KEPT
    assert stored(app) == [b"words"]
    page = visit_plain(address(story, "add"))
    assert "We could not take 1 file" in page.text
    assert page.has(f"#refused a[href='#file-{row.key}']")
    assert row.reason in page.text
    assert page.has("[data-empty='It is empty.'][data-too-large='It is larger than 2 MB.']")


def test_a_file_with_a_password_is_kept_and_says_so(visit_plain, add, story):
    add(story, ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))

    assert (rows()[0].state, rows()[0].reason) == (KEPT, HAS_PASSWORD)
    assert f"We have it. {HAS_PASSWORD}" in visit_plain(address(story, "add")).text


def test_of_a_picture_only_the_widths_are_kept_and_the_same_one_once(app, add, story):
    add(story, ("small.png", a_picture()))
    assert len(stored(app)) == len(set(rows()[0].widths.values())) == 1

    add(story, ("lake.jpg", a_picture("JPEG", (2000, 1000)) + media.a_document("hidden.html")))
    row = rows()[1]
    assert row.place == ""
    assert sorted(row.widths) == ["1600", "480", "960"]
    assert (row.width, row.height) == (1600, 800)
    assert len(stored(app)) == 4
    assert all(content[:4] == b"RIFF" for content in stored(app))


def test_several_files_come_together_also_with_the_same_name(add, story):
    one, other = a_picture(), a_picture(colour=(1, 2, 3))
    add(story, ("a.png", one), ("a.png", other), ("b.mp3", media.a_sound()))

    found = [(row.name, row.state) for row in rows()]
    assert found == [("a.png", KEPT), ("a.png", KEPT), ("b.mp3", KEPT)]
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
    assert kept in visit_plain(address(story, "add")).text


def test_more_than_all_limits_together_is_not_read(app, client, story):
    app.config["STORY_FILE_MAX_MB"] = 1
    answer = client.post(address(story, "add"), **form(("sign.mp4", a_film(3 * MB))))

    assert answer.status_code == 413
    assert rows() == []


def test_the_limits_are_said_and_what_is_over_them_is_named(visit_plain, add, app, story):
    app.config |= {"STORY_FILES_MOST": 3, "STORY_PICTURE_MAX_MB": 11, "STORY_FILE_MAX_MB": 333}
    path = address(story, "add")
    page = visit_plain(path)
    limits = "You can add 3 files in all. A picture can have 11 MB, any other file 333 MB."
    assert limits in page.text
    assert TAKEN in page.text
    assert not page.has("[accept]")

    add(story, *[(f"{number}.txt", b"words") for number in range(2)])
    answer = visit_plain.post(path, **form(*[(f"{n}.txt", b"words") for n in "abc"]))
    assert answer.status == 422
    assert "You can add 3 files. Remove one first. Not added: b.txt, c.txt." in answer.text
    assert [row.name for row in rows()] == ["0.txt", "1.txt", "a.txt"]
    page = visit_plain(path)
    assert "That is as many as we can take." in page.text
    assert not page.has("input[type=file]")


def test_what_is_refused_takes_no_room_and_only_the_newest_is_listed(app, add, story):
    app.config["STORY_FILES_MOST"] = 3
    for number in range(5):
        add(story, (f"{number}.exe", PROGRAM))
    add(story, *[(f"{number}.txt", b"words") for number in range(3)])

    found = [(row.name, row.state) for row in rows()]
    assert found[:3] == [("2.exe", REFUSED), ("3.exe", REFUSED), ("4.exe", REFUSED)]
    assert found[3:] == [("0.txt", KEPT), ("1.txt", KEPT), ("2.txt", KEPT)]


def test_a_form_without_a_file_asks_for_one(visit_plain, story):
    answer = visit_plain.send(address(story, "add"), button="Add these files")

    assert answer.status == 422
    assert "Choose a file first." in answer.text
    assert answer.has("a[href='#files-new']")


def test_a_large_file_is_never_in_memory(client, story, tmp_path):
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
    body, tail = tmp_path / "form", b"\r\n--x--\r\n"
    with body.open("wb") as file:
        file.write(head + a_film(media.KB))
        file.seek(len(head) + 100 * MB)
        file.write(tail)
    sent = {"content_type": "multipart/form-data; boundary=x"}
    sent |= {"content_length": body.stat().st_size}
    with body.open("rb") as file:
        path = address(story, "add")
        tracemalloc.start()
        answer = client.post(path, input_stream=file, **sent)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert answer.status_code == 303
    (row,) = rows()
    assert (row.size, row.state) == (100 * MB, CHECKING)
    assert most < 8 * MB
