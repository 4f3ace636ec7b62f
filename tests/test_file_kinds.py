"""What a file is, told by its content: of a large one too, with little of it read."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from portal import file_kinds
from portal.file_kinds import Unwelcome

MB = 1024 * 1024


def boxed(brand):
    """How a picture, sound or film in boxes starts."""
    return b"\0\0\0\x24ftyp" + brand + b"\0\0\0\0" + brand + b"isom" + b"\0" * 40


def archive(*parts):
    """A zip archive of these parts: (name, size)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, size in parts:
            with made.open(name, "w", force_zip64=size > MB) as part:
                for _ in range(0, size, MB):
                    part.write(b"\0" * min(size, MB))
    return file.getvalue()


class Watched(io.BytesIO):
    """Counts what is read."""

    seen = 0

    def read(self, size=-1):
        content = super().read(size)
        self.seen += len(content)
        return content


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("sign.mp4", boxed(b"iso5"), "video/mp4"),
        ("sign.mov", boxed(b"qt  "), "video/quicktime"),
        ("memo.m4a", boxed(b"M4B "), "audio/mp4"),
        ("lake.heic", boxed(b"mif1"), "image/heic"),
        ("lake.heif", boxed(b"heix"), "image/heif"),
        ("voice.weba", b"\x1a\x45\xdf\xa3\x01\0\0\0", "audio/webm"),
    ],
)
def test_what_phones_and_browsers_record_is_known(name, content, kind):
    assert file_kinds.content_type(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sign.mp4", boxed(b"heic")),
        ("sign.mp4", boxed(b"avif")),
        ("lake.heic", boxed(b"mp42")),
        ("lake.heic", boxed(b"avif")),
        ("words.txt", b"neither \xff\x81"),
        ("words.txt", b"\xff\xfeodd"),
    ],
)
def test_what_only_looks_alike_is_something_else(name, content):
    with pytest.raises(Unwelcome, match="something else"):
        file_kinds.content_type(name, content)


def test_a_large_film_is_told_from_its_ends():
    film = Watched(boxed(b"mp42") + bytes(20 * MB))

    assert file_kinds.content_type("sign.mp4", film) == "video/mp4"
    assert film.seen < MB


def test_a_large_text_is_read_little_by_little():
    letters = "é".encode() * (10 * MB)
    tracemalloc.start()
    kind = file_kinds.content_type("words.txt", io.BytesIO(letters))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kind == "text/plain"
    assert most < 4 * MB


def test_of_a_large_office_file_only_the_list_is_read():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("word/media/film.mp4", bytes(20 * MB))
    large = Watched(file.getvalue())

    assert file_kinds.content_type("story.docx", large) == file_kinds.TYPES["docx"]
    assert large.seen < MB


def test_an_office_file_that_grows_too_large_is_refused_and_not_unpacked():
    bomb = archive(("word/document.xml", 300 * MB))
    assert len(bomb) < MB
    tracemalloc.start()
    with pytest.raises(Unwelcome, match="grow far too large"):
        file_kinds.content_type("story.docx", bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 2 * MB


@pytest.mark.parametrize("says", ["in its list", "in its larger list"])
def test_an_office_file_with_a_list_that_fills_the_memory_is_refused(says):
    rubbish = b"PK\3\4" + bytes(3 * MB)
    size = 2 * MB
    larger = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 9, 9, size, 0)
    leads_there = struct.pack("<4sLQL", b"PK\6\7", 0, len(rubbish), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, size if says == "in its list" else 9, 0, 0)
    bomb = rubbish + (larger + leads_there if says != "in its list" else b"") + end

    with pytest.raises(Unwelcome, match="grow far too large"):
        file_kinds.content_type("story.docx", bomb)
