"""Which files we take: told by their size and content, which their name must agree with."""

import codecs
import re
import tomllib
from collections.abc import Iterator
from functools import partial
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZipFile

TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TYPES: dict[str, str] = {end: kind for kind, ends in TABLES["types"].items() for end in ends}
ALIKE: list[set[str]] = [set(ends) for ends in TABLES["alike"]]
INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
OPEN_DOCUMENTS = frozenset({"odt", "ods", "odp"})
MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")  # one without a title starts with its sound
# Pictures, sound and film in boxes (ISO/IEC 14496-12): the brand after `ftyp` tells them apart.
BOXED = frozenset({"mp4", "m4a", "m4v", "mov", "3gp"})
PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
OTHER_BRANDS = (b"avif", b"avis", b"crx ", b"jpeg", b"jp2 ")
# Windows, Linux and macOS programs: what starts so is never anything else.
PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
LONGEST_TYPE = 100
HEAD, CHUNK = 64, 256 * 1024  # bytes

# An office file is a zip archive. It is never unpacked here, but whoever opens it unpacks it.
MB = 1024 * 1024
LARGEST_LIST = MB
MAY_GROW_TO, MAY_GROW_TIMES = 100 * MB, 10

NOT_TAKEN = "We take pictures, sound, film, PDF, text and office files. This is something else."
NOT_WHAT_IT_SAYS = "Its name ends in “.{end}”, but what is in it is something else."
EMPTY = "It is empty."
TOO_LARGE = "It is larger than {most} MB."
GROWS = "It is packed so tightly that it would grow far too large when somebody opens it."


class Unwelcome(Exception):
    """A file that we do not keep; the text says why, in words."""


class TooLarge(Unwelcome):
    """A file with more bytes than we take."""


def must_fit(size: int, most: int) -> None:
    """Raise TooLarge where a file of so many bytes has more than `most` MB."""
    if size > most * MB:
        raise TooLarge(TOO_LARGE.format(most=most))


def content_type(name: str, content: bytes | BinaryIO) -> str:
    """What the file is. Raises Unwelcome if we do not take that, or if it hides as another kind.

    A large one is given as a file that can be sought in: of most kinds little is read, and of
    none much at once.
    """
    file = BytesIO(content) if isinstance(content, bytes) else content
    named = type_by_name(name)
    if not _fits(_end(name), file):
        raise Unwelcome(NOT_WHAT_IT_SAYS.format(end=_end(name)))
    return named


def type_by_name(name: str) -> str:
    """What the file says that it is. Raises Unwelcome if we do not take that."""
    if _end(name) not in TYPES:
        raise Unwelcome(NOT_TAKEN)
    return TYPES[_end(name)]


def _end(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _fits(end: str, file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(PROGRAMS):
        return False
    if TYPES[end] == "text/plain":
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return any(_decodes(file, one) for one in (("utf-16",) if wide else ("utf-8", "cp1252")))
    if end in INSIDE or end in OPEN_DOCUMENTS:
        return _is_document(end, file)
    if _has_sign(end, head):
        return True
    alike = next((ends for ends in ALIKE if end in ends), {end})
    return any(shape in alike for shape in _shapes(file))


def _has_sign(end: str, head: bytes) -> bool:
    """Whether a file starts as its kind does, in the ways that the library does not know."""
    if end == "mp3":
        return head.startswith(MP3_FRAMES)
    if head[4:8] != b"ftyp":
        return False
    if end in {"heic", "heif"}:
        return head[8:12] in PICTURE_BRANDS
    return end in BOXED and head[8:12] not in PICTURE_BRANDS + OTHER_BRANDS


def _shapes(file: BinaryIO) -> Iterator[str]:
    """What the content may be, as ends of names."""
    import puremagic  # noqa: PLC0415 - reads its tables, which few requests need

    file.seek(0)
    try:
        matches = puremagic.magic_stream(file)
    except (puremagic.PureError, ValueError):  # unknown, or empty
        return
    yield from (match.extension.lower().lstrip(".") for match in matches)


def _decodes(file: BinaryIO, charset: str) -> bool:
    """Whether the whole file is text in this encoding, a little of it at a time."""
    decoder = codecs.getincrementaldecoder(charset)()
    file.seek(0)
    try:
        for chunk in iter(partial(file.read, CHUNK), b""):
            if CONTROL.search(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _is_document(end: str, file: BinaryIO) -> bool:
    """Whether a zip archive holds what this kind of office file must; nothing is unpacked."""
    may_grow_to = MAY_GROW_TO + MAY_GROW_TIMES * file.seek(0, SEEK_END)
    try:
        with ZipFile(cast("BinaryIO", _InSmallParts(file))) as archive:
            if sum(part.file_size for part in archive.filelist) > may_grow_to:
                raise Unwelcome(GROWS)
            if end in INSIDE:
                return any(name.startswith(INSIDE[end]) for name in archive.namelist())
            with archive.open("mimetype") as part:
                return part.read(LONGEST_TYPE).decode() == TYPES[end]
    except Unwelcome:
        raise
    except Exception:  # the library fails in many ways on archives that break the rules
        return False


class _InSmallParts:
    """A file of which nobody can read much at once.

    The library reads an archive's list of parts whole, however long that says it is.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read a part, or the rest. Raises Unwelcome instead of filling the memory."""
        part = self._file.read(LARGEST_LIST + 1 if size < 0 else min(size, LARGEST_LIST + 1))
        if len(part) > LARGEST_LIST:
            raise Unwelcome(GROWS)
        return part
