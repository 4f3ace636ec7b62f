"""Any input at all on the storyteller's page: a good answer, nothing half-saved, never a 500."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.stories import links, texts
from portal.stories.models import Approval
from tests.newsletter.test_any_input import (
    BODY,
    HEADER,
    KIND,
    METHOD,
    TEXT,
    TOKEN,
    TYPED,
    answer_of,
    examples,
)
from tests.stories import edited, fresh, handed_over
from tests.visit import Visit

DEEDS = (
    *("", "/decide", "/rewrite", "/comment", "/call", "/approve", "/unapprove", "/consents"),
    *("/still", "/withdraw", "/stop", "/versions/1"),
)
NAMES = (
    *("seen", "base", "revision", "digest", "message", "way", "reach", "when", "heading"),
    *("summary", "text", "files", "name_shown", "other_name", "allowed", "answer"),
    *("do-p1", "own-p1", "do-title", "own-title", "do-", "own-"),
)
CHOICE = st.sampled_from(["keep", "undo", "own", "2", "1", "yes", "no", "other", "phone", "x"])
FIELDS = st.dictionaries(
    st.sampled_from(NAMES) | TEXT, st.lists(TYPED | CHOICE, max_size=3), max_size=8
)
FINE = {200, 302, 303, 400, 404, 405, 409, 413, 422}


@pytest.fixture
def link(app):
    """The private link of a story that waits for its storyteller."""
    story = handed_over()
    edited(story, title="Water", text="I swim.\n\nThe water holds me. I feel free.")
    url = links.storyteller_url(story)
    db.session.commit()
    return url


@pytest.mark.parametrize("end", DEEDS)
@given(fields=FIELDS, method=METHOD)
@examples
def test_any_fields_are_answered(app, link, end, fields, method):
    response, _ = answer_of(app.test_client(), link + end, method, data=fields)

    assert response.status_code in FINE


@pytest.mark.parametrize("end", ["", "/decide", "/rewrite", "/approve"])
@given(method=METHOD, kind=KIND, body=BODY, query=HEADER)
@examples
def test_any_bytes_are_answered(app, link, *, end, method, kind, body, query):
    response, _ = answer_of(
        app.test_client(),
        link + end,
        method,
        data=body,
        content_type=kind,
        environ_overrides={"QUERY_STRING": query},
    )

    assert response.status_code in FINE


@given(token=TOKEN, end=st.sampled_from(DEEDS), method=METHOD)
@examples
def test_any_made_up_link_is_not_found(app, token, end, method):
    response, _ = answer_of(app.test_client(), f"/stories/mine/{token}{end}", method)

    assert response.status_code in {200, 301, 302, 308, 404, 405}


@given(digest=TEXT, revision=TEXT | st.integers().map(str))
@examples
def test_no_made_up_yes_is_kept(app, link, digest, revision):
    client = app.test_client()

    for sent in ({"digest": digest, "revision": revision}, {"digest": digest}):
        answer_of(client, f"{link}/approve", data=sent)

    assert db.session.query(Approval).count() == 0
    db.session.commit()


@given(title=TEXT, summary=TEXT, text=TEXT)
@examples
def test_any_text_is_taken_whole_or_comes_back(app, title, summary, text):
    story = handed_over()
    url = links.storyteller_url(story)
    db.session.commit()
    visit = Visit(app, htmx=False)
    page = visit(f"{url}/rewrite")
    typed = {"heading": title, "summary": summary, "text": text, "seen": page.value("seen")}

    answer = visit.post(f"{url}/rewrite", typed)

    newest = texts.latest(fresh(story))
    db.session.commit()
    if answer.status == 422:
        assert answer.has(".problem a")
        assert newest.number == 2
    else:
        assert answer.has(".done")
        assert newest.number == 3
        assert "\n" not in newest.title + newest.summary
