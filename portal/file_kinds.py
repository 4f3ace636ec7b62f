"""What a file is, told by its content before its name; and which few we do not take.

Files are only ever given out to be saved, under a name that fits what they are. So it is enough
that one is no program, no page, and nothing that fills the memory of whoever opens it.
"""

import re
import tomllib
from collections.abc import Callable
from functools import partial
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import IO, cast
from zipfile import ZipFile

TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ENDS: dict[str, list[str]] = TABLES["types"]
TYPES: dict[str, str] = {end: kind for kind, ends in ENDS.items() for end in ends}
HARMFUL = TABLES["harmful"]
WORDS = ("text/", "message/")  # any text can be one of these
TEXT, ANYTHING, ARCHIVE = "text/plain", "application/octet-stream", "application/zip"
NEW_OFFICE = "application/vnd.openxmlformats-"


def _any_of(patterns: list[str], before: str = "") -> re.Pattern[bytes]:
    return re.compile(f"{before}(?:{'|'.join(patterns)})".encode(), re.DOTALL)


SHAPES = [(_any_of([starts]), [TYPES[end] for end in ends]) for starts, *ends in TABLES["shapes"]]
PROGRAM = _any_of(HARMFUL["program"])
# What may stand before a page: a mark of the encoding, spaces, comments, what XML starts with.
PAGE = _any_of(
    HARMFUL["page"], r"(?i)[\s\xef\xbb\xbf\xff\xfe]*(?>(?:<\?xml\s[^>]*>|<!--.*?-->)\s*)*+<"
)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")  # form feeds stand in texts, too
LONGEST_TYPE = 100
HEAD, CHUNK, OVERLAP = 4096, 256 * 1024, 64  # bytes


def _entries(*names: str) -> str:
    return "|".join("".join(f"{letter}\\0" for letter in name) for name in names)


ODD = "".join(rf"\x{byte:02x}" for byte in range(1, 256, 2))
# In office files of the old shape: a new one that is encrypted ([MS-OFFCRYPTO] 2.3.4.4), fEncrypted
# in Word's head ([MS-DOC] 2.5.2), a FilePass behind Excel's ([MS-XLS] 2.4.117), and the token of an
# encrypted file in PowerPoint's CurrentUserAtom ([MS-PPT] 2.3.2).
LOCKED = _any_of(
    [
        _entries("EncryptedPackage"),
        rf"\xec\xa5\xc1\0.{{7}}[{ODD}]",
        r"\x09\x08\x10\0\0\x06\x05\0.{12}\x2f\0",
        r"\xf6\x0f.{4}\x14\0\0\0\xdf\xc4\xd1\xf3",
    ]
)
UNLOCKED = _any_of([_entries("WordDocument", "Workbook", "PowerPoint Document")])
LOCKED_PDF = re.compile(rb"/Encrypt[\s<]")
LOCKED_PARTS = ("encrypted-package", ".iwpv2")  # OpenDocument 1.4; Pages, Numbers and Keynote

# An office file is a zip archive. It is never unpacked here, but whoever opens it unpacks it.
MB = 1024 * 1024
LARGEST_LIST = MB
MAY_GROW_TO, MAY_GROW_TIMES = 100 * MB, 10

TAKEN = "We take pictures, sound, film, documents and other files, but no programs or web pages."
NO_PROGRAMS = "We do not take programs, because they can do harm."
IS_PROGRAM = f"It is a program. {NO_PROGRAMS}"
HAS_PROGRAM = f"There is a program in it. {NO_PROGRAMS}"
IS_PAGE = (
    "It is a web page, or a drawing made like one. We do not take those, because they can do "
    "harm. You can send a PDF or a picture of it."
)
EMPTY = "It is empty."
TOO_LARGE = "It is larger than {most} MB."
GROWS = "It is packed so tightly that it would grow far too large when somebody opens it."
HAS_PASSWORD = "It has a password. To open it we need that, or a copy without one."  # noqa: S105
MAY_HAVE_PASSWORD = "It may ask for a password. Then we need that, or a copy without one."  # noqa: S105


class Unwelcome(Exception):
    """A file that we do not keep; the text says why, in words."""


class TooLarge(Unwelcome):
    """A file with more bytes than we take."""


def must_fit(size: int, most: int) -> None:
    """Raise TooLarge where a file of so many bytes has more than `most` MB."""
    if size > most * MB:
        raise TooLarge(TOO_LARGE.format(most=most))


def type_by_name(name: str) -> str:
    """What its name says that a file is, or nothing. Raises Unwelcome if we never take that."""
    if _end(name) in HARMFUL["programs"]:
        raise Unwelcome(IS_PROGRAM)
    if _end(name) in HARMFUL["pages"]:
        raise Unwelcome(IS_PAGE)
    return TYPES.get(_end(name), "")


def content_type(name: str, content: bytes | IO[bytes]) -> str:
    """What the file is: by its content, and by its name where several have that.

    Raises Unwelcome if we do not take that. A large one is given as a file that can be sought in:
    little is read of it.
    """
    file = BytesIO(content) if isinstance(content, bytes) else content
    named = type_by_name(name)
    head = _head(file)
    is_text = head.startswith(UTF_16) or not CONTROL.search(head)
    if is_text and named.startswith(WORDS):
        return named
    if PROGRAM.match(head):
        raise Unwelcome(IS_PROGRAM)
    if PAGE.match(head.replace(b"\0", b"")):  # in UTF-16 every other byte
        raise Unwelcome(IS_PAGE)
    types = _shape(head)
    found = _inside(file, _packed_type) if ARCHIVE in types else ""
    if found or types:
        return found or _closest(named, types)
    return TEXT if is_text and head else named or ANYTHING


def password_note(name: str, content: bytes | IO[bytes]) -> str:
    """Words about a file that cannot be read without its password; nothing of any other."""
    file = BytesIO(content) if isinstance(content, bytes) else content
    types = _shape(_head(file))
    if TYPES["doc"] in types:
        is_new = TYPES.get(_end(name), "").startswith(NEW_OFFICE)
        is_locked = _holds(file, LOCKED) or (is_new and not _holds(file, UNLOCKED))
        return HAS_PASSWORD if is_locked else ""
    if TYPES["pdf"] in types:
        return MAY_HAVE_PASSWORD if _holds(file, LOCKED_PDF) else ""
    return _inside(file, _packed_password) if ARCHIVE in types else ""


def fitting_name(name: str, content_type: str) -> str:
    """The name under which a file is given out: by its end a program knows how to open it."""
    ends = ENDS.get(content_type, [])
    return name if not ends or _end(name) in ends else f"{name}.{ends[0]}"


def _end(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(HEAD)


def _shape(head: bytes) -> list[str]:
    """The kinds that start so."""
    return next((types for starts, types in SHAPES if starts.match(head)), [])


def _closest(named: str, types: list[str]) -> str:
    """The kind that the name says, or one that is as much sound or film."""
    media = named.partition("/")[0] if named.startswith(("audio/", "video/")) else "neither"
    alike = (one for one in types if one.startswith(media))
    return named if named in types else next(alike, types[0])


def _holds(file: IO[bytes], pattern: re.Pattern[bytes]) -> bool:
    """Whether this stands anywhere in a file, which is read a little at a time."""
    file.seek(0)
    before = b""
    for chunk in iter(partial(file.read, CHUNK), b""):
        if pattern.search(before + chunk):
            return True
        before = chunk[-OVERLAP:]
    return False


def _inside(file: IO[bytes], look: Callable[[ZipFile], str]) -> str:
    """What is found in a zip archive; nothing in one that breaks the rules. Raises Unwelcome."""
    may_grow_to = MAY_GROW_TO + MAY_GROW_TIMES * file.seek(0, SEEK_END)
    try:
        with ZipFile(cast("IO[bytes]", _InSmallParts(file))) as archive:
            if sum(part.file_size for part in archive.filelist) > may_grow_to:
                raise Unwelcome(GROWS)
            return look(archive)
    except Unwelcome:
        raise
    except Exception:  # the library fails in many ways
        return ""


def _packed_type(archive: ZipFile) -> str:
    """Which office file it is, if it says so. Raises Unwelcome where a program is packed."""
    names = archive.namelist()
    for folder, end in TABLES["inside"].items():
        if any(name.startswith(folder) for name in names):
            return TYPES[end]
    if "mimetype" in names:
        with archive.open("mimetype") as part:
            kind = part.read(LONGEST_TYPE).decode().strip()
        if kind in ENDS and kind != ARCHIVE:
            return kind
    if any(_end(name) in HARMFUL["programs"] for name in names):
        raise Unwelcome(HAS_PROGRAM)
    return ""


def _packed_password(archive: ZipFile) -> str:
    names = archive.namelist()
    is_locked = any(part.flag_bits & 1 for part in archive.filelist)
    is_locked = is_locked or any(name.endswith(LOCKED_PARTS) for name in names)
    if not is_locked and "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as part:
            is_locked = b"encryption-data" in part.read(LARGEST_LIST)
    return HAS_PASSWORD if is_locked else ""


class _InSmallParts:
    """A file of which nobody can read much at once.

    The library reads an archive's list of parts whole, however long that says it is.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read a part, or the rest. Raises Unwelcome instead of filling the memory."""
        part = self._file.read(LARGEST_LIST + 1 if size < 0 else min(size, LARGEST_LIST + 1))
        if len(part) > LARGEST_LIST:
            raise Unwelcome(GROWS)
        return part
