"""However many are slow, however they are: somebody beside them is served as ever."""

import re
import resource
import socket
import time
from contextlib import ExitStack

import pytest
import requests

from tests.abuse.slow import SLOW, slow
from tests.abuse.visitor import Beside, Visitor
from tests.deploy.proxies import nginx
from tests.services import until
from tests.site import Site

OF_EACH, OF_THOSE = 40, 12  # each of those asks for 4 MB
FLOOD = 2_200  # connections: more than both web processes have
JOURNEYS = 3
KB = 1024


@pytest.fixture(scope="module", params=["alone", "nginx"])
def front(request, tmp_path_factory, migrated_file):
    """A site as people reach it: the web processes by themselves, or nginx before them."""
    folder = tmp_path_factory.mktemp("front")
    site = Site(folder / "site", RATELIMIT_ENABLED="0")
    with ExitStack() as stack:
        stack.callback(site.stop)
        if request.param == "nginx":
            url = stack.enter_context(nginx(folder, site.url, tls=False))
            site.env |= {"SITE_URL": url, "TRUSTED_PROXIES": "1"}
        site.start(migrated_file)
        site.url = site.env["SITE_URL"]
        yield site


def begun(site):
    """The page of a story that somebody has begun, and where its files go."""
    visitor = Visitor(site, "10.0.0.1")
    private = visitor.fill_in("/stories/share/", {"way": "write"}).headers["Location"]
    private = private.partition("?")[0]
    style = re.search(r'href="(/static/[^"]+\.css)"', visitor.get("/").text)[1]
    visitor.close()
    return {"private": f"{private}story", "files": f"{private}files/add", "style": style}


def test_who_is_slow_holds_nobody_up(front):
    places = begun(front)
    kinds = dict.fromkeys(SLOW, OF_EACH) | {"nothing read": OF_THOSE}
    with slow(front, kinds, **places), Beside(front) as beside:
        until(lambda: beside.journeys >= JOURNEYS, 60)


def test_one_who_opens_more_connections_than_there_are_holds_nobody_up(front, many_files):
    with slow(front, {"nothing": FLOOD}), Beside(front) as beside:
        until(lambda: beside.journeys >= JOURNEYS, 60)


@pytest.fixture
def many_files():
    """This process may have as many connections, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * FLOOD, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_slow_phone_sends_its_picture(front):
    """At a rate that takes twice as long as nothing at all may come."""
    files = begun(front)["files"]
    form = requests.Request(
        "POST", f"{front.url}{files}", files={"files": ("a.txt", b"x" * 400 * KB)}
    )
    made = form.prepare()
    host, _, port = front.url.removeprefix("http://").partition(":")
    lines = "".join(f"{name}: {value}\r\n" for name, value in made.headers.items())
    head = f"POST {files} HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}\r\n".encode()
    with socket.create_connection((host, int(port)), 30) as phone:
        phone.sendall(head)
        for start in range(0, len(made.body), 20 * KB):
            phone.sendall(made.body[start : start + 20 * KB])
            time.sleep(0.1)
        assert phone.recv(100).startswith(b"HTTP/1.1 303 ")


@pytest.mark.parametrize("path", ["/newsletter/", "/stories/share/no-such-link/files/add"])
def test_large_body_is_refused_before_it_comes(front, path):
    """By nginx too, where it could not be taken anywhere."""
    host, _, port = front.url.removeprefix("http://").partition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 400000000\r\n\r\n"
    with socket.create_connection((host, int(port)), 30) as client:
        client.sendall(head.encode())

        assert client.recv(100).split()[1] in {b"413", b"404"}
