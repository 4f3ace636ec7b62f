"""A disk that strangers fill, and then one that is full: what was acknowledged is there."""

import os
import re
import subprocess
from contextlib import suppress

import pytest
import requests

from tests.abuse.visitor import Beside, Visitor, networks
from tests.providers.raw_server import RawServer
from tests.services import until
from tests.stories.media import MB

SIZE = 48  # MB: of that a tenth is kept free
FILM = 3 * MB
NO_ROOM = "We have no room for more files just now."
COMES_BACK = "We could not save what you sent."


@pytest.fixture
def small_disk(tmp_path):
    """A small disk where the site's VAR_DIR will be."""
    place = tmp_path / "var"
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("This test mounts a disk of its own, and may not.")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def chat():
    """Where alerts go; `requests` has them."""
    server = RawServer()
    server.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    yield server
    server.stop()


@pytest.fixture
def site(small_disk, chat, make_site):
    return make_site(ALERT_URLS=chat.url.replace("http:", "json:"), STORY_FILE_MAX_MB="8")


def free(place):
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize


def told(chat, words):
    return any(words.encode() in request for request in chat.requests)


def a_draft(visitor):
    """Begin a story; the address of its files."""
    begun = visitor.fill_in("/stories/share/", {"way": "write"})
    assert begun.status_code == 303
    return begun.headers["Location"].partition("?")[0] + "files"


def send_film(visitor, files):
    """Send a film with the form; what the page answers."""
    sent = [("files", ("a.mp4", b"\0\0\0\x18ftypmp42".ljust(FILM, b"x"), "video/mp4"))]
    return visitor.post(f"{files}/add", files=sent)


def announce(visitor, files):
    """Announce a longer film as the page's script does, and send none of it."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(2 * FILM)}
    return visitor.post(f"{files}/tus", headers=headers)


def sign_up(site, number):
    visitor = Visitor(site, f"192.0.2.{number % 250 + 1}")
    return visitor.fill_in("/newsletter/", {"email": f"p{number}@example.org"})


def confirmations(site):
    """The addresses that were asked to confirm."""
    mails = (site.folder / "mailbox").glob("*.eml")
    return {found for one in mails for found in re.findall(r"p\d+@example.org", one.read_text())}


def test_strangers_fill_the_disk_and_then_it_is_full(site, small_disk, chat):
    with Beside(site):
        refused = 0
        for network in networks(20):  # 60 MB, for 48
            visitor = Visitor(site, network)
            files = a_draft(visitor)
            answer = send_film(visitor, files)
            if answer.status_code != 303:
                refused += 1
                assert (answer.status_code, NO_ROOM in answer.text) == (422, True)
                assert announce(visitor, files).text.startswith(NO_ROOM)
        assert refused > 3
        assert free(small_disk) > SIZE * MB // 10 - MB
        until(lambda: told(chat, "is nearly full"), 30)
    ready = requests.get(f"{site.url}/readyz", timeout=5)
    assert (ready.status_code, "nearly full" in ready.json()["disk"]) == (200, True)

    acknowledged, number = set(), 0
    with (small_disk / "ballast").open("wb", buffering=0) as ballast:
        with suppress(OSError):
            while True:
                ballast.write(bytes(4096))
        while (answer := sign_up(site, number)).status_code == 303:
            acknowledged.add(f"p{number}@example.org")
            number += 1
            assert number < 5_000
    assert (answer.status_code, COMES_BACK in answer.text) == (503, True)
    assert "Send it again" in answer.text
    assert requests.get(site.url, timeout=5).status_code == 200
    assert requests.get(f"{site.url}/readyz", timeout=5).status_code == 503
    site.stop("worker")
    site.start_worker()  # as systemd does it
    until(lambda: told(chat, "cannot be written"), 60)
    log = (site.folder.parent / "log").read_text()
    assert "Nothing can be done at /newsletter/" in log
    assert "cannot be written: No space left on device" in log

    (small_disk / "ballast").unlink()
    again = until(lambda: (answer := sign_up(site, number)).status_code == 303 and answer)
    acknowledged.add(f"p{number}@example.org")
    assert again
    until(lambda: acknowledged <= confirmations(site), 60)
    assert requests.get(f"{site.url}/readyz", timeout=5).status_code == 200
