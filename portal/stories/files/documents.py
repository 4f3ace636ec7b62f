"""A program: writes a document anew without who wrote it, when, and with what.

It runs by itself (`programs`) and knows nothing of the portal: documents come from strangers. Its
arguments are the file and the new file. What it cannot clean it does not write: then it ends with
`REFUSED` and says why.
"""

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REFUSED = 3
LARGEST_PART, LARGEST = 64 * 1024 * 1024, 512 * 1024 * 1024
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say

OTHER_PART = "We cannot take hidden names and dates out of a part of it ({part}). Make it a PDF."
LOCKED = "It has a password, so we cannot take hidden names and dates out of it."
TOO_LARGE = "It is too large for us to take hidden names and dates out of it."
BROKEN = "We cannot read it to the end. A part of it may be missing. Add it again."

# Parts that only say who, when and with what: each is left with nothing in it.
OPEN = "http://schemas.openxmlformats.org"
CORE = f"{OPEN}/package/2006/metadata/core-properties"
EMPTY = {
    r"docProps/core\.xml": f'<coreProperties xmlns="{CORE}"/>',
    r"docProps/app\.xml": f'<Properties xmlns="{OPEN}/officeDocument/2006/extended-properties"/>',
    r"docProps/custom\.xml": f'<Properties xmlns="{OPEN}/officeDocument/2006/custom-properties"/>',
    r"customXml/item\d*\.xml": "<nothing/>",
    r"docMetadata/.*\.xml": (
        '<labelList xmlns="http://schemas.microsoft.com/office/2020/mipLabelMetadata"/>'
    ),
    r"(.*/)?meta\.xml": (
        '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' office:version="1.2"><office:meta/></office:document-meta>'
    ),
}
LEFT_OUT = re.compile(r"docProps/thumbnail\..*|Thumbnails/.*|.*printerSettings.*|layout-cache")
VALUE, YEAR = r"(?:\"[^\"]*\"|'[^']*')", r"[\"']\d{4}-[^\"']*[\"']"
# What goes from the text of a part, and what stays of it. In Word, PowerPoint, Excel, OpenDocument:
# what points to parts that were left out; when somebody commented or changed something, and who.
GOES = [
    (r"<Relationship\s[^>]*/(?:thumbnail|printerSettings)\"[^>]*/>", ""),
    (r"<manifest:file-entry\s[^>]*full-path=\"(?:Thumbnails/|layout-cache)[^>]*/>", ""),
    (r"(<pageSetup\b[^>]*?)\sr:id=\"[^\"]*\"", r"\1"),
    (rf"\s(?:\w+:)?(?:date|dateUtc|dateTime|dT|dt)={YEAR}", ""),
    (rf"(\s(?:created|modified)=){YEAR}", r'\1"2000-01-01T00:00:00"'),
    (rf"(\s(?:\w+:)?(?:author|initials|userId|providerId|userName)=){VALUE}", r'\1""'),
    (rf"(<(?:\w+:)?person\s(?:[^>]*?\s)?displayName=){VALUE}", r'\1""'),
    (rf"(<(?:\w+:)?(?:cmAuthor|author)\s(?:[^>]*?\s)?name=){VALUE}", r'\1""'),
    (r"<((?:dc|meta):date(?:-string)?)>[^<]*</\1>", ""),
    (r"(<(?:\w+:)?(?:author|creator|creator-initials)>)[^<]*(?=</)", r"\1"),
    (r"(<config:config-item\s[^>]*name=\"(?:Printer|[^\"]*User)\w*\"[^>]*>)[^<]*(?=</)", r"\1"),
    (r"(\s(?:url|Target)=)\"(?:file:|[A-Za-z]:\\|\\\\)[^\"]*\"", r'\1"about:blank"'),
]
TEXTS = (".xml", ".rels", ".vml", ".rdf")
AS_THEY_ARE = (".odttf", ".fntdata", ".ttf", ".otf")

# JPEG: how the picture is coded, and the notes that say of which kind and colours it is.
JPEG, SCAN, END = b"\xff\xd8", 0xDA, 0xD9
KEPT_SEGMENTS = {*range(0xC0, 0xE0)}
KEPT_NOTES = (b"ICC_PROFILE\0", b"Adobe\0")
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what ends a scan: no stuffing, no restart
KEPT_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP"}
PNG = b"\x89PNG\r\n\x1a\n"

# PDF: what says who, when, where and with what; and what is another file, or runs.
SAYS = {
    *("/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/CreationDate", "/ModDate", "/M"),
    *("/AF", "/EmbeddedFiles", "/JavaScript", "/OpenAction", "/AA", "/Collection", "/NM", "/FS"),
    *("/CreatorInfo", "/Contact", "/Location", "/Cert", "/Perms", "/DSS"),
}
SIGNATURES, FIELDS = ("/Sig", "/DocTimeStamp"), ("/Widget", None)
JPEG_FILTER, JPEG_2000 = "/DCTDecode", "/JPXDecode"


class Unclean(Exception):
    """A document that cannot be cleaned; the text says why."""


def clean_archive(source: str, target: str) -> None:
    """Write an office file anew, each part of it by itself."""
    with zipfile.ZipFile(source) as came, zipfile.ZipFile(target, "w") as made:
        if sum(part.file_size for part in came.infolist()) > LARGEST:
            raise Unclean(TOO_LARGE)
        for part in came.infolist():
            name = part.filename
            if part.flag_bits & 1:
                raise Unclean(LOCKED)
            if LEFT_OUT.fullmatch(name) or part.is_dir():
                continue
            if part.file_size > LARGEST_PART:
                raise Unclean(TOO_LARGE)
            fresh = zipfile.ZipInfo(name, FIRST_DAY)
            is_first = name == "mimetype"  # OpenDocument wants it to be read without unpacking
            fresh.compress_type = zipfile.ZIP_STORED if is_first else zipfile.ZIP_DEFLATED
            made.writestr(fresh, _part(name, came.read(part)))


def _part(name: str, content: bytes) -> bytes:
    """One part of an office file, without who and when."""
    for pattern, empty in EMPTY.items():
        if re.fullmatch(pattern, name):
            return f'<?xml version="1.0" encoding="UTF-8"?>{empty}'.encode()
    lower = name.lower()
    if lower.endswith(TEXTS):
        return _words(name, content)
    if lower.endswith((".jpg", ".jpeg")):
        return clean_jpeg(content)
    if lower.endswith(".png"):
        return clean_png(content)
    if name == "mimetype" or lower.endswith(AS_THEY_ARE) or not content:
        return content
    raise Unclean(OTHER_PART.format(part=name))


def _words(name: str, content: bytes) -> bytes:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unclean(OTHER_PART.format(part=name)) from error
    for pattern, stays in GOES:
        text = re.sub(pattern, stays, text)
    return text.encode()


def clean_jpeg(content: bytes) -> bytes:
    """A JPEG picture without Exif, XMP, comments, thumbnails and what stands behind it."""
    made, at = [content[:2]], 2
    while content.startswith(JPEG) and content[at : at + 1] == b"\xff":
        kind = content[at + 1]
        if kind == END:
            return b"".join([*made, content[at : at + 2]])
        after = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if kind in KEPT_SEGMENTS or content.startswith(KEPT_NOTES, at + 4):
            made.append(content[at:after])
        at = after
        if kind == SCAN and (marker := MARKER.search(content, at)):
            made.append(content[at : marker.start()])
            at = marker.start()
    raise Unclean(BROKEN)


def clean_png(content: bytes) -> bytes:
    """A PNG picture without texts, times and Exif."""
    made, at = [PNG], len(PNG)
    while content.startswith(PNG) and at < len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if kind in KEPT_CHUNKS:
            made.append(content[at : at + 12 + size])
        if kind == b"IEND":
            return b"".join(made)
        at += 12 + size
    raise Unclean(BROKEN)


def clean_pdf(source: str, target: str) -> None:
    """Write a PDF anew from what its pages show."""
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - office files need none of it
    from pypdf.generic import DictionaryObject  # noqa: PLC0415

    reader = PdfReader(source)
    if reader.is_encrypted:
        raise Unclean(LOCKED)
    writer = PdfWriter(clone_from=reader)
    for one in _dictionaries(writer, DictionaryObject):
        _forget(one)
    cleaned = io.BytesIO()
    writer.write(cleaned)
    # Once more: what nothing leads to any longer stays behind.
    writer = PdfWriter(clone_from=PdfReader(cleaned))
    writer.metadata = None
    writer.write(target)


def _dictionaries(writer: Any, kind: type) -> Iterator[Any]:
    """Every dictionary of a PDF, also those that stand in another."""
    waits = [one for one in writer._objects if one is not None]
    while waits:
        one = waits.pop()
        if isinstance(one, kind):
            yield one
            waits += [*one.values()]  # type: ignore[attr-defined]
        elif isinstance(one, list):
            waits += one


def _forget(one: Any) -> None:
    """Take out of a dictionary of a PDF what says who and when."""
    is_signature = one.get("/Type") in SIGNATURES
    for key in [*one]:
        if key in SAYS or key.startswith("/PTEX") or (is_signature and key != "/Type"):
            del one[key]
    if "/Subtype" in one and one["/Subtype"] not in FIELDS and "/Rect" in one:
        one.pop("/T", None)  # who made a comment; of a field it is the name
    filters = one.get("/Filter", [])
    filters = filters if isinstance(filters, list) else [filters]
    if JPEG_2000 in filters:
        raise Unclean(OTHER_PART.format(part="a JPEG 2000 picture"))
    if filters == [JPEG_FILTER]:
        one._data = clean_jpeg(one._data)


def main(source: str, target: str) -> int:
    """Clean one document."""
    try:
        is_pdf = b"%PDF-" in Path(source).read_bytes()[:1024]
        (clean_pdf if is_pdf else clean_archive)(source, target)
    except Unclean as reason:
        sys.stdout.write(str(reason))
        return REFUSED
    except Exception:  # what breaks the rules breaks the readers in many ways
        sys.stdout.write(BROKEN)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
