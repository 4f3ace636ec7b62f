"""No worker lives: the web processes tell the team once, and once when one does again."""

import shutil
import signal
from datetime import timedelta

import pytest
import requests
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from portal.delivery import heartbeat, lookout
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.providers.errors import TryLater
from tests.delivery import Bell, provide
from tests.providers.raw_server import RawServer
from tests.services import until
from tests.site import Site
from tests.team import sign_in
from tests.visit import Visit

SILENT = timedelta(minutes=5, seconds=1)
GONE, WELL = lookout.TITLE, lookout.WELL


@pytest.fixture
def bell(app):
    bell = provide(app, alerts=Bell())
    bell.destinations = ("chat", "phone")
    return bell


@pytest.fixture
def webs(each_database, app, bell, clock):
    """Two web processes that look; a worker was seen when they began."""
    heartbeat.beat("a worker")
    both = [lookout.Lookout(app), lookout.Lookout(app)]
    app.extensions[lookout.BESIDE] = both[0]

    def look():
        for one in both:
            one.look()

    look()
    return look


def queued():
    rows = db.session.scalars(select(Outgoing.payload).order_by(Outgoing.id)).all()
    db.session.rollback()
    return [(row["to"], row["title"]) for row in rows]


def test_all_are_told_once_and_once_more_when_a_worker_lives(webs, bell, clock, caplog):
    clock.shift(SILENT - timedelta(seconds=2))
    webs()
    webs()
    assert bell.calls == []
    clock.shift(timedelta(seconds=2))
    for _ in range(3):
        webs()
    assert [call[:2] for call in bell.calls] == [("chat", GONE), ("phone", GONE)]
    assert "There was no sign of one since 26 March 2030 at 12:00" in bell.calls[0][2]
    assert "http://portal.test" in bell.calls[0][2]
    assert (caplog.text.count(GONE), queued()) == (2, [])

    heartbeat.beat("another worker")
    webs()
    webs()
    assert queued() == [("chat", WELL), ("phone", WELL)]
    clock.shift(SILENT)
    webs()
    webs()
    assert len(bell.calls) == 4, "the next outage is another"


def test_who_did_not_take_it_is_told_again_and_all_are_in_a_quarter_of_a_day(webs, bell, clock):
    bell.answers = [TryLater("no")]
    clock.shift(SILENT)
    for _ in range(3):
        webs()
    assert [to for to, *_ in bell.calls] == ["chat", "phone", "chat"]
    clock.shift(lookout.AGAIN + timedelta(seconds=1))
    webs()
    assert [to for to, *_ in bell.calls][3:] == ["chat", "phone"]


def test_where_nothing_can_be_written_each_process_tells_once(webs, app, bell, clock):
    bell.answers = [None, TryLater("no")]
    clock.shift(SILENT)
    engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse_writing)
    try:
        for _ in range(4):
            webs()
    finally:
        event.remove(engine, "before_cursor_execute", refuse_writing)
    for _ in range(2):
        webs()  # it can be written again, and all have been told
    assert sorted(to for to, *_ in bell.calls) == ["chat"] * 2 + ["phone"] * 3
    heartbeat.beat("a worker")
    webs()
    webs()
    assert {title for _, title in queued()} == {WELL}


def refuse_writing(_connection, _cursor, statement, *_):
    if statement.startswith(("INSERT", "UPDATE", "DELETE")):
        raise OSError("somebody else writes to it for too long")


def test_a_machine_that_slept_alarms_nobody(webs, bell, clock):
    clock.shift(timedelta(hours=8))
    webs()
    heartbeat.beat("a worker")
    webs()
    assert (bell.calls, queued()) == ([], [])


def test_a_database_that_is_away_for_as_long_is_told_of_by_each_process_once(
    webs, app, bell, clock, monkeypatch
):
    """For a moment it may be; and nobody hears “well again” who heard of no trouble."""
    looks = app.extensions[lookout.BESIDE]._try
    with monkeypatch.context() as away:
        away.setattr(heartbeat, "newest", fail)
        away.setattr(lookout, "write_rows", fail)
        looks()
        clock.shift(SILENT - timedelta(seconds=2))
        looks()
        assert bell.calls == []
        clock.shift(timedelta(seconds=2))
        for _ in range(3):
            looks()
    assert [call[:2] for call in bell.calls] == [("chat", lookout.DEAF), ("phone", lookout.DEAF)]
    assert "since 26 March 2030 at 12:00" in bell.calls[0][2]
    heartbeat.beat("a worker")
    webs()
    looks()
    assert queued() == [("chat", WELL), ("phone", WELL)]


def fail(*_):
    raise OperationalError("", {}, Exception("nobody is there"))


@pytest.mark.usefixtures("each_database")
def test_a_worker_that_never_ran_is_missed_as_well(app, bell, clock):
    one = lookout.Lookout(app)
    one.look()
    clock.shift(SILENT)
    one.look()
    one.look()
    assert [to for to, *_ in bell.calls] == ["chat", "phone"]


def test_it_goes_on_after_a_fault(app, bell, monkeypatch, caplog):
    app.config["WORKER_SILENT_SECONDS"] = 0.01
    looks, one = [], lookout.Lookout(app)

    def look():
        looks.append(1)
        raise OSError("away")

    monkeypatch.setattr(one, "look", look)
    one.start()
    until(lambda: len(looks) > 2)
    one.end()
    assert caplog.text.count("Nobody knows if a worker lives. away") == 1


def test_the_teams_pages_say_it_meanwhile_and_only_those(webs, app, clock):
    visit = Visit(app, htmx=False)
    sign_in(visit, app)
    words = "Nothing has left the portal since 26 March 2030 at 12:00"
    assert words not in visit("/inbox/").text
    clock.shift(SILENT)
    webs()
    assert words in visit("/inbox/").text
    assert words in visit("/newsletter/list/").text
    assert words not in visit("/newsletter/").text
    heartbeat.beat("a worker")
    webs()
    assert words not in visit("/inbox/").text


@pytest.fixture
def listener():
    """Where alerts and the worker's calls go."""
    server = RawServer()
    server.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path, migrated_file, listener):
    place = listener.url.partition("//")[2]
    alerts, deadman = f"json://{place}", f"http://{place}/secret-of-ours"
    site = Site(tmp_path, ALERT_URLS=alerts, DEADMAN_URL=deadman, WORKER_SILENT_SECONDS="6")
    site.folder.mkdir()
    shutil.copy(migrated_file, site.folder / "portal.db")
    site.start_worker()
    until(lambda: listener.requests, 60)
    site.start_web()
    yield site
    site.stop()


@pytest.mark.services
@pytest.mark.enable_socket
def test_a_worker_that_is_killed_or_hangs_is_heard_of_by_real_processes(site, listener):
    def number(words):
        return sum(words.encode() in request for request in listener.requests)

    def ready():
        return requests.get(f"{site.url}/readyz", timeout=10)

    assert ready().status_code == 200
    assert number("GET /v3/secret-of-ours ") == 1
    ways = [
        (lambda: site.stop("worker"), site.start_worker),
        (
            lambda: site.signal("worker", signal.SIGSTOP),
            lambda: site.signal("worker", signal.SIGCONT),
        ),
    ]
    for times, (end, begin) in enumerate(ways, start=1):
        end()
        until(lambda times=times: number(GONE) >= times, 60)
        assert "no sign of a worker since" in ready().json()["worker"]
        begin()
        until(lambda times=times: number(WELL) >= times, 60)
        until(lambda: ready().status_code == 200, 60)
        if times == 1:  # who is stopped while it writes to SQLite may be told of twice
            assert number(GONE) == number(WELL) == 1
    assert "secret-of-ours" not in site.log()
