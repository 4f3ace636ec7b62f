"""Any input at all, as Hypothesis thinks of it: a good page, nothing half-saved, never a 500."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.forms import tidy
from portal.stories.models import Telling
from tests.newsletter.test_any_input import (
    BODY,
    HEADER,
    KIND,
    METHOD,
    TEXT,
    TOKEN,
    TYPED,
    answer_of,
    hidden_of,
)
from tests.stories import a_draft
from tests.stories.telling.steps import CONSENT, START, STORY, YOU, draft_path, fill, newest
from tests.visit import Visit

examples = hypothesis_settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = (
    *("way", "title", "text", "language", "language_name", "others", "others_note", "link"),
    *("call_by", "call", "phone", "email", "name", "reply_by", "postal", "helper", "needs"),
    *("under_18", "guardian", "guardian_consent", "allow", "name_shown", "other_name"),
    *("seen", "tab", "to", "stop", "remind", "told", "extra_note", "stamp", "csrf_token"),
)
CHOICE = st.sampled_from(
    [
        *("write", "call", "link", "other", "en", "bfi", "yes", "no", "first", "none", "publish"),
        *("email", "bsl", "helper", "web", "https://example.org", "0161 496 0000", "1", "check"),
    ]
)
FIELDS = st.dictionaries(
    st.sampled_from(NAMES) | TEXT, st.lists(TYPED | CHOICE, max_size=3), max_size=8
)
GOOD = {"way": {"way": "link"}, "story": STORY, "files": {}, "you": YOU, "consent": CONSENT}
ENDS = ["", *GOOD, "check", "send", "sent", "words", "link", "delete", "story/keep", "you/keep"]


@pytest.fixture
def path(app):
    """The address of a draft."""
    return draft_path(a_draft(Telling.CALL))


@given(fields=FIELDS)
@examples
def test_any_fields_are_answered_by_the_first_page(app, fields):
    client = app.test_client()
    response, _ = answer_of(client, START, data=hidden_of(client, START) | {"way": "call"} | fields)

    assert response.status_code in {303, 422}


@pytest.mark.parametrize("step", GOOD)
@given(fields=FIELDS)
@examples
def test_any_fields_are_answered_by_a_step(app, path, step, fields):
    client = app.test_client()
    sent = hidden_of(client, path + step) | GOOD[step] | fields
    response, _ = answer_of(client, path + step, data=sent)

    assert response.status_code in {303, 409, 422}


@pytest.mark.parametrize("step", ["story", "you"])
@given(fields=FIELDS)
@examples
def test_any_fields_are_kept_as_they_are_typed_or_not_at_all(app, path, step, fields):
    client = app.test_client()
    response, _ = answer_of(client, f"{path}{step}/keep", data={"seen": "1"} | fields)

    assert response.status_code in {200, 409}


@given(title=TEXT, text=TEXT, note=TEXT)
@examples
def test_any_words_are_taken_whole_or_come_back(app, path, title, text, note):
    visit = Visit(app, htmx=False)
    typed = {"title": title, "text": text, "others_note": note}
    answer = fill(visit, path, "story", STORY | typed)

    if answer.status == 422:
        assert answer.has("#title-error")
        assert answer.page.query("textarea[name=text]")
    else:
        story = newest()
        assert story.text == tidy(text.replace("\0", "\ufffd"))
        assert visit(path + "check").status == 200


@pytest.mark.parametrize("end", ENDS)
@given(method=METHOD, kind=KIND, body=BODY, query=HEADER)
@examples
def test_any_bytes_are_answered(app, *, end, method, kind, body, query):
    address = draft_path(a_draft()) + end
    response, _ = answer_of(
        app.test_client(),
        address,
        method,
        data=body,
        content_type=kind,
        environ_overrides={"QUERY_STRING": query},
    )

    assert response.status_code in {200, 303, 400, 405, 409, 413, 422}


@given(token=TOKEN, end=st.sampled_from(ENDS), method=METHOD)
@examples
def test_any_made_up_link_is_not_found(app, token, end, method):
    response, _ = answer_of(app.test_client(), f"{START}x{quote(token, safe='')}/{end}", method)

    assert response.status_code in {404, 405} or method == "OPTIONS"
