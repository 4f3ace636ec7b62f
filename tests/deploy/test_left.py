"""What processes leave on the disk: for their own account alone, and the database whole."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import ROOT
from tests.abuse.visitor import Person, Visitor
from tests.services import until
from tests.site import Site

PICTURE = ROOT / "docs" / "screenshots" / "home.png"
KNOWN = {"portal.db", "queue.db", "counts.db", "uploads", "mailbox", "journal"}


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder of a site that people used, whose processes have ended; and what a backup made.

    Who started them leaves all files open to everybody.
    """
    folder = tmp_path_factory.mktemp("left")
    site = Site(folder, RATELIMIT_ENABLED="1")
    usual = os.umask(0)
    try:
        command(site, "db", "upgrade")
        site.start_worker()
        site.start_web()
        person = Person(site)
        person.go()
        send_picture(site)
        until(lambda: site.mails(person.email), 30)
        command(site, "backup", str(folder / "backups"))
        site.stop_gently()
    finally:
        os.umask(usual)
        site.stop()
    return site.folder, folder / "backups", person.email


def send_picture(site):
    visitor = Visitor(site, "10.0.0.1")
    private = visitor.fill_in("/stories/share/", {"way": "write"}).headers["Location"]
    address = f"{private.partition('?')[0]}files/add"
    with PICTURE.open("rb") as file:
        assert visitor.post(address, files={"files": ("a.png", file)}).status_code == 303


def command(site, *words):
    flask = Path(sys.executable).parent / "flask"
    env = site.env | {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1"}
    subprocess.run(
        [flask, *words], cwd=ROOT, env=env | {"FLASK_SKIP_DOTENV": "1"}, check=True, timeout=60
    )


def test_nobody_else_can_read_a_file_whatever_the_usual_mask(left):
    var, backups, _ = left
    places = [var, *var.rglob("*"), backups, *backups.rglob("*")]

    assert {place.name for place in var.iterdir()} >= KNOWN
    assert len(list((var / "uploads").rglob("*"))) > 1
    assert {
        place: oct(place.stat().st_mode) for place in places if place.stat().st_mode & 0o77
    } == {}


def test_database_is_whole_without_the_files_beside_it(left, tmp_path):
    """Once the last process has ended: somebody may copy that one file."""
    var, _, email = left
    shutil.copy(var / "portal.db", tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        found = copy.execute("SELECT count(*) FROM subscriber WHERE email = ?", [email]).fetchone()

    assert found == (1,)
    assert not (var / "portal.db-wal").exists()
