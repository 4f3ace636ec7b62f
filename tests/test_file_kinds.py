"""What a file is: its content decides, whatever its name; only programs and pages are refused."""

import io
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import file_kinds
from portal.file_kinds import MB, TYPES, Unwelcome

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def boxed(brand, *alike):
    """How a picture, sound or film in boxes starts."""
    return b"\0\0\0\x24ftyp" + brand + b"\0\0\0\0" + b"".join(alike) + b"isom" + bytes(40)


def archive(*parts, **contents):
    """A zip archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in (dict.fromkeys(parts, "x") | contents).items():
            made.writestr(name, content)
    return file.getvalue()


def locked(content):
    """An archive whose parts are marked as encrypted (APPNOTE.TXT 4.4.4, bit 0)."""
    return content.replace(b"PK\1\2\x14\x03\x14\0\0", b"PK\1\2\x14\x03\x14\0\1")


def entries(*names):
    return OLD_OFFICE + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)


# Content, and the ends of all that it can be. The first, where the name says none of them.
KINDS = [
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40), "jpg jpeg jfif"),
    (b"\x89PNG\r\n\x1a\n" + bytes(60), "png"),
    (b"GIF89a" + bytes(40), "gif"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "webp"),
    (b"II*\0\x08\0\0\0" + bytes(40), "tiff tif dng nef"),
    (b"MM\0*\0\0\0\x08" + bytes(40), "tiff tif dng nef"),
    (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + bytes(40), "bmp"),
    *((boxed(brand), "heic heif") for brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc")),
    *((boxed(*brands), "avif") for brands in ((b"avif",), (b"avis",), (b"mif1", b"avif"))),
    *((boxed(brand), "m4a m4b mp4 mov qta") for brand in (b"M4A ", b"M4B ")),
    *((boxed(brand), "mp4 m4v m4a mov 3gp 3ga") for brand in (b"iso5", b"mp42", b"isom", b"dash")),
    *((boxed(brand), "3gp 3gpp 3ga m4a mp4") for brand in (b"3gp4", b"3gp5", b"3g2a")),
    *((start, "mov mp4 m4a qta") for start in (boxed(b"qt  "), b"\0\0\0\x08wide" + bytes(40))),
    (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm", "webm weba mkv mka"),
    (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x88matroska", "mkv mka webm weba"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa" + bytes(40), "wmv wma"),
    *((b"\0\0\1" + code + bytes(40), "mpg mpeg") for code in (b"\xba", b"\xb3")),
    (b"RIFF\0\0\0\0AVI LIST", "avi"),
    *((start + b"G@\0\x10" + bytes(40), "mts m2ts ts") for start in (b"", b"\0\1\2\3")),
    (b"FLV\1\5" + bytes(40), "flv"),
    (b"OggS\0\x02" + bytes(40), "ogg oga opus ogv"),
    (b"ID3\x03\0\0\0\0\0\0" + bytes(40), "mp3 aac flac"),
    *(
        (b"\xff" + byte + b"\x90\x44" + bytes(40), "mp3 mp2")
        for byte in (b"\xfb", b"\xf3", b"\xfd")
    ),
    (b"\xff\xf1\x50\x80" + bytes(40), "aac"),
    (b"#!AMR\n" + bytes(40), "amr"),
    *((start + b"\0\0\0\0WAVEfmt ", "wav") for start in (b"RIFF", b"RF64")),
    *((b"FORM\0\0\0\0AIF" + last + bytes(40), "aiff aif") for last in (b"F", b"C")),
    (b"caff\0\1\0\0desc", "caf"),
    (b"fLaC\0\0\0\x22" + bytes(40), "flac"),
    *(
        (before + b"%PDF-1.4\n\xe2\xe3\0\n%%EOF", "pdf")
        for before in (
            *(b"", b"\r\n\r\n", b"\xef\xbb\xbf", b"\n" * 1000),
            b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n",
        )
    ),
    (b"{\\rtf1\\ansi My story.}", "rtf"),
    (OLD_OFFICE, "doc xls ppt msg pub docx xlsx pptx"),
    (archive("[Content_Types].xml", "word/document.xml"), "docx"),
    (archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    (archive("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
    *((archive(mimetype=TYPES[end]), end) for end in ("odt", "ods", "odp", "odg", "epub")),
    *(
        (archive(*parts), "zip pages numbers key docx xlsx pptx odt ods odp odg epub")
        for parts in (["Index/Document.iwa"], ["photo 1.jpg", "letter.docx"])
    ),
    (b"no such kind\0\1\2\3", "bin " + " ".join(TYPES)),
]
# As phones, scanners and word processors make them: under which name they are given out.
SEEN = [
    ("holiday.jpg", boxed(b"heic", b"mif1"), "holiday.jpg.heic"),
    ("lake.jpg", b"\x89PNG\r\n\x1a\n" + bytes(60), "lake.jpg.png"),
    *((f"voice.{end}", boxed(b"M4A "), f"voice.{end}.m4a") for end in ("mp3", "wav", "wma")),
    *((f"voice.{end}", boxed(b"mp42"), f"voice.{end}.m4a") for end in ("mp3", "wav", "wma")),
    ("sign.avi", boxed(b"M4A "), "sign.avi.mp4"),
    *((f"voice.{end}", boxed(b"3gp4"), f"voice.{end}") for end in ("3ga", "3gpp", "m4a")),
    ("IMG_1234", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "IMG_1234.jpg"),
    ("scan.pdf", b"\r\n\r\n%PDF-1.4\n%%EOF", "scan.pdf"),
    ("story.doc", b"{\\rtf1\\ansi My story.}", "story.doc.rtf"),
    ("story", archive("word/document.xml"), "story.docx"),
    ("letter.pdf", b"Only words", "letter.pdf.txt"),
    ("a page.url", b"[InternetShortcut]\r\nURL=https://pool.example/", "a page.url.txt"),
    ("Tickets of trainline.com", b"%PDF-1.4\n%%EOF", "Tickets of trainline.com.pdf"),
]
WORDS = [
    *("Zoë swims".encode(code) for code in ("utf-8", "cp1252", "utf-16", "latin-1")),
    *(b"page one\f\npage two\x1a", b"MZ is a bus line", b"neither \xff\x81", b"%", b"PK", b"BM"),
    *(b"BEGIN:VCARD\r\n", b"BEGIN:VCALENDAR\r\n", b"Subject: Hello\r\n\r\nHello", b"a;b\r\n1;2"),
    b"<?xml version='1.0'?><gpx version='1.1'/>",
    b"<!---->" * 500 + b"no page",  # for hours, where a pattern tries all ways to part them
]
PAGES = [
    *(b"<html>", b"<!DOCTYPE html><p>", b"\xef\xbb\xbf \n<!-- hi --><HTML>", b"<script>alert(1)"),
    *(b"<?xml version='1.0'?>\n<!-- a -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", b"<table "),
    *("<html>".encode(code) for code in ("utf-16", "utf-16-le")),
    b"<!--" + b"x" * 9_000,
    b"<html>" + b"%PDF-1.4",
]
HEADS = [
    *(b"MZ\x90\0\3", b"\x7fELF\2\1\1\0", b"\xcf\xfa\xed\xfe\7\0", b"\xca\xfe\xba\xbe\0\0"),
    *(b"dex\n035\0", b"L\0\0\0\1\x14\2\0", b"ITSF\3\0\0\0"),
]
PROGRAMS = [*(head + bytes(200) for head in HEADS), b"#!/bin/sh\n", b"#! /usr/bin/env python\n"]
OF_WORDS = [end for end, kind in TYPES.items() if kind.startswith(file_kinds.WORDS)]
OTHERS = [end for end in TYPES if end not in OF_WORDS]
NAMELESS = ["IMG_1234", "noname", "file", "walk.unknown", "a.b.c", "Zoë.", ""]


def told(content, name):
    kind = file_kinds.content_type(name, content)
    fits = file_kinds.fitting_name(name, kind)
    assert TYPES[fits.rpartition(".")[2].lower()] == kind
    assert fits.startswith(name)
    return kind


@pytest.mark.parametrize(("content", "ends"), KINDS)
def test_content_decides_whatever_the_name_says_or_lacks(content, ends):
    can_be = [TYPES[end] for end in ends.split()]
    for name in NAMELESS:
        assert told(content, name) == can_be[0]
    for end in TYPES:
        kind, is_words = told(content, f"x.{end.upper()}"), end in OF_WORDS and b"\0" not in content
        assert kind == TYPES[end] if TYPES[end] in can_be or is_words else kind in can_be


@pytest.mark.parametrize(("name", "content", "given"), SEEN)
def test_the_name_under_which_a_file_is_given_out_says_what_it_is(name, content, given):
    assert file_kinds.fitting_name(name, file_kinds.content_type(name, content)) == given


@pytest.mark.parametrize(("content", "end"), [*product(WORDS, [*OF_WORDS, "", "unknown", "jpg"])])
def test_any_text_is_taken_as_what_its_name_says_or_as_text(content, end):
    kind = told(content, f"words.{end}") if end else told(content, "words")

    assert kind == (TYPES[end] if end in OF_WORDS else "text/plain")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        *((content, "a program") for content in PROGRAMS),
        *((content, "a web page") for content in PAGES),
        *((archive(name), "a program in it") for name in ("a/setup.exe", "run.JS", "x.lnk")),
    ],
)
def test_a_program_or_page_is_refused_under_every_name_and_says_so(content, says):
    may_be_words = content.startswith((b"<", b"#!", b"\xef", b"\xff\xfe"))
    for name in [*NAMELESS, *(f"x.{end}" for end in TYPES if end in OTHERS or not may_be_words)]:
        with pytest.raises(Unwelcome, match=says):
            file_kinds.content_type(name, content)


@pytest.mark.parametrize("says", ["programs", "pages"])
def test_the_name_of_a_program_or_page_is_refused_whatever_is_in_it(says):
    reason = {"programs": file_kinds.IS_PROGRAM, "pages": file_kinds.IS_PAGE}[says]
    assert not TYPES.keys() & set(file_kinds.HARMFUL[says])
    for end in file_kinds.HARMFUL[says]:
        with pytest.raises(Unwelcome) as refusal:
            file_kinds.content_type(f"holiday.jpg.{end.upper()}", KINDS[0][0])
        assert str(refusal.value) == reason


@given(st.text(max_size=20), st.one_of(st.binary(), *(st.just(one[0]) for one in KINDS)))
def test_anything_else_is_taken_and_given_out_under_a_name_that_fits(name, rest):
    with suppress(Unwelcome):  # such as text that starts as a script does
        told(rest, name)


HEAD_OF_WORD = b"\xec\xa5\xc1\0\0\0\x09\x04\0\0\0"
HEAD_OF_EXCEL = b"\x09\x08\x10\0\0\x06\x05\0" + bytes(12)
HEAD_OF_POWERPOINT = b"\0\0\xf6\x0f\x31\0\0\0\x14\0\0\0"
HAS, MAY = file_kinds.HAS_PASSWORD, file_kinds.MAY_HAVE_PASSWORD


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        *((f"new.{end}", OLD_OFFICE + bytes(900), HAS) for end in ("docx", "xlsx", "pptx")),
        *((name, entries("EncryptedPackage"), HAS) for name in ("new.docx", "noname")),
        ("far.docx", OLD_OFFICE + bytes(256 * 1024 - 520) + entries("EncryptedPackage"), HAS),
        ("old, called new.docx", entries("WordDocument"), ""),
        ("old.ppt", OLD_OFFICE + HEAD_OF_POWERPOINT + b"\xdf\xc4\xd1\xf3", HAS),
        ("old.ppt", OLD_OFFICE + HEAD_OF_POWERPOINT + b"\x5f\xc0\x91\xe3", ""),
        *(("old.doc", OLD_OFFICE + HEAD_OF_WORD + flags, HAS) for flags in (b"\1", b"\x13")),
        *(("old.doc", OLD_OFFICE + HEAD_OF_WORD + flags, "") for flags in (b"\0", b"\x12")),
        ("old.xls", OLD_OFFICE + HEAD_OF_EXCEL + b"\x2f\0\x36\0", HAS),
        ("old.xls", OLD_OFFICE + HEAD_OF_EXCEL + b"\xe1\0\x02\0", ""),
        ("scan.pdf", b"%PDF-1.4\ntrailer<</Encrypt 5 0 R/Root 1 0 R>>", MAY),
        ("scan.pdf", b"%PDF-1.4\ntrailer<</Root 1 0 R>>", ""),
        ("many.zip", locked(archive("letter.docx")), HAS),
        ("many.zip", archive("letter.docx"), ""),
        ("new.odt", archive("encrypted-package", mimetype=TYPES["odt"]), HAS),
        *(
            ("new.odt", archive(**{"META-INF/manifest.xml": text}), note)
            for text, note in (("<m:encryption-data/>", HAS), ("<m:manifest/>", ""))
        ),
        ("new.pages", archive("Index/Document.iwa", ".iwpv2"), HAS),
        ("broken.docx", b"PK\3\4" + bytes(40), ""),
        ("words.txt", b"EncryptedPackage", ""),
    ],
)
def test_a_file_with_a_password_is_taken_and_says_that_it_has_one(name, content, note):
    assert told(content, name)
    assert file_kinds.password_note(name, content) == note


class Watched(io.BytesIO):
    """Counts what is read."""

    seen = 0

    def read(self, size=-1):
        content = super().read(size)
        self.seen += len(content)
        return content


def loose(size):
    """An office file with a part of so many bytes, not packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("word/media/film.mp4", bytes(size))
    return file.getvalue()


@pytest.mark.parametrize(
    ("end", "content"),
    [("mp4", boxed(b"mp42") + bytes(9 * MB)), ("txt", b"words" * MB), ("docx", loose(9 * MB))],
    ids=["mp4", "txt", "docx"],
)
def test_of_a_large_file_little_is_read(end, content):
    large = Watched(content)

    assert file_kinds.content_type(f"large.{end}", large) == TYPES[end]
    assert large.seen < MB


def test_an_office_file_that_grows_too_large_is_refused_and_not_unpacked():
    bomb = archive(**{"word/document.xml": bytes(300 * MB)})
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
