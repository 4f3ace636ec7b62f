"""The lines of a file that may come from any program, whatever it calls its letters.

In 8 bits each line is read by itself: as UTF-8, or else as Windows-1252. What was put together from
two sources is read rightly too, and a line of Windows-1252 that is also good UTF-8 does not occur.
"""

import re
from collections.abc import Iterator
from io import SEEK_END, TextIOWrapper
from typing import BinaryIO

from portal.file_kinds import Unwelcome

HEAD = 4096
MARKS = {b"\xef\xbb\xbf": "", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# What people send in place of a list, by how it begins.
OTHERS = {
    b"PK\x03\x04": "This is an Excel workbook or a ZIP file.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook.",
    b"%PDF": "This is a PDF.",
}
SAVE_AS = (
    "We read lists as text. In Excel, choose File, “Save a copy”, and the type “CSV UTF-8”. "
    "Open a ZIP file first, and choose the list in it."
)
NO_TEXT = "This is no list that we can read."
NOTHING = "The file is empty."
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
STRAY = 20  # bytes of which one may be such: a list has few of them
UTF_8, WINDOWS, UTF_16 = "UTF-8", "Windows-1252", "UTF-16"


def check(file: BinaryIO) -> None:
    """Raise Unwelcome, in words that say what to do, where a file is no list of text."""
    if not file.seek(0, SEEK_END):
        raise Unwelcome(NOTHING)
    file.seek(0)
    head = file.read(HEAD)
    for start, words in OTHERS.items():
        if head.startswith(start):
            raise Unwelcome(f"{words} {SAVE_AS}")
    if not _wide(head) and len(CONTROL.findall(head)) > len(head) / STRAY:
        raise Unwelcome(f"{NO_TEXT} {SAVE_AS}")


def lines(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Each line without its end, and what its letters were called."""
    file.seek(0)
    head = file.read(HEAD)
    mark = next((one for one in MARKS if head.startswith(one)), b"")
    file.seek(len(mark))
    if wide := _wide(head):
        text = TextIOWrapper(file, wide, errors="replace")
        try:
            yield from ((line.rstrip("\n"), UTF_16) for line in text)
        finally:
            text.detach()  # or the file would be closed with it
        return
    for raw in file:
        line, letters = _decode(raw.rstrip(b"\r\n"))
        yield from ((part, letters) for part in line.split("\r"))


def _wide(head: bytes) -> str:
    """The kind of UTF-16: by its mark, or by where the zeros of our letters stand."""
    if marked := next((kind for mark, kind in MARKS.items() if head.startswith(mark)), ""):
        return marked
    zeros = [head[start::2].count(0) for start in (0, 1)]
    if max(zeros) <= len(head) // 8:
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _decode(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode(), UTF_8
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), WINDOWS
