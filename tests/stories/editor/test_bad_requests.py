"""Requests that no form of the desk sends: each is answered in words, and none is our fault."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.forms import UNREADABLE, tidy
from portal.stories.models import Story
from portal.team.models import Role
from tests.page_lint import lint
from tests.stories import a_story, published
from tests.stories.desk import newest, path
from tests.team import sign_in

GOOD = {
    "text": {
        "title": "The water",
        "summary": "",
        "text": "I swim.",
        "topics": "water",
        "language": "en",
        "reason": "Short",
        "why-x": "So",
        "seen": "1",
        "do": "check",
    },
    "preview": {
        "title": "",
        "summary": "",
        "text": "I swim.",
        "topics": "water",
        "language": "en",
        "seen": "1",
        "do": "show",
    },
    "ask": {"seen": "1"},
    "publish": {"seen": "1"},
    "level": {"level": "advanced", "why": "So"},
    "uses": {"used": "There"},
    "versions": {
        "version_kind": "bsl",
        "version_title": "T",
        "version_language": "en",
        "version_text": "x",
        "version_link": "https://films.example/1",
    },
    "decline": {"words": "No"},
}
NONSENSE = [
    *("", " ", "x", "-1", "1.5", "\u00b2", "9999999999", "9" * 500, "\0", "a\0b", "\ufffd"),
    *("\u202e", "\r\n", "<b>", "' OR 1=1 --", "{{ 7*7 }}", "x" * 6_000, "http://[", "\U0001f600"),
]
UNDERSTOOD = {200, 303, 400, 404, 409, 422}


@pytest.fixture
def desk(app, visit_plain):
    """Sends fields to an address of a story's desk; returns the status."""
    sign_in(visit_plain, app, role=Role.MANAGER)
    token = visit_plain("/inbox/keys").value("csrf_token")

    def send(story, action, sent, **options):
        address = path(story, action)
        data = {"csrf_token": token} | sent
        answer = visit_plain.client.post(address, data=data, **options)
        if answer.status_code != 303:  # Werkzeug's own page, which nobody sees
            lint(answer.text)
        return answer.status_code

    return send


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("action", GOOD)
def test_nonsense_in_any_field_is_understood(app, desk, action):
    story = published()
    for field in GOOD[action]:
        for text in NONSENSE:
            assert desk(story, action, GOOD[action] | {field: text}) in UNDERSTOOD, (field, text)


@pytest.mark.parametrize("action", GOOD)
def test_field_that_is_missing_or_there_twice_is_understood(app, desk, action):
    story = published()
    full = GOOD[action]
    for field in full:
        less = {name: text for name, text in full.items() if name != field}
        assert desk(story, action, less) in UNDERSTOOD, field
        assert desk(story, action, full | {field: [full[field], "other"]}) in UNDERSTOOD, field
    assert desk(story, action, {}) in UNDERSTOOD


@pytest.mark.parametrize("action", GOOD)
def test_other_kinds_of_requests_are_understood(app, visit_plain, desk, action):
    story = a_story()
    token = visit_plain("/inbox/keys").value("csrf_token")
    for options in (
        {"json": {"text": "x"}, "headers": {"X-CSRFToken": token}},
        {"data": b"\xff\xfe", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"", "content_type": "multipart/form-data"},
    ):
        assert visit_plain.client.post(path(story, action), **options).status_code in UNDERSTOOD


def test_more_than_a_story_can_be_is_refused_in_words(app, desk):
    story = a_story()

    assert desk(story, "text", GOOD["text"] | {"text": "x" * 3_000_000}) == 413


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=st.text(max_size=60), text=st.text(max_size=200), why=st.text(max_size=60))
def test_any_text_is_saved_as_it_was_typed_or_comes_back(app, desk, title, text, why):
    db.session.rollback()
    story = db.session.scalar(db.select(Story)) or a_story()
    seen = newest(story).number
    title, text, why = (one.encode("utf-8", "replace").decode() for one in (title, text, why))
    sent = {"title": title, "text": text, "reason": why, "seen": str(seen), "do": "save"}
    status = desk(story, "text", GOOD["text"] | sent)

    assert status in {303, 422}
    if status == 303:
        assert newest(story).text == tidy(text.replace("\0", UNREADABLE))
