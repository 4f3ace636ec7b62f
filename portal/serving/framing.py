"""Where the body of a request ends, told while it comes (RFC 9112, sections 6 and 7)."""

import re

from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import InvalidChunkSize
from gunicorn.http.message import Request

LONGEST_LINE = 4096  # bytes of a chunk's first line, and of all lines after the last chunk
FREE_CHUNKS, LEAST_CHUNK = 1024, 16  # so many may be tiny; on the whole they have so many bytes
# Extensions of a chunk mean nothing to us (section 7.1.1); a line may hold no bare CR or LF.
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(;[^\r\n]*)?")


class Sized:
    """A body whose length was said before."""

    def __init__(self, length: int) -> None:
        self.length = self._left = length

    @property
    def is_done(self) -> bool:
        """Whether all of it came."""
        return not self._left

    def take(self, data: bytearray) -> bytes:
        """Take out of `data` what belongs to the body, and return it."""
        part = bytes(data[: self._left])
        del data[: len(part)]
        self._left -= len(part)
        return part


class Chunked:
    """A body that comes in chunks, each with its length; nobody knows how many will come."""

    length = 0

    def __init__(self) -> None:
        self.is_done = False
        self._left, self._chunks, self._bytes, self._trailer = 0, 0, 0, 0
        self._read_line = self._read_size

    def take(self, data: bytearray) -> bytes:
        """Take out of `data` what belongs to the body, and return what it holds.

        Raises InvalidChunkSize: where the next request begins cannot be known then.
        """
        found = bytearray()
        while not self.is_done and data:
            if self._left:
                part = data[: self._left]
                del data[: len(part)]
                self._left -= len(part)
                found += part
            elif (end := data.find(b"\r\n")) >= 0:
                line = bytes(data[:end])
                del data[: end + 2]
                self._read_line(line)
            elif len(data) > LONGEST_LINE:
                raise InvalidChunkSize(b"a chunk's line has no end")
            else:
                break
        return bytes(found)

    def _read_size(self, line: bytes) -> None:
        found = CHUNK_LINE.fullmatch(line)
        if not found or len(line) > LONGEST_LINE:
            raise InvalidChunkSize(b"a chunk has no length")
        self._left = int(found[1], 16)
        self._chunks, self._bytes = self._chunks + 1, self._bytes + self._left
        if self._left and self._bytes < (self._chunks - FREE_CHUNKS) * LEAST_CHUNK:
            raise InvalidChunkSize(b"the chunks are too small")
        self._read_line = self._read_end if self._left else self._read_trailer

    def _read_end(self, line: bytes) -> None:
        if line:
            raise InvalidChunkSize(b"a chunk is longer than it says")
        self._read_line = self._read_size

    def _read_trailer(self, line: bytes) -> None:
        self._trailer += len(line)
        if self._trailer > LONGEST_LINE:
            raise InvalidChunkSize(b"too much follows the last chunk")
        self.is_done = not line


def frame_of(request: Request) -> Sized | Chunked:
    """What tells the end of the body of a request whose head gunicorn has read and checked."""
    reader = request.body.reader
    if isinstance(reader, ChunkedReader):
        return Chunked()
    return Sized(reader.length if isinstance(reader, LengthReader) else 0)
