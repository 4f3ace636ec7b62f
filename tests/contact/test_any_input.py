"""Any input at all, as Hypothesis thinks of it: a good page, nothing half-saved, never a 500."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.contact import FORM, GOOD, LOST, REACHED, SEND, hidden
from tests.newsletter.test_any_input import (
    BODY,
    HEADER,
    KIND,
    METHOD,
    TEXT,
    TOKEN,
    TYPED,
    answer_of,
)
from tests.page_lint import lint
from tests.visit import Visit

examples = hypothesis_settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = (
    *("about", "outlet", "deadline", "message", "name", "reply_by", "helper", "email", "phone"),
    *("postal", "needs", "extra_note", "stamp", "csrf_token", "change", "seen"),
)
CHOICE = st.sampled_from([*REACHED, "question", "press", "tomorrow", "27/11 3pm"])
FIELDS = st.dictionaries(
    st.sampled_from(NAMES) | TEXT, st.lists(TYPED | CHOICE, max_size=3), max_size=8
)
PATHS = [FORM, SEND, LOST]


@pytest.fixture
def client(app):
    return app.test_client()


def form_of(client):
    return {
        field.attrs["name"]: field.attrs.get("value") or ""
        for field in lint(client.get(FORM).text).query("input[type=hidden]")
    }


@pytest.mark.parametrize("path", PATHS)
@given(fields=FIELDS)
@examples
def test_any_fields_are_answered(client, path, fields):
    answer_of(client, path, data=form_of(client) | GOOD | fields)


@given(message=TEXT, name=TEXT, needs=TEXT)
@examples
def test_any_words_are_taken_whole_or_come_back(app, message, name, needs):
    visit = Visit(app, htmx=False)
    typed = {"message": message, "name": name, "needs": needs}

    check = visit.send(FORM, GOOD | typed)

    if check.status == 422:
        assert check.has("#message-error, #name-error")
    else:
        sent = visit.post(SEND, hidden(check))
        assert sent.heading == "We have your message"


@pytest.mark.parametrize("page", ["", "/sent", "/stop"])
@given(fields=FIELDS, method=METHOD)
@examples
def test_any_fields_are_answered_by_a_private_page(app, link, page, fields, method):
    response, _ = answer_of(app.test_client(), link + page, method, data=fields)

    assert response.status_code in {200, 303, 404, 405, 422}


@pytest.mark.parametrize("path", [*PATHS, "own"])
@given(method=METHOD, kind=KIND, body=BODY, query=HEADER)
@examples
def test_any_bytes_are_answered(app, link, *, path, method, kind, body, query):
    response, _ = answer_of(
        app.test_client(),
        link if path == "own" else path,
        method,
        data=body,
        content_type=kind,
        environ_overrides={"QUERY_STRING": query},
    )

    assert response.status_code in {200, 302, 303, 400, 405, 413, 422}


@given(token=TOKEN, end=st.sampled_from(["", "/sent", "/stop"]), method=METHOD)
@examples
def test_any_made_up_link_is_not_found(app, token, end, method):
    response, _ = answer_of(app.test_client(), f"/contact/{token}{end}", method)

    assert response.status_code in {200, 301, 302, 308, 404, 405, 422}  # "#" leaves the form itself
