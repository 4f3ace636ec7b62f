"""The portal behind nginx and behind Caddy, by https, with the files that we ship."""

import re
import socket
import ssl
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
import requests

from portal import create_app
from portal.config import load_config
from tests.abuse.visitor import Visitor
from tests.conftest import usual_env
from tests.deploy.proxies import caddy, nginx
from tests.services import until
from tests.site import Site
from tests.test_config import PRODUCTION

PROXIES = {"nginx": nginx, "caddy": caddy}
MB = 1024 * 1024
CHECKED_WITHIN = 30  # seconds
FILM = bytes(range(256)) * (40 * MB // 256)  # more than a proxy keeps for any other page
# Letters, digits and what a typed link may have; nothing of it may be in a log.
TOKEN = "Xq7.secret-Token_9"
FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example"}
FORGED |= {"X-Forwarded-Proto": "http", "X-Forwarded-Port": "81", "X-Request-ID": TOKEN}


class Front(Site):
    """A site as on a server, with https before it. The test's clients know its certificate."""

    def __init__(self, folder: Path, proxy) -> None:
        api = {"BREVO_API_URL": "http://127.0.0.1:9", "QUEUE_URL": ""}
        super().__init__(folder, **PRODUCTION | api, DEVELOPMENT="0", TRUSTED_PROXIES="1")
        self.proxy, self.near, self.place = proxy, self.url, folder / "front"
        self.place.mkdir(parents=True)

    def start_web(self) -> None:
        """It is asked past the proxy whether it is ready."""
        front, self.url = self.url, self.near
        super().start_web()
        self.url = front

    def visitor(self) -> Visitor:
        visitor = Visitor(self, "10.0.0.1")
        visitor.verify, visitor.trust_env = str(self.place / "cert.pem"), False
        return visitor

    def logged(self) -> str:
        """All that the proxy wrote anywhere."""
        return "".join(file.read_text() for file in (self.place / "logs").iterdir())


@pytest.fixture(scope="module", params=PROXIES)
def front(request, tmp_path_factory, migrated_file):
    front = Front(tmp_path_factory.mktemp("front"), PROXIES[request.param])
    with ExitStack() as stack:
        stack.callback(front.stop)
        front.url = stack.enter_context(front.proxy(front.place, front.near))
        front.env["SITE_URL"] = front.url
        front.start(migrated_file)
        yield front


def begun(visitor):
    """The private link of a story that somebody has begun."""
    leads_to = visitor.fill_in("/stories/share/", {"way": "write"}).headers["Location"]
    return leads_to.partition("?")[0]


def test_a_form_is_sent_by_https_with_a_cookie_for_https_alone(front):
    visitor = front.visitor()
    answer = visitor.fill_in("/newsletter/", {"email": "ada@example.org", "topics": "ideas"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/newsletter/thanks")
    assert [(one.name, one.secure) for one in visitor.cookies] == [("__Host-portal", True)]
    assert "Strict-Transport-Security" in answer.headers


def test_a_film_goes_up_and_comes_down_whole(front):
    visitor = front.visitor()
    files = f"{begun(visitor)}files"
    sent = visitor.post(f"{files}/add", files={"files": ("a.bin", FILM)})
    own = re.compile(rf'"({re.escape(files)}/[^/"]+/own)"')
    found = until(lambda: own.search(visitor.get(files).text), CHECKED_WITHIN)

    assert sent.status_code == 303
    assert visitor.get(found[1]).content == FILM


@pytest.mark.parametrize("front", ["nginx"], indirect=True)  # Caddy begins to read by itself
@pytest.mark.parametrize(
    ("path", "is_taken"),
    [
        ("/newsletter/list/import/", True),
        ("/inbox/1/answer", True),
        (f"/stories/share/{TOKEN}/files/add", True),
        ("/contact/", False),
    ],
)
def test_the_portal_is_asked_before_a_large_body_comes_where_it_takes_one(front, path, is_taken):
    """By its head alone: no byte of the body is sent."""
    host, _, port = front.url.removeprefix("https://").partition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {50 * MB}\r\n\r\n"
    trusted = ssl.create_default_context(cafile=front.place / "cert.pem")
    with (
        socket.create_connection((host, int(port)), 30) as plain,
        trusted.wrap_socket(plain, server_hostname=host) as client,
    ):
        client.sendall(head.encode())
        status = int(client.recv(100).split()[1])

    assert (status != 413) is is_taken
    assert status < 500


def test_no_private_address_is_in_a_log(front, tmp_path):
    """Of all addresses that the portal has: asked as they are, with mistakes, and with a referrer.

    While the portal is away, too, when proxies write most.
    """
    app = create_app(load_config(usual_env(tmp_path)))
    rules = [one.rule for one in app.url_map.iter_rules() if one.arguments]
    paths = [re.sub("<[^>]+>", TOKEN, rule) for rule in rules]
    assert len(paths) > 100
    visitor = front.visitor()
    visitor.headers["Referer"] = f"{front.url}/contact/{TOKEN}"
    for path in (*paths, *map(mistaken, paths[::10]), f"/hooks/brevo/events?secret={TOKEN}"):
        visitor.get(path)
    front.stop("web")
    try:
        away = [visitor.get(path) for path in paths[::5]]
        away.append(visitor.post(f"/stories/share/{TOKEN}/files/add", data=b"x" * 2 * MB))
    finally:
        front.start_web()
    logged = front.logged()

    assert "/stories" in logged
    assert TOKEN.lower() not in logged.lower()
    assert TOKEN.lower() not in front.log().lower()
    assert {one.status_code for one in away} == {503}
    assert all(one.headers["Retry-After"] == "60" for one in away)
    assert "We are back soon" in away[0].text


def mistaken(path: str) -> str:
    """The address as it looks after a mistake in copying it."""
    return quote(path, safe="").replace("%2F", "/", 1)


@pytest.mark.parametrize("proxy", PROXIES.values(), ids=PROXIES)
def test_a_visitor_says_nothing_in_the_proxys_name(tmp_path, proxy):
    """Each header that the portal believes comes from the proxy alone, once."""
    came = []

    class Portal(BaseHTTPRequestHandler):
        def do_GET(self):
            came.append(self.headers)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Portal) as server, ExitStack() as stack:
        Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        url = stack.enter_context(proxy(tmp_path, f"http://127.0.0.1:{server.server_port}"))
        requests.get(url, headers=FORGED, verify=str(tmp_path / "cert.pem"), timeout=30)

    (headers,) = came
    place = url.removeprefix("https://")
    expected = {"For": "127.0.0.1", "Host": place, "Proto": "https", "Port": place.split(":")[1]}
    assert {end: headers.get_all(f"X-Forwarded-{end}") for end in expected} == {
        end: [value] for end, value in expected.items()
    }
    assert headers["Host"] == place
    assert re.fullmatch(r"[0-9a-f-]{32,36}", headers["X-Request-ID"])
