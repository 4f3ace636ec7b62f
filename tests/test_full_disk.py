"""A disk that fills is told of before it is full; what was sent then comes back and is not lost."""

import errno
import os
import tempfile
import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from portal import room
from portal.delivery import disk, heartbeat
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.providers.errors import TryLater
from tests.delivery import Bell, provide
from tests.stories.telling.steps import STORY, begin, newest
from tests.team import PASSWORD, SIGN_IN
from tests.visit import Visit

LONG = STORY | {"text": "I roll to the pool. " * 5_000}
FULL = {
    "sqlite": "PRAGMA max_page_count=1",  # it takes the pages that it has for the least
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}


@pytest.fixture
def full(each_database, make_app):
    """Lets the database take nothing for a while."""
    app = make_app(OF="this test")

    def fill(connection, _record):
        cursor = connection.cursor()
        cursor.execute(FULL[db.engine.dialect.name])
        cursor.close()
        if db.engine.dialect.name == "postgresql":
            connection.commit()

    @contextmanager
    def full():
        for change in (event.listen, event.remove):
            change(db.engine, "connect", fill)
            db.session.remove()
            db.engine.dispose()
            if change is event.listen:
                yield

    full.app = app
    with app.app_context():
        yield full


def refusing(error):
    def refuse(*_, **__):
        raise OSError(error, os.strerror(error))

    return refuse


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "no-js"])
def test_what_cannot_be_kept_comes_back_and_is_kept_when_there_is_room_again(full, htmx, caplog):
    visit = Visit(full.app, htmx=htmx)
    path = begin(visit)
    form = {"seen": visit(path + "story").value("seen")} | LONG
    with full():
        answer = visit.post(path + "story", form)

    assert (answer.status, answer.heading) == (503, "We cannot save anything just now")
    assert "Nothing can be done at /stories/share/<token>" in caplog.text
    assert "Traceback" not in caplog.text
    assert newest().text == ""
    if htmx:  # the form is on the page still
        assert answer.headers["HX-Retarget"] == "#problem"
        assert "What you typed is still in the form." in answer.text
        return
    assert LONG["text"].strip() in answer.text
    again = answer.form("form")
    assert visit.post(answer.page.query("form")[0].attrs["action"], again).status == 200
    assert newest().text == LONG["text"].strip()


def test_what_is_secret_does_not_come_back(app, visit_plain, monkeypatch):
    monkeypatch.setattr("portal.team.routes.SignInForm.validate", refusing(errno.ENOSPC))
    answer = visit_plain.send(SIGN_IN, {"email": "ada@team.example", "password": PASSWORD})

    assert answer.status == 503
    assert not answer.has("form")
    assert PASSWORD not in answer.response.text


def test_a_fault_of_another_kind_stays_one(client, monkeypatch):
    monkeypatch.setattr("portal.stories.finding.routes.PhraseForm.validate", refusing(errno.ENOENT))
    assert client.post("/stories/share/find").status_code == 500


MANY, FEW = 900 * room.MB, 505 * room.MB


@pytest.fixture
def bell(app):
    bell = provide(app, alerts=Bell())
    bell.destinations = ("chat", "phone")
    return bell


@pytest.fixture
def disks(monkeypatch):
    """The disk of VAR_DIR, with this much free."""

    def free(number):
        found = [room.Disk("VAR_DIR", free=number, reserve=10 * room.MB)]
        monkeypatch.setattr(room, "_disks", lambda: found)

    free(MANY)
    return free


def queued():
    rows = db.session.scalars(select(Outgoing.payload).order_by(Outgoing.id)).all()
    db.session.rollback()
    return [f"{row['to']}: {row['text']}" for row in rows]


@pytest.fixture
def watch(app):
    return disk.Watch(threading.Event())


def test_a_disk_that_is_nearly_full_is_told_of_once_while_it_is(client, bell, disks, watch, caplog):
    for free in (MANY, FEW, FEW - 1, MANY):
        disks(free)
        watch.look()
    words = "The disk of VAR_DIR is nearly full: 505 MB are free. What would leave less than 10 MB"
    assert queued() == [f"{to}: {words} is refused (DISK_RESERVE_MB)." for to in ("chat", "phone")]
    assert caplog.text.count("nearly full") == 1
    assert bell.calls == []

    disks(FEW)
    heartbeat.beat("a worker")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")
    assert "nearly full" in answer.json["disk"]


@pytest.mark.parametrize("name", [room.SITE, room.UNSENT])
def test_a_sum_that_is_nearly_reached_is_told_of(app, bell, disks, watch, monkeypatch, name):
    app.config[name] = 10
    monkeypatch.setattr(room, "_used_lately", lambda _: 8 * room.MB)
    watch.look()

    assert f"chat: Of {name}, 8 of 10 MB are used." in queued()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_disk_that_takes_nothing_is_told_of_without_it(
    client, bell, disks, watch, caplog, monkeypatch, error
):
    monkeypatch.setattr(tempfile, "TemporaryFile", refusing(error))
    bell.answers = [TryLater("no"), TryLater("no")]
    for _ in range(3):
        watch.look()
    words = f"cannot be written: {os.strerror(error)}."

    assert queued() == []
    assert [to for to, _, text in bell.calls if words in text] == ["chat", "phone"] * 2
    assert words in caplog.text
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert words in answer.json["disk"]
    assert "VAR_DIR, UPLOADS_URL" in answer.json["disk"]


def test_an_alert_that_cannot_be_queued_goes_at_once(full, monkeypatch, disks):
    bell = provide(full.app, alerts=Bell())
    bell.destinations = ("chat",)
    disks(FEW)
    if db.engine.dialect.name == "sqlite":
        monkeypatch.setattr(disk, "TITLE", "x" * 100_000)  # so long that it does not fit
    with full():
        for _ in range(2):
            disk.Watch(threading.Event()).look()

    assert [to for to, *_ in bell.calls] == ["chat", "chat"]
