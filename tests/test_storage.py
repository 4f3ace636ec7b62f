"""The storage of what people send: whole or not at all, and never much of it in memory."""

import hashlib
import tracemalloc
from pathlib import Path

import pytest

from portal import storage

MB = 1024 * 1024


@pytest.fixture(params=["folder", "bucket"])
def app(make_app, request):
    elsewhere = {"UPLOADS_URL": "memory://bucket/prefix"} if request.param == "bucket" else {}
    app = make_app(**elsewhere)
    with app.app_context():
        yield app


def test_a_stream_is_kept_with_its_size_and_digest(app):
    kept = storage.keep_stream([b"one ", b"", b"two"])

    assert kept.size == 7
    assert kept.digest == hashlib.sha256(b"one two").hexdigest()
    assert storage.read(kept.place).read() == b"one two"


def test_pieces_are_joined_in_their_order(app):
    places = [storage.keep(piece) for piece in (b"one ", b"two ", b"three")]

    joined = storage.keep_stream(storage.chunks(*places))

    assert storage.read(joined.place).read() == b"one two three"


def test_a_file_can_be_sought_in(app):
    file = storage.read(storage.keep(b"one two"))

    assert file.seek(4) == 4
    assert file.read() == b"two"


def test_of_a_stream_that_breaks_off_nothing_stays(app):
    def broken():
        yield b"one"
        raise OSError("a reason of ours")

    with pytest.raises(OSError, match="a reason of ours"):
        storage.keep_stream(broken())

    folder = Path(app.config["UPLOADS_URL"])
    assert [one for one in folder.rglob("*") if one.is_file()] == []


def test_what_is_gone_can_be_dropped_again_and_not_be_read(app):
    place = storage.keep(b"one")
    storage.discard(place)
    storage.discard(place)

    with pytest.raises(FileNotFoundError):
        storage.read(place)
    with pytest.raises(FileNotFoundError):
        list(storage.chunks(place))


def test_a_large_file_is_never_in_memory_as_a_whole(make_app):
    with make_app().app_context():
        piece = storage.keep_stream(b"x" * MB for _ in range(5)).place
        tracemalloc.start()
        joined = storage.keep_stream(storage.chunks(*[piece] * 6))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert joined.size == 30 * MB
    assert most < 4 * MB
