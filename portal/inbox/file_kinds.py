"""Which files we take: told by their content, which their name must agree with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

# The kinds that we take, by the ends of their names.
TYPES = {
    **dict.fromkeys(("jpg", "jpeg", "jfif"), "image/jpeg"),
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    **dict.fromkeys(("tif", "tiff"), "image/tiff"),
    "pdf": "application/pdf",
    **dict.fromkeys(("txt", "text", "md", "csv"), "text/plain"),
    "rtf": "application/rtf",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "wav": "audio/wav",
    "flac": "audio/flac",
    **dict.fromkeys(("ogg", "oga", "opus"), "audio/ogg"),
    **dict.fromkeys(("mp4", "m4v"), "video/mp4"),
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "webm": "video/webm",
    "avi": "video/x-msvideo",
}
# Kinds that share a shape: the first bytes do not tell them apart.
ALIKE = (
    {"jpg", "jpeg", "jfif", "jpe"},
    {"tif", "tiff"},
    {"heic", "heif"},
    {"doc", "xls", "ppt"},
    {"mp4", "m4a", "m4v", "mov", "3gp", "3ga", "f4a", "f4v"},
    {"ogg", "oga", "opus"},
    {"webm", "mkv"},
)
INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
OPEN_DOCUMENTS = frozenset({"odt", "ods", "odp"})
MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")  # one without a title starts with its sound
# Windows, Linux and macOS programs: what starts so is never anything else.
PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
LONGEST_TYPE = 100

NOT_TAKEN = "We take pictures, sound, film, PDF, text and office files. This is something else."
NOT_WHAT_IT_SAYS = "Its name ends in “.{end}”, but what is in it is something else."


class Unwelcome(Exception):
    """A file that we do not keep; the text says why, in words for the team."""


def content_type(name: str, content: bytes) -> str:
    """What the file is. Raises Unwelcome if we do not take that, or if it hides as another kind."""
    end = name.rpartition(".")[2].lower()
    if end not in TYPES:
        raise Unwelcome(NOT_TAKEN)
    if not _fits(end, content):
        raise Unwelcome(NOT_WHAT_IT_SAYS.format(end=end))
    return TYPES[end]


def _fits(end: str, content: bytes) -> bool:
    if content.startswith(PROGRAMS):
        return False
    if TYPES[end] == "text/plain":
        return _is_text(content)
    if end in INSIDE or end in OPEN_DOCUMENTS:
        return _is_document(end, content)
    if end == "mp3" and content.startswith(MP3_FRAMES):
        return True
    alike = next((ends for ends in ALIKE if end in ends), {end})
    return any(shape in alike for shape in _shapes(content))


def _shapes(content: bytes) -> Iterator[str]:
    """What the content may be, as ends of names."""
    import puremagic  # noqa: PLC0415 - reads its tables, which few requests need

    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):  # unknown, or empty
        return
    yield from (match.extension.lower().lstrip(".") for match in matches)


def _is_text(content: bytes) -> bool:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for charset in ("utf-16",) if wide else ("utf-8", "cp1252"):
        try:
            return not CONTROL.search(content.decode(charset))
        except UnicodeDecodeError:
            continue
    return False


def _is_document(end: str, content: bytes) -> bool:
    """Whether a zip archive holds what this kind of office file must."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            if end in INSIDE:
                return any(name.startswith(INSIDE[end]) for name in archive.namelist())
            with archive.open("mimetype") as file:
                return file.read(LONGEST_TYPE).decode() == TYPES[end]
    except Exception:  # the library fails in many ways on archives that break the rules
        return False
