"""The virus check, with a real ClamAV: until it has spoken, a file is held."""

import io
import logging
import os
import shutil
import subprocess
from datetime import timedelta

import pytest
import time_machine

from portal import antivirus
from portal.extensions import now
from portal.providers.errors import TryLater
from portal.stories.files import checking, receiving
from portal.stories.files.models import FileState
from tests.delivery import alerts
from tests.services import absent, until
from tests.stories import a_draft
from tests.stories.files.test_pictures import drawn, saved
from tests.stories.media import MB, PDF, a_film, a_picture, address, rows, stored

COMING, CHECKING, KEPT, REFUSED = FileState
MARK = b"a mark that only this test calls a virus"
PLACES = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"  # Debian's place for it

pytestmark = pytest.mark.services


class Clamd:
    """A ClamAV of one test's own, with a signature of its own; it can be down."""

    def __init__(self, program, folder):
        self.program, self.socket, self.config = program, folder / "s", folder / "clamd.conf"
        self.process = None
        (folder / "db").mkdir()
        (folder / "db" / "test.ndb").write_text(f"Portal.Test:0:*:{MARK.hex()}\n")

    def start(self, **changes):
        settings = {"Foreground": "yes", "LocalSocket": self.socket, "StreamMaxLength": "3M"}
        settings["TemporaryDirectory"] = self.config.parent
        settings["DatabaseDirectory"] = self.config.parent / "db"
        lines = [f"{name} {value}\n" for name, value in (settings | changes).items()]
        self.config.write_text("".join(lines))
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([self.program, f"--config-file={self.config}"], **silent)
        until(self.socket.exists)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
        self.process = None


@pytest.fixture
def clamd(tmp_path):
    program = shutil.which("clamd", path=PLACES)
    if not program:
        absent("There is no ClamAV here (on Debian: apt install clamav-daemon).")
    clamd = Clamd(program, tmp_path)
    yield clamd
    clamd.stop()


@pytest.fixture
def app(make_app, clamd):
    app = make_app(CLAMD_SOCKET=str(clamd.socket))
    with app.app_context():
        yield app


def states():
    return [row.state for row in rows()]


def test_a_file_is_held_until_it_was_scanned(app, clamd, add, story, client, work):
    clamd.start()
    add(story, ("a.pdf", PDF), ("b.png", a_picture()))
    assert states() == [CHECKING, CHECKING]
    for row in rows():
        assert client.get(address(story, row.key, "own")).status_code == 404
        assert client.get(address(story, row.key, "480.webp")).status_code == 404

    work()

    assert states() == [KEPT, KEPT]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", MARK),
        ("a.pdf", PDF + MARK),
        ("a.mp4", a_film() + MARK),
        ("a.jpg", saved(drawn(), "JPEG", comment=MARK)),
    ],
)
def test_an_infected_file_is_refused_and_gone(app, clamd, add, story, work, caplog, name, content):
    clamd.start()
    add(story, (name, content))
    with caplog.at_level(logging.WARNING):
        work()

    (row,) = rows()
    assert (row.state, row.reason) == (REFUSED, antivirus.HAS_A_VIRUS)
    assert stored(app) == []
    assert "ClamAV found Portal.Test" in caplog.text


@pytest.mark.parametrize("times", [1, 7])
def test_a_file_waits_while_the_scanner_is_down(app, clamd, add, story, work, caplog, times):
    add(story, ("a.pdf", PDF))
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(times):
            work()
            clock.shift(timedelta(minutes=6))
        assert states() == [CHECKING]
        assert "has to wait: CLAMD_SOCKET does not answer" in caplog.text

        clamd.start()
        if times > 1:  # after so many tries only the sweep asks
            checking.sweep.call_local()
        work()
    assert states() == [KEPT]


def test_the_team_hears_once_a_day_that_files_wait_for_long(make_app, clamd, clock):
    app = make_app(CLAMD_SOCKET=str(clamd.socket), ALERT_URLS="json://127.0.0.1:9/")
    said = ["Files of stories wait to be checked"]
    with app.app_context():
        receiving.take(a_draft().id, "a.pdf", io.BytesIO(PDF))
        for minutes, heard in ((30, []), (90, said), (60, said)):
            clock.shift(timedelta(minutes=minutes))
            checking.sweep.call_local()
            assert [one["title"] for one in alerts()] == heard


@pytest.mark.parametrize("limit", ["StreamMaxLength", "MaxFileSize"])
def test_a_file_that_is_too_large_for_the_scanner_is_held_and_the_log_says_why(app, clamd, limit):
    clamd.start(**{limit: "1M", "AlertExceedsMax": "yes"})

    with pytest.raises(TryLater, match=r"clamd\.conf"):
        antivirus.scan(io.BytesIO(bytes(2 * MB)))


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:none", "localhost"])
@pytest.mark.usefixtures("socket_enabled")
def test_an_address_that_leads_to_no_scanner_holds_files(app, address):
    app.config["CLAMD_SOCKET"] = address

    with pytest.raises(TryLater, match="CLAMD_SOCKET does not answer"):
        antivirus.scan(io.BytesIO(b"words"))


def test_without_the_setting_nothing_is_scanned(make_app):
    with make_app().app_context():
        antivirus.scan(io.BytesIO(MARK))
