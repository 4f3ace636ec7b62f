"""Where a body ends does not depend on how its bytes are cut."""

import pytest
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import InvalidChunkSize
from gunicorn.http.unreader import IterUnreader
from hypothesis import given
from hypothesis import strategies as st

from portal.serving.framing import FREE_CHUNKS, Chunked, Sized

PIECES = st.lists(st.binary(min_size=1, max_size=40), max_size=8)
NEXT = b"GET / HTTP/1.1\r\n"


def fed(frame, data, sizes):
    """What a frame finds when the bytes come in parts of these sizes, and what it leaves."""
    found, came = b"", bytearray()
    sizes = [*sizes, len(data)]
    while data and not frame.is_done:
        size = max(1, sizes.pop(0) if sizes else len(data))
        came += data[:size]
        data = data[size:]
        found += frame.take(came)
    return found, bytes(came) + data


@given(st.binary(max_size=200), st.lists(st.integers(1, 50)))
def test_sized_body_ends_where_it_says(body, sizes):
    assert fed(Sized(len(body)), body + NEXT, sizes) == (body, NEXT) or not body


@given(PIECES, st.lists(st.integers(1, 50)), st.sampled_from([b"", b";a=b", b' ; a="b"']))
def test_chunked_body_ends_where_gunicorn_reads_its_end(pieces, sizes, extension):
    sent = b"".join(b"%x%b\r\n%b\r\n" % (len(one), extension, one) for one in pieces)
    sent += b"0\r\nA: b\r\n\r\n" if extension else b"0\r\n\r\n"

    class Head:
        limit_request_field_size, max_buffer_headers = 8190, 8190
        parse_headers = staticmethod(lambda *_, **__: [])

    theirs = IterUnreader([sent + NEXT])
    body = ChunkedReader(Head(), theirs).read(10_000)

    assert fed(Chunked(), sent + NEXT, sizes) == (body, theirs.take_buffered())


@pytest.mark.parametrize(
    "sent",
    [
        *(b"\r\n", b"x\r\n", b"-1\r\n", b"0x1\r\n", b"1 1\r\n", b"1\n\r\n", b"1;\ra\r\n"),
        *(b"3\r\nabcd\r\n", b"1" * 13 + b"\r\n", b"1;" + b"a" * 5000, b"a" * 5000),
        b"0\r\n" + b"A: b\r\n" * 2000,
        b"1\r\na\r\n" * (2 * FREE_CHUNKS),
    ],
    ids=lambda sent: repr(sent[:20]),
)
def test_what_is_no_chunk_is_refused_however_it_comes(sent):
    for sizes in ([], [1] * len(sent)):
        with pytest.raises(InvalidChunkSize):
            fed(Chunked(), sent, sizes)
