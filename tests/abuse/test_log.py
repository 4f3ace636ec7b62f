"""The log of a site where much goes wrong: no line has anything private, and none is a storm."""

import json
import re
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing

import pytest
import requests

from tests.abuse.visitor import GIVE_UP, Person, Visitor, networks
from tests.services import until
from tests.site import free_port

PROCESSES = 3  # two of the web, and the worker
STORM = 4.0  # seconds
GREETING = ("The worker is running.", "[20")  # what is no log: said before the settings are read


@pytest.fixture
def queue(tmp_path):
    """A Redis of the test's own, to be ended."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        process.url = f"redis://127.0.0.1:{port}/0"
        yield process
        process.kill()


@pytest.fixture
def site(queue, make_site):
    return make_site(LOG_FORMAT="json", QUEUE_URL=queue.url)


def private(site):
    """Each address that somebody gave, and each part of a private link that was mailed."""
    found = set()
    for file in (site.folder / "mailbox").glob("*.eml"):
        text = file.read_text().replace("=\n", "")
        found |= set(re.findall(r"[\w.]+@example\.org", text))
        found |= set(re.findall(r"[\w-]{27,}", text))
    return found


def sign_up_often(site, seconds):
    """Sign up again and again, each time from another network; what was answered."""
    answers, until_ = Counter(), time.monotonic() + seconds
    for number, network in enumerate(networks(10_000)):
        if time.monotonic() > until_:
            break
        visitor = Visitor(site, network)
        visitor.get("/newsletter/")
        fields = visitor.fields("/newsletter/") | {"email": f"storm{number}@example.org"}
        answers[visitor.post("/newsletter/", fields).status_code] += 1
    return answers


def break_database(site):
    """Let a table be called otherwise, so that every use of it is a fault with a traceback."""
    with closing(sqlite3.connect(site.folder / "portal.db", timeout=GIVE_UP)) as connection:
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute("ALTER TABLE outgoing RENAME TO gone")


def test_nothing_private_and_no_storm(site, queue):
    for _ in range(2):
        Person(site).go()
    until(lambda: len(private(site)) > 4, 60)
    with site.mail_down():
        sign_up_often(site, 1)
    queue.kill()
    queue.wait()
    assert sign_up_often(site, STORM).keys() == {303}
    token = next(one for one in private(site) if "@" not in one)
    requests.get(f"{site.url}/newsletter/confirm/{token}", timeout=GIVE_UP)
    break_database(site)
    assert 500 in sign_up_often(site, 2)
    secret = private(site)
    site.stop()

    lines = (site.folder.parent / "log").read_text().splitlines()
    entries = [json.loads(line) for line in lines if not line.startswith(GREETING)]
    assert {entry["level"] for entry in entries} >= {"ERROR", "INFO"}
    text = "\n".join(lines)
    assert "no such table" in text
    assert "Error reading from queue" in text
    assert any(entry.get("more", 0) > 1 and entry.get("more_requests") for entry in entries)
    assert "@example.org" not in text
    assert [one for one in secret if one in text] == []
    kinds = Counter((one["at"][:19], one["logger"], one["message"][:30]) for one in entries)
    assert max(kinds.values()) <= PROCESSES + 1, kinds.most_common(3)
