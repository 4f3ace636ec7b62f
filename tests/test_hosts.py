"""A name that is not the site's is refused, however it is written and wherever it comes."""

from types import SimpleNamespace

import pytest

from portal.delivery import heartbeat
from portal.hosts import OnlyOurs
from tests.test_config import PRODUCTION

OURS = [
    *[("https://portal.test", one) for one in ("portal.test", "Portal.TEST", "portal.test:443")],
    ("http://portal.test", "portal.test:80"),
    ("https://portal.test:8443", "portal.test:8443"),
    ("http://[2001:db8::1]:8080", "[2001:DB8::1]:8080"),
]
NOT_OURS = [
    *("", "evil.example", "portal.test.evil.example", "evil.example:443", "portal.test.", "."),
    *("ada@portal.test", "portal.test@evil.example", "portal.test:443@evil.example"),
    *("portal.test:80", "portal.test:", "portal.test:x", "portal.test, evil.example"),
    *("portal.test evil.example", "portal.test/", "portal.test\\evil", "[portal.test]", "[::1"),
    *("localhost", "127.0.0.1", "127.0.0.1:8000", "[::1]", "p\xf6rtal.test", "xn--prtal-jua.test"),
    *(":", "@", "%", "portal.test%00", "http://portal.test", "a" * 5000),
]


def asked(site, *, is_laptop=False, **environ):
    """The status with which a request is answered by a site that says 200 to each."""

    def serve(_environ, start_response):
        start_response("200 OK", [])

    statuses = []
    app = SimpleNamespace(wsgi_app=serve, config={"SITE_URL": site, "DEVELOPMENT": is_laptop})
    environ = {"HTTP_HOST": "portal.test", "PATH_INFO": "/"} | environ
    OnlyOurs(app)(environ, lambda status, _headers: statuses.append(status[:3]))
    return int(statuses[0])


@pytest.mark.parametrize(("site", "host"), OURS)
def test_our_name_is_known_however_it_is_written(site, host):
    assert asked(site, HTTP_HOST=host) == 200


@pytest.mark.parametrize("host", NOT_OURS)
def test_another_name_is_refused(host):
    assert asked("https://portal.test", HTTP_HOST=host) == 400


@pytest.mark.parametrize(
    ("target", "status"),
    [
        *(("/", 200), ("//evil.example/", 200), ("*", 200), ("https://portal.test/", 200)),
        *(("http://evil.example/", 400), ("evil:1", 400), ("http://[", 400)),
    ],
)
def test_name_in_the_first_line_is_no_other(target, status):
    assert asked("https://portal.test", RAW_URI=target) == status


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5000", "[::1]:8000", "LOCALHOST:1"])
def test_laptop_knows_its_own_names(host):
    for is_laptop, status in ((True, 200), (False, 400)):
        assert asked("http://portal.test", HTTP_HOST=host, is_laptop=is_laptop) == status


@pytest.mark.parametrize("port", ["65536", "9" * 5000, "x", "-1", "", "1:1"])
def test_laptop_has_no_port_that_there_is_not(port):
    assert asked("http://portal.test", HTTP_HOST=f"localhost:{port}", is_laptop=True) == 400


@pytest.mark.parametrize("path", ["/", "/newsletter", "/no-such-page", "/static/a/b"])
def test_refusal_is_in_words_and_leads_nowhere_else(app, path):
    answer = app.test_client().get(path, base_url="https://evil.example")

    assert answer.status_code == 400
    assert answer.text == "This address does not lead here. The site is at http://portal.test/\n"
    assert "Location" not in answer.headers


def test_name_that_a_proxy_forwards_is_looked_at(make_app):
    app = make_app(**PRODUCTION, SITE_URL="https://portal.test", TRUSTED_PROXIES="1")
    for forwarded, status in (("portal.test", 200), ("evil.example", 400)):
        headers = {"Host": "127.0.0.1:8000", "X-Forwarded-Host": forwarded}
        assert app.test_client().get("/", headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/healthz/worker", "/readyz"])
def test_machines_may_ask_for_health_by_address(client, path):
    heartbeat.beat("a worker")
    answers = [
        client.get(path, environ_overrides={"HTTP_HOST": host}) for host in ("10.0.0.7", "\xff", "")
    ]

    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}


def test_log_says_once_what_came_and_what_is_expected(make_app, caplog):
    client = make_app(**PRODUCTION, SITE_URL="https://portal.test", DEVELOPMENT="0").test_client()
    for host in ("evil\x1b[0m\xff.example", "other.example"):
        client.get("/", environ_overrides={"HTTP_HOST": host})

    (told,) = [one.getMessage() for one in caplog.records if "host" in one.getMessage()]
    assert "evil\\x1b[0m" in told
    assert "https://portal.test" in told
