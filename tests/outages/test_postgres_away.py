"""PostgreSQL is stopped, hangs, or cuts its connections, while people use the site."""

import time
from functools import partial

import pytest
from sqlalchemy import make_url

from tests.abuse.visitor import Visitor
from tests.line import Line
from tests.outages import at_once, timed
from tests.services import until
from tests.site import Site

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
ADA = "ada@example.org"
AT_FIRST = 10.0  # seconds, until a process has noticed; on a machine that does other things too
THEN = 2.0  # seconds for any answer once it has
BACK = 10.0  # seconds, until all is well again


@pytest.fixture
def line(postgres_url):
    url = make_url(postgres_url)
    with Line(url.host, url.port or 5432) as line:
        yield line


@pytest.fixture
def site(tmp_path, postgres_url, line):
    url = make_url(postgres_url).set(port=line.port).render_as_string(hide_password=False)
    site = Site(tmp_path, DATABASE_URL=url)
    site.folder.mkdir(parents=True)
    site.start_web()
    yield site
    site.stop()


def filled(site):
    """What a browser sends with a form that was filled in: cookies and fields."""
    visitor = Visitor(site, "203.0.113.9")
    visitor.get("/newsletter/")
    data = visitor.fields("/newsletter/") | {"email": ADA, "topics": "ideas"}
    return {"cookies": visitor.cookies, "data": data}


def sign_up(site):
    """The status of an answer to somebody who comes now."""
    try:
        sent = filled(site)
    except StopIteration:  # it is no page with the form
        return 0
    return timed("POST", f"{site.url}/newsletter/", **sent)[0]


def test_everybody_is_told_soon_and_all_is_well_once_it_is_back(site, line, subtests):
    for way in ("silent", "refusing", "resetting", "dripping"):
        with subtests.test(way):
            go_through(way, site, line)


def go_through(way, site, line):
    """Many people come while PostgreSQL is away, and again when it is back."""
    assert sign_up(site) == 303
    look = partial(timed, "GET", f"{site.url}/stories/")
    send = partial(timed, "POST", f"{site.url}/newsletter/", **filled(site))
    line.be(way)

    first = at_once(40, look, send)
    assert {status for status, *_ in first} == {503}
    assert max(seconds for _, seconds, _ in first) < AT_FIRST
    assert all(ADA in text for (_, _, text) in first[1::2])

    others = [f"{site.url}{path}" for path in ("/healthz", "/static/site.css", "/robots.txt")]
    more = at_once(60, look, send, *(partial(timed, "GET", one) for one in others))
    assert max(seconds for _, seconds, _ in more) < AT_FIRST / 2
    assert sorted(seconds for _, seconds, _ in more)[len(more) // 2] < THEN
    assert {status for status, *_ in more[2::5]} == {200}
    assert {status for status, *_ in more[0::5] + more[1::5]} == {503}

    line.be("open")
    came_back = time.monotonic()
    until(lambda: sign_up(site) == 303, BACK)
    until(lambda: {status for status, *_ in at_once(40, look)} == {200}, BACK)
    assert time.monotonic() - came_back < BACK
    assert "Traceback" not in site.log()


def test_a_server_that_was_restarted_is_noticed_by_nobody(site, line):
    look = partial(timed, "GET", f"{site.url}/stories/")
    assert {status for status, *_ in at_once(20, look)} == {200}
    line.be("resetting")
    line.be("open")

    assert {status for status, *_ in at_once(20, look)} == {200}
