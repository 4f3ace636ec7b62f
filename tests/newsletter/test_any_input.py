"""Any input at all, as Hypothesis thinks of it: a good page, nothing half-saved, never a 500."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import ASKING, EMBED, JOIN, LOST_LINK, tables
from tests.newsletter.test_bad_input import BAD_ADDRESSES, NAMES, NASTY, as_shown
from tests.page_lint import lint

examples = hypothesis_settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Text as a browser can send it: no halves of characters.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
KNOWN = [typed for typed, _ in (*BAD_ADDRESSES.values(), *NAMES.values())] + NASTY
TYPED = st.one_of(TEXT, st.sampled_from(KNOWN), st.builds("{}@{}".format, TEXT, TEXT))
NAME = st.sampled_from(["email", "name", "topics", "format", "stamp", "csrf_token", "asked"])
FORM = st.dictionaries(NAME | TEXT, st.lists(TYPED, max_size=3), max_size=6)
TOKEN = TEXT.map(lambda text: text.replace("/", "")).filter(bool)
HEADER = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=60)
KIND = st.one_of(
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            'multipart/form-data; boundary="\x22',
            "application/json",
            "text/plain; charset=nonsense",
        ]
    ),
    HEADER,
)
PART = st.builds(
    lambda name, head, body: (
        b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        % (name.encode(), head, body)
    ),
    NAME | TEXT,
    st.sampled_from([b"", b'; filename="a.txt"', b"\r\nContent-Type: x/y; charset=zz", b'"'])
    | st.binary(max_size=20),
    st.binary(max_size=60),
)
BODY = st.one_of(
    st.binary(max_size=200),
    st.lists(PART, max_size=4).map(lambda parts: b"".join(parts) + b"--x--\r\n"),
    st.builds(lambda name, value: name.encode() + b"=" + value, NAME, st.binary(max_size=60)),
)
NAMED = st.sampled_from(
    [
        *("Accept", "Accept-Encoding", "Content-Length", "Cookie", "Host", "Origin", "Range"),
        *("HX-Current-URL", "HX-Request", "HX-Target", "Referer", "X-Forwarded-For"),
        *("Content-Encoding", "Transfer-Encoding"),
    ]
)
METHOD = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"])


@pytest.fixture
def begin(app, migrated_file, private):
    """Starts anew, with an empty database but for two people, and returns a visitor."""
    here = Path(app.config["VAR_DIR"]) / "portal.db"
    db.session.remove()
    db.engine.dispose()
    start = shutil.copy(here, here.with_suffix(".start"))

    def fresh():
        db.session.remove()
        db.engine.dispose()
        for rest in ("-wal", "-shm"):
            here.with_name(here.name + rest).unlink(missing_ok=True)
        shutil.copy(start, here)
        return app.test_client()

    return fresh


def answer_of(client: FlaskClient, path: str, method: str = "POST", **sent):
    """Send anything, and check what must hold of every answer. Returns it with its page."""
    before = tables()
    response = client.open(path, method=method, **sent)
    assert response.status_code < 500, response.text
    is_page = response.mimetype == "text/html" and response.data and not response.location
    is_page = is_page and "Content-Encoding" not in response.headers  # a header may ask for that
    page = lint(response.text) if is_page else None
    if response.status_code >= 400 or method in {"GET", "HEAD", "OPTIONS"}:
        assert tables() == before
    return response, page


def hidden_of(client, path):
    page = lint(client.get(path).text)
    return {
        field.attrs["name"]: field.attrs.get("value") or ""
        for field in page.query("input[type=hidden]")
    }


@pytest.mark.parametrize("path", ASKING)
@given(typed=TYPED)
@examples
def test_any_address_is_taken_whole_or_comes_back_as_typed(begin, path, typed):
    client = begin()
    sent = hidden_of(client, path) | {"email": typed}

    response, page = answer_of(client, path, data=sent)

    if response.status_code == 422:
        assert page.query("[name=email]")[0].attrs.get("value") == as_shown(typed)
        assert page.query("#email-error")
    else:
        assert response.status_code == (200 if path == EMBED else 303)
        (row,) = tables()["outgoing"]
        assert row.address.count("@") == 1
        assert row.address.isprintable()
        if path != LOST_LINK:
            assert Subscriber.with_email(row.address).state is not SubscriberState.SUBSCRIBED


@given(typed=TYPED)
@examples
def test_any_name_is_kept_whole_or_comes_back_as_typed(begin, private, typed):
    client = begin()

    response, page = answer_of(client, private["preferences"], data={"name": typed})

    if response.status_code == 422:
        assert page.query("[name=name]")[0].attrs.get("value") == as_shown(typed)
    else:
        assert response.status_code == 303
        name = Subscriber.with_email("ada@example.org").name
        assert len(name) <= 100
        assert len(name.splitlines()) <= 1


@given(form=FORM, path=st.sampled_from([*ASKING, "preferences", "unsubscribe", "confirm"]))
@examples
def test_any_fields_are_answered(begin, private, form, path):
    client = begin()
    hidden = hidden_of(client, path) if path in {JOIN, LOST_LINK} else {}

    answer_of(client, private.get(path, path), data=hidden | form)


@given(
    path=st.sampled_from([*ASKING, "preferences", "preferences/erase", "unsubscribe", "confirm"]),
    method=METHOD,
    kind=KIND,
    body=BODY,
    query=HEADER,
)
@examples
def test_any_bytes_are_answered(begin, private, *, path, method, kind, body, query):
    client = begin()

    response, _ = answer_of(
        client,
        private.get(path, path),
        method,
        data=body,
        content_type=kind,
        environ_overrides={"QUERY_STRING": query},
    )

    assert response.status_code in {200, 303, 400, 405, 413, 422}


@given(headers=st.dictionaries(NAMED, HEADER, max_size=4))
@examples
def test_any_headers_are_answered(begin, headers):
    for method in ("GET", "POST"):
        response, _ = answer_of(begin(), JOIN, method, headers=headers, data={"email": "a@b.org"})

        assert response.status_code in {200, 400, 413, 422}


@given(
    token=TOKEN,
    start=st.sampled_from(["confirm", "preferences", "unsubscribe"]),
    end=st.sampled_from(["", "/again", "/erase", "/data.json"]),
    method=METHOD,
)
@examples
def test_any_made_up_link_is_not_found(begin, token, start, end, method):
    response, _ = answer_of(begin(), f"/newsletter/{start}/{token}{end}", method)

    assert response.status_code in {200, 301, 303, 308, 404, 405}
    if method == "POST":
        assert response.status_code != 303


@given(where=st.integers(0, 200), change=st.characters(exclude_categories=["Cs"]))
@examples
def test_a_link_with_one_letter_changed_opens_nothing(begin, private, where, change):
    client = begin()
    for page in ("confirm", "preferences", "unsubscribe"):
        start, _, token = private[page].rpartition("/")
        at = where % len(token)
        changed = token[:at] + change + token[at + 1 :]
        if change not in "/?#" and changed != token:
            response, _ = answer_of(client, f"{start}/{changed}")
            assert response.status_code in {404, 405}
