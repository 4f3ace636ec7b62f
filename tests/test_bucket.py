"""A bucket that does not answer: nobody waits for it twice, and what people hear of it is true."""

import threading
import time

import fsspec
import pytest

from portal import room, storage
from portal.delivery import readiness
from portal.extensions import db
from portal.gates import Gate, Shut
from portal.providers.errors import TryLater
from portal.storage import bucket
from portal.stories.files import checking
from portal.stories.files.models import StoryFile
from tests.at_once import at_once
from tests.services import until
from tests.stories import a_draft
from tests.stories.media import PDF, address, form, rows

SHORT = 0.2  # seconds
MEMORY = type(fsspec.filesystem("memory"))


class Files:
    """What the bucket does: it raises `error` whenever it is asked."""

    error: Exception | None = None
    asked = 0


@pytest.fixture
def files(monkeypatch):
    Files.error, Files.asked = None, 0

    def broken(name):
        real = getattr(MEMORY, name)

        def call(self, *args, **kwargs):
            Files.asked += 1
            if Files.error:
                raise Files.error
            return real(self, *args, **kwargs)

        return call

    for name in ("open", "rm_file", "exists", "ls"):
        monkeypatch.setattr(MEMORY, name, broken(name))
    monkeypatch.setattr(bucket, "REST", SHORT)
    yield Files
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def app(files, make_app):
    app = make_app(UPLOADS_URL="memory://bucket/prefix")
    with app.app_context():
        yield app


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionRefusedError(), PermissionError("403"), ValueError("odd")]
)
@pytest.mark.parametrize(
    "ask", [lambda: storage.keep(b"x"), lambda: storage.read("ab/x"), lambda: storage.remove("x")]
)
def test_whatever_is_wrong_is_said_once_and_then_nobody_asks_for_a_while(app, files, error, ask):
    files.error = error
    with pytest.raises(storage.Away):
        ask()
    asked = files.asked
    for other in (lambda: storage.keep(b"x"), lambda: storage.read("ab/x")):
        with pytest.raises(storage.Away):
            other()
    assert files.asked <= asked + 1  # what could not be written is tried to be removed

    files.error = None
    until(lambda: not_away(lambda: storage.keep(b"x")), 5)
    until(lambda: not_away(storage.answers), 5)


def not_away(call):
    try:
        call()
    except storage.Away:
        return False
    return True


@pytest.mark.parametrize("is_used_first", [True, False])
def test_the_site_is_ready_with_a_bucket_whoever_asks_it_first(app, is_used_first):
    if is_used_first:
        storage.keep(b"x")
    for _ in range(2):
        assert app.test_client().get("/readyz").json["files"] == readiness.OK
        assert storage.keep(b"x")


def test_a_file_that_is_missing_is_an_answer(app):
    with pytest.raises(FileNotFoundError):
        storage.read("ab/x")
    assert storage.keep(b"x")


def test_somebody_who_breaks_off_is_no_fault_of_the_bucket(app):
    def broken():
        yield b"one"
        raise OSError("a reason of theirs")

    with pytest.raises(OSError, match="theirs"):
        storage.keep_stream(broken())
    assert storage.keep(b"x")


def test_few_wait_and_who_comes_then_does_not_wait_for_long():
    gate, over = Gate(60, most=2, patience=SHORT), threading.Event()

    def wait():
        with gate.through():
            over.wait(10)

    inside = [threading.Thread(target=wait) for _ in range(2)]
    for one in inside:
        one.start()
    until(lambda: len(gate._since) == 2)
    began = time.monotonic()
    with pytest.raises(Shut), gate.through():
        pass
    assert time.monotonic() - began < 1
    with pytest.raises(Shut), gate.through():
        pass
    over.set()
    for one in inside:
        one.join(10)
    with gate.through():
        pass


def test_where_each_is_quick_all_get_their_turn(app):
    place = storage.keep(b"x" * 1000)
    read = lambda: storage.read(place).read()  # noqa: E731
    assert at_once(app, *[read] * 20) == [b"x" * 1000] * 20


def test_a_form_with_a_file_says_so_and_keeps_what_is_there(app, files, client):
    story = a_draft()
    client.post(address(story, "add"), **form(("a.pdf", PDF)))
    files.error = TimeoutError()
    answer = client.post(address(story, "add"), **form(("b.pdf", PDF)))

    assert answer.status_code == 422
    assert f"{room.AWAY} Not added: b.pdf." in answer.text
    assert [row.name for row in rows()] == ["a.pdf"]


def test_what_was_taken_in_is_looked_at_later(app, files, client, monkeypatch):
    story = a_draft()
    db.session.add(
        StoryFile(key="k", story_id=story.id, name="a.png", state="checking", place="ab/x", size=9)
    )
    db.session.commit()
    files.error = TimeoutError()

    checking.now_or_soon(db.session.query(StoryFile).all())
    assert rows()[0].state == "checking"
    with pytest.raises(TryLater):
        storage.read("ab/x")
