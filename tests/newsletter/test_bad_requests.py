"""What no browser sends of itself: forged, stale, the wrong kind. A clear page, nothing saved."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest

from portal.forms import signer
from tests.newsletter import ASKING, EMBED, JOIN, LOST_LINK, nothing_is_kept, tables

PRIVATE = ["preferences", "preferences/erase", "unsubscribe", "confirm", "confirm/again"]
STAMPS = {
    "made up": lambda: "x",
    "for something else": lambda: signer("confirm").dumps(""),
    "binary": lambda: "\0\x80💚.\u202e",
}


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("kind", STAMPS)
def test_a_forged_stamp_is_refused_and_the_page_has_a_good_one(visit, path, kind):
    answer = visit.send(path, {"email": "ada@example.org", "stamp": STAMPS[kind]()})

    assert answer.status == 422
    assert "Your answers are still here. Send them again." in answer.text
    assert answer.value("email") == "ada@example.org"
    assert nothing_is_kept()
    assert again(visit, path, answer).heading == "Check your email"


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize(("hours", "status"), [(20, 200), (24, 200), (24.01, 422)])
def test_a_form_may_lie_open_for_a_day(visit, clock, path, hours, status):
    page = visit(path)
    clock.shift(timedelta(hours=hours))

    answer = again(visit, path, page, email="ada@example.org")

    assert answer.status == status
    if status == 422:
        assert answer.value("email") == "ada@example.org"
        assert nothing_is_kept()
        assert again(visit, path, answer).heading == "Check your email"


@pytest.mark.parametrize("path", [JOIN, LOST_LINK])
@pytest.mark.parametrize("token", [None, "", "x", "\0💚", "from somebody else"])
def test_a_form_sent_by_another_site_is_refused(app, visit, path, token):
    if token == "from somebody else":
        token = re.search(
            r'name="csrf_token"[^>]* value="([^"]*)"', app.test_client().get(path).text
        ).group(1)
    page = visit(path)
    sent = {"email": "ada@example.org", "stamp": page.value("stamp")}

    answer = visit.post(path, sent | ({} if token is None else {"csrf_token": token}))

    assert answer.status == 422
    assert "Your answers are still here. Send them again." in answer.text
    assert answer.value("email") == "ada@example.org"
    assert nothing_is_kept()
    assert again(visit, path, answer).heading == "Check your email"


def again(visit, path, page, **given):
    """Send the form on a page once more, as it is there."""
    names = [name for name in ("email", "stamp", "csrf_token") if page.has(f"[name={name}]")]
    return visit.post(path, {name: page.value(name) or "" for name in names} | given)


def test_a_form_without_a_stamp_is_held_and_not_lost(visit, app):
    app.config["FORM_MIN_SECONDS"] = 2

    answer = visit.post(EMBED, {"email": "ada@example.org"})

    assert answer.heading == "Check your email"
    assert [row.email for row in tables()["held_signup"]] == ["ada@example.org"]


@pytest.mark.parametrize("path", ASKING)
def test_a_file_in_place_of_text_is_no_answer(visit, path):
    for field in ("email", "topics", "format", "stamp"):
        file = (io.BytesIO(b"ada@example.org"), "ada.txt")
        answer = visit.send(path, {"email": ""} | {field: file})
        assert answer.status == 422
    assert nothing_is_kept()


@pytest.mark.parametrize("path", [*ASKING, "preferences"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"email": "ada@example.org", "name": ["Ada"]}'),
        ("application/json", b'{"email":'),
        ("text/plain", b"email=ada@example.org&name=Ada"),
        ("text/xml", b"<email>ada@example.org</email>"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\nada@example.org\r\n--y--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="na'),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 300),
        ("application/x-www-form-urlencoded; charset=utf-7", b"+AGUAbQBhAGkAbA-=x"),
        ("", b"\xff\xfe\0\0"),
        ("garbage", b""),
    ],
)
def test_what_is_no_form_is_refused(visit, private, path, content_type, body):
    before = tables()

    answer = visit.post(private.get(path, path), body, content_type=content_type)

    assert answer.status in {400, 413, 422}
    assert answer.has(".problem a") or answer.heading == "We could not read that"
    assert tables() == before


@pytest.mark.parametrize("page", PRIVATE)
def test_a_forged_link_is_not_found(visit, private, page):
    start, _, end = page.partition("/")
    before = tables()
    for bad in ("x", "....", "%00", "%ff%fe", "💚", "' OR 1=1", "<b>", "%0d%0aX:y"):
        answer = visit.post(f"/newsletter/{start}/{bad}" + (f"/{end}" if end else ""))

        assert answer.status == 404
        assert answer.heading == "We cannot find that page"
        assert "X" not in answer.headers
    assert tables() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_that_is_not_offered_is_refused_with_a_page(visit, private, method):
    before = tables()
    for path in [*ASKING, *private.values()]:
        answer = visit._answer(visit.client.open(visit._path(path), method=method))
        assert answer.status == 405
        assert answer.heading == "That cannot be done here"
    assert tables() == before
